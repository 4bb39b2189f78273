import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { withAuthorizer } from './support/authorizer.ts'
import { commit, committedBy } from './support/commits.ts'
import { connectProxy } from './support/connect-proxy.ts'
import { configsOf } from './support/frozen-runner.ts'
import { Load } from './support/load.ts'
import { endsOf, recordsIn, type FullRecord } from './support/log-content.ts'
import { Mm2TestLink } from './support/mm2-link.ts'
import { createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { allow, deniedWriters, georep, inThisProcess, startOn } from './support/switch.ts'
import { write } from './support/write.ts'

// Mirrors of MirrorMaker 2 on two workers that carry exactly once. One after the other: each goes on from what those before it have left.

const { ConfigResourceTypes } = kafkajs
const signal = AbortSignal.timeout(600_000)
const group = 'app'
let sandbox: Sandbox<'east' | 'west'>
let link: Mm2TestLink
let orders: string
let payments: string
let audit: string
let spare: string
let late: string
let open: string
const history = mkdtempSync(join(tmpdir(), 'georep-runs-'))

beforeAll(async () => {
  sandbox = await ownSandbox({ east: withAuthorizer }, { connect: { workers: 2, isExactlyOnce: true } })
  ;[orders, payments, audit, spare] = await Promise.all([topic(), topic(), topic(), topic()])
  link = await Mm2TestLink.create(sandbox, { groups: [group], isExactlyOnce: true })
})
afterAll(async () => {
  await sandbox.down({ signal })
  rmSync(history, { recursive: true, force: true })
})

const topic = async (): Promise<string> => await createdTopic(sandbox.clusters.east.bootstrap, { partitions: 2 })
const east = (): readonly string[] => sandbox.clusters.east.bootstrap
const west = (): readonly string[] => sandbox.clusters.west.bootstrap
const worker = (id: 1 | 2): NonNullable<typeof sandbox.connect>['workers'][number] => {
  const found = sandbox.connect?.workers[id - 1]
  if (found === undefined) throw new Error('two workers')
  return found
}

async function writeBoth(name: string, count: number, prefix: string): Promise<void> {
  for (const partition of [0, 1]) await write(east(), name, count, { partition, prefix })
}

/** What stands in both, each record once and in its order; all that the source has. */
async function expectSame(name: string): Promise<readonly FullRecord[]> {
  const count = (await endsOf(east(), name)).reduce((a, b) => a + b, 0)
  const [there, here] = [await recordsIn(east(), name, count), await recordsIn(west(), name, count)]
  const bare = (records: readonly FullRecord[]): unknown => records.map(({ offset: _, ...rest }) => rest)
  expect(bare(here)).toEqual(bare(there))
  expect(here).toHaveLength(count)
  return here
}

/** More than so many records, the markers of transactions among them. */
const isCarried = async (name: string, count: number): Promise<void> => {
  await eventually(`${count} records of "${name}" are carried`, async () => (await endsOf(west(), name)).reduce((a, b) => a + b, 0) >= count) // prettier-ignore
}

it('create: MirrorMaker makes the topics and carries what is there, and nothing that was not named', async () => {
  await Promise.all([orders, payments, audit, spare].map(async (name) => { await writeBoth(name, 50, 'first') })) // prettier-ignore
  const other = await topic()
  await write(east(), other, 5)
  const { code, err, out } = await georep(link, 'mirror', 'create', orders, payments, audit, spare)
  expect({ code, err, out }).toMatchObject({ code: 0, err: expect.stringContaining('next: ') as string })
  await Promise.all([orders, payments, audit, spare].map(async (name) => { await expectSame(name) })) // prettier-ignore
  expect((await link.mirror(orders))?.state).toEqual({ state: 'ACTIVE' })
  const config = (await link.get('/connectors/mm2.source/config')) as { readonly topics: string }
  expect(config.topics).toBe([orders, payments, audit, spare].toSorted().map((name) => `^${name}$`).join(',')) // prettier-ignore
  expect(await withAdmin(west(), async (admin) => await admin.listTopics())).not.toContain(other)
  // One that is there and holds records would be appended to.
  await withAdmin(west(), async (admin) => { await admin.createTopics({ topics: [{ topic: other, numPartitions: 2 }] }) }) // prettier-ignore
  await write(west(), other, 1)
  const refused = await georep(link, 'mirror', 'create', other)
  expect(refused.code).toBe(5)
  expect(refused.out).toContain('is not empty')
  const otherwise = await georep(link, 'mirror', 'create', orders, '--prefix', 'x.')
  expect({ code: otherwise.code, out: otherwise.out }).toEqual({ code: 5, out: expect.stringMatching(/refused .*one way to name/) as string }) // prettier-ignore
})

it('pause and resume: nothing is carried meanwhile, and nothing is missing or twice there afterwards', async () => {
  const paused = await georep(link, 'mirror', 'pause', orders)
  expect({ code: paused.code, err: paused.err }).toEqual({ code: 0, err: expect.stringContaining('mirror resume') as string }) // prettier-ignore
  const before = await endsOf(west(), orders)
  await writeBoth(orders, 20, 'paused')
  await writeBoth(audit, 20, 'paused')
  await isCarried(audit, 140)
  expect(await endsOf(west(), orders)).toEqual(before)
  const resumed = await georep(link, 'mirror', 'resume', orders)
  expect({ code: resumed.code, err: resumed.err }).toEqual({ code: 0, err: expect.stringContaining('mirror list') as string }) // prettier-ignore
  await expectSame(orders)
  await expectSame(audit)
})

it('a list that somebody has changed: the mirror is told of with the command that writes it anew, which says what it did', async () => {
  const config = await sourceConfig()
  await link.put(source, {
    ...config,
    topics: [payments, audit, spare]
      .toSorted()
      .map((name) => `^${name}$`)
      .join(','),
  })
  const told = `mirror resume ${orders} --link ${link.name}`
  await eventually('the mirror is told of', async () => (await georep(link, 'mirror', 'list')).out.includes(told))
  const resumed = await georep(link, 'mirror', 'resume', orders)
  expect({ code: resumed.code, out: resumed.out }).toEqual({ code: 0, out: expect.stringMatching(new RegExp(`${orders} +applied .*has its list of topics anew`)) as string }) // prettier-ignore
  expect((await sourceConfig())['topics']).toBe(config['topics'])
  await writeBoth(orders, 5, 'edited')
  await expectSame(orders)
  const again = await georep(link, 'mirror', 'resume', orders)
  expect({ code: again.code, out: again.out }).toEqual({ code: 0, out: expect.stringMatching(/unchanged .*it is not paused/) as string }) // prettier-ignore
})

const source = 'mm2.source'
const gone = new RegExp(`GR-MM2-CONNECTOR-GONE.* has no connector "${source}"`)

const sourceConfig = async (): Promise<Readonly<Record<string, string>>> =>
  (await link.get(`/connectors/${source}/config`)) as Readonly<Record<string, string>>

/** The connector is deleted right after it was told to stop. @returns the configuration that it had */
async function deletedWhenStopped(act: () => Promise<void>): ReturnType<typeof sourceConfig> {
  const config = await sourceConfig()
  await using between = await connectProxy(link.url)
  between.behind('PUT', /mm2\.source\/stop$/, async () => { await link.delete(source) }) // prettier-ignore
  await link.reachConnectAt(between.url)
  try {
    await act()
  } finally {
    await link.reachConnectAt(link.url)
  }
  expect(await link.get('/connectors')).toEqual(['mm2.checkpoint'])
  return config
}

it('a connector that is deleted while a promote drains: the promote is taken back, and says so', async () => {
  const config = await sourceConfig()
  const load = await Load.start(east(), [payments], { partitions: 2 })
  const promote = startOn(link, 'mirror', 'promote', payments, '--fence', 'none', '--confirm', payments)
  await promote.says('draining')
  await link.delete(source)
  expect((await promote.ended).code).not.toBe(0)
  await load.stop()
  expect(promote.err).toMatch(gone)
  expect(promote.err).toContain('the mirrors are ACTIVE, and are not carried')
  expect((await link.mirror(payments))?.state).toEqual({ state: 'ACTIVE' })
  const { out } = await georep(link, 'mirror', 'list')
  expect(out).toMatch(new RegExp(`${payments} .*FAILED +unknown`))
  await link.put(source, config)
  await expectSame(payments)
})

it('a connector that is deleted when a promote stops the mirrors: it is given up, and nothing is carried twice', async () => {
  const config = await deletedWhenStopped(async () => {
    const failed = await georep(link, 'mirror', 'promote', payments, '--fence', 'none', '--confirm', payments)
    expect(failed.code, failed.err).not.toBe(0)
    expect(failed.out).toContain(`has no connector "${source}"`)
  })
  expect((await link.mirror(payments))?.state).toMatchObject({ state: 'PENDING_STOPPED', by: 'promote' })
  const unfenced = await georep(link, 'mirror', 'unfence', payments, '--confirm', payments)
  expect(unfenced.err).toMatch(/GR-NOT-CARRIED.* has no connector/)
  expect(unfenced.err).toContain(`mirror resume --all --link ${link.name}`)
  expect((await link.mirror(payments))?.state).toEqual({ state: 'ACTIVE' })
  await link.put(source, config)
  const resumed = await georep(link, 'mirror', 'resume', '--all')
  expect({ code: resumed.code, err: resumed.err }).toMatchObject({ code: 0 })
  await writeBoth(payments, 5, 'again')
  await expectSame(payments)
})

it('promote while a worker is restarted: nothing is missing, the group goes on where it was, and the others are carried on', async () => {
  const load = await Load.start(east(), [payments], { partitions: 2 })
  await isCarried(payments, 300)
  await load.stop()
  const total = (await endsOf(east(), payments)).reduce((a, b) => a + b, 0)
  {
    await using source = layer({ name: 'east', bootstrap: east() })
    await commit(source, group, payments, [7, 61])
  }
  const promote = startOn(link, 'mirror', 'promote', payments, '--fence', 'none', '--confirm', payments)
  await promote.says('the source is not fenced')
  await worker(2).kill({ signal })
  await worker(2).start({ signal })
  expect(await promote.ended).toMatchObject({ code: 0, err: expect.stringContaining('no record is missing') as string }) // prettier-ignore
  const here = await expectSame(payments)
  // Where the group goes on is the record that it had not read: the eighth of the one partition, the sixty-second of the other.
  const there = await recordsIn(east(), payments, total)
  const committed = await committedBy(west(), group, payments)
  for (const [partition, offset] of [7, 61].entries()) {
    const next = here.find((one) => one.partition === partition && one.offset === committed[partition])
    expect(next?.value).toBe(there.find((one) => one.partition === partition && one.offset === String(offset))?.value)
  }
  await writeBoth(orders, 5, 'on')
  await expectSame(orders)
  expect(await link.mirror(payments)).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'promote', isFenced: true, ends: (await endsOf(west(), payments)).map(BigInt) } }) // prettier-ignore
})

it('a connector that is deleted in the middle of a pause, or a failover: that is told, and both can be done when it is there again', async () => {
  const config = await deletedWhenStopped(async () => {
    expect((await georep(link, 'mirror', 'pause', audit)).err).toMatch(gone)
  })
  expect((await link.mirror(audit))?.state).toMatchObject({ state: 'PAUSED' })
  expect((await georep(link, 'mirror', 'resume', audit)).err).toMatch(gone)
  expect((await link.mirror(audit))?.state).toMatchObject({ state: 'PAUSED' })
  await link.put(source, config)
  const resumed = await georep(link, 'mirror', 'resume', audit)
  expect({ code: resumed.code, err: resumed.err }).toMatchObject({ code: 0 })
  const failover = ['mirror', 'failover', spare, '--force-while-source-up', '--confirm', spare] as const
  await deletedWhenStopped(async () => {
    const failed = await georep(link, ...failover)
    expect(failed.code, failed.err).not.toBe(0)
    expect(failed.err).toContain(`has no connector "${source}"`)
  })
  expect((await link.mirror(spare))?.state).toMatchObject({ state: 'PENDING_STOPPED', by: 'failover' })
  const refused = await georep(link, ...failover)
  expect(refused.err).toMatch(/GR-STOP-UNKNOWN.* has no connector/)
  await link.put(source, config)
  const again = await georep(link, ...failover)
  expect({ code: again.code, err: again.err }).toMatchObject({ code: 0 })
  const ends = await endsOf(west(), spare)
  expect((await link.mirror(spare))?.state).toMatchObject({ state: 'STOPPED', isFenced: true, ends: ends.map(BigInt) })
  await writeBoth(spare, 5, 'later')
  await writeBoth(audit, 5, 'between')
  await expectSame(audit)
  expect(await endsOf(west(), spare)).toEqual(ends)
})

it('failover with a frozen worker: thawed it is refused, and the others are carried on', async () => {
  const load = await Load.start(east(), [orders], { partitions: 2 })
  await isCarried(orders, 400)
  await worker(2).pause({ signal })
  const failed = await georep(link, 'mirror', 'failover', orders, '--force-while-source-up', '--confirm', orders)
  expect({ code: failed.code, err: failed.err }).toEqual({ code: 0, err: expect.stringContaining('next: ') as string })
  const before = await endsOf(west(), orders)
  expect((await link.mirror(orders))?.state).toMatchObject({ state: 'STOPPED', isFenced: true, ends: before.map(BigInt) }) // prettier-ignore
  await worker(2).start({ signal })
  await writeBoth(audit, 5, 'on')
  await expectSame(audit)
  // That something is not written shows only by waiting: the thawed worker has found its tasks by then, and the source is written to.
  await sleep(3_000)
  await load.stop()
  expect(await endsOf(west(), orders)).toEqual(before)
})

/** Runs one that ships. What became of its steps, by their ids. */
async function runRunbook(name: string): Promise<RanRunbook> {
  return await runbookBy('run', name, '--set', `link=${link.name}`)
}

interface RanRunbook {
  readonly id: string
  readonly code: number
  readonly outcomes: object
  readonly said: string
}

async function runbookBy(...argv: readonly string[]): Promise<RanRunbook> {
  const ran = await inThisProcess('runbook', ...argv, '--confirm', link.name, '--config', link.configFile, '--history-dir', history, '-o', 'json') // prettier-ignore
  const { data } = JSON.parse(ran.out) as { readonly data: { readonly id: string; readonly steps: readonly { readonly id: string; readonly outcome: string | null }[] } } // prettier-ignore
  return { id: data.id, code: ran.code, outcomes: Object.fromEntries(data.steps.map(({ id, outcome }) => [id, outcome])), said: ran.err + ran.out } // prettier-ignore
}

it('the runbook planned-switchover: every step is done, nothing is missing, and the group goes on where it was', async () => {
  const deleted = await georep(link, 'mirror', 'delete', orders, payments, spare, '--confirm', link.name)
  expect({ code: deleted.code, err: deleted.err }).toMatchObject({ code: 0 })
  await allow(east(), audit, 'app')
  const total = (await endsOf(east(), audit)).reduce((a, b) => a + b, 0)
  {
    await using source = layer({ name: 'east', bootstrap: east() })
    await commit(source, group, audit, [9, 13])
  }
  // MirrorMaker copies settings when its connector begins, as it just did, and again in ten minutes.
  await expectSame(audit)
  await withAdmin(east(), async (admin) => {
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: audit, configEntries: [{ name: 'retention.ms', value: '7654321' }, { name: 'unclean.leader.election.enable', value: 'true' }] }] }) // prettier-ignore
  })
  expect(await configsOf(west(), audit)).not.toContain('retention.ms=7654321 own')
  const { said, ...ended } = await runRunbook('planned-switchover')
  const steps = ['healthy', 'lag', 'permitted', 'fence', 'promote', 'equal', 'refused', 'offsets', 'readable']
  expect({ ...ended, said }).toMatchObject({ code: 0, outcomes: Object.fromEntries(steps.map((id) => [id, id === 'offsets' ? 'skipped' : 'ok'])) }) // prettier-ignore
  expect(await deniedWriters(east(), audit)).toEqual(['User:*'])
  const settings = await configsOf(west(), audit)
  expect(settings).toContain('retention.ms=7654321 own')
  expect(settings).not.toContain('unclean.leader.election.enable=true own')
  const here = await expectSame(audit)
  const there = await recordsIn(east(), audit, total)
  const committed = await committedBy(west(), group, audit)
  for (const [partition, offset] of [9, 13].entries()) {
    const next = here.find((one) => one.partition === partition && one.offset === committed[partition])
    expect(next?.value).toBe(there.find((one) => one.partition === partition && one.offset === String(offset))?.value)
  }
  const before = await endsOf(west(), audit)
  expect((await link.mirror(audit))?.state).toMatchObject({ state: 'STOPPED', stoppedBy: 'promote', ends: before.map(BigInt) }) // prettier-ignore
  // The last mirror of the link is STOPPED, and nobody has paused anything.
  const told = await inThisProcess('link', 'describe', link.name, '--config', link.configFile, '-o', 'json')
  expect(JSON.parse(told.out)).toMatchObject({ data: { state: 'NO_RUNNER' } })
  // Who may write there all the same does not reach the destination.
  await writeBoth(audit, 5, 'later')
  ;[late, open] = await Promise.all([topic(), topic()])
  await writeBoth(late, 20, 'first')
  await writeBoth(open, 20, 'first')
  expect((await georep(link, 'mirror', 'create', late, open)).code).toBe(0)
  await expectSame(late)
  expect(await endsOf(west(), audit)).toEqual(before)
})

it('a source that is away for a while is told, and is carried on when it is back', async () => {
  const described = async (): Promise<unknown> => {
    const { out } = await inThisProcess('link', 'describe', link.name, '--config', link.configFile, '-o', 'json')
    const { data } = JSON.parse(out) as { readonly data: { readonly state: string; readonly mirrors: readonly { readonly topic: string; readonly state: string }[] } } // prettier-ignore
    return { link: data.state, mirror: data.mirrors.find((one) => one.topic === late)?.state }
  }
  const lag = async (): Promise<unknown> => {
    const { code, out } = await inThisProcess('lag', '--link', link.name, '--topic', late, '--mirrors-only', '--fail-over', '1h', '--config', link.configFile, '-o', 'json') // prettier-ignore
    const { data } = JSON.parse(out) as { readonly data: { readonly partitions: readonly { readonly lag: string | null; readonly status: string; readonly sourceSeen: { readonly isCurrent: boolean } }[] } } // prettier-ignore
    return { code, partitions: data.partitions.map((one) => [one.status, one.lag, one.sourceSeen.isCurrent]) }
  }
  const carried = { code: 0, partitions: [['OK', '0', true], ['OK', '0', true]] } // prettier-ignore
  expect(await described()).toEqual({ link: 'ACTIVE', mirror: 'ACTIVE' })
  expect(await lag()).toEqual(carried)
  await sandbox.clusters.east.kill({ signal })
  // Its workers may be giving tasks out anew just then, which is told first.
  await eventually('both tell that the source is gone', async () => isDeepStrictEqual(await described(), { link: 'SOURCE_UNAVAILABLE', mirror: 'SOURCE_UNAVAILABLE' })) // prettier-ignore
  // What was never written down of the source's ends is not known, and no lag is not the same as none.
  expect(await lag()).toEqual({ code: 4, partitions: [['UNKNOWN', null, false], ['UNKNOWN', null, false]] }) // prettier-ignore
  await sandbox.clusters.east.start({ signal })
  await writeBoth(late, 5, 'again')
  await expectSame(late)
  expect(await described()).toEqual({ link: 'ACTIVE', mirror: 'ACTIVE' })
  expect(await lag()).toEqual(carried)
})

it('without Kafka Connect a failover is refused, and nothing is changed; workers that are started again write nothing to what was opened', async () => {
  const before = await endsOf(west(), late)
  const promoted = await endsOf(west(), audit)
  await writeBoth(audit, 5, 'late')
  for (const id of [1, 2] as const) await worker(id).kill({ signal })
  const refused = await georep(link, 'mirror', 'failover', late, '--force-while-source-up', '--confirm', late)
  expect(refused.code).toBe(5)
  expect(refused.err).toContain('GR-STOP-UNKNOWN')
  expect(refused.err).toContain('--unfenced')
  const paused = await georep(link, 'mirror', 'pause', late)
  expect(paused.err).toContain('GR-MM2-NO-CONNECT')
  expect((await link.mirror(late))?.state).toEqual({ state: 'ACTIVE' })
  // By the operator's word a topic is opened all the same; it is in the connector's list until that is written anew.
  const opened = await georep(
    link,
    'mirror',
    'failover',
    open,
    '--unfenced',
    '--force-while-source-up',
    '--confirm',
    open,
  )
  expect({ code: opened.code, err: opened.err }).toEqual({ code: 0, err: expect.stringMatching(/^next: georep .*offset clamp .*\nnext: Kafka Connect could not be told, .*mirror resume --all --link east-west$/m) as string }) // prettier-ignore
  expect((await link.mirror(open))?.state).toMatchObject({ state: 'STOPPED', isFenced: false })
  await sandbox.connect?.start({ signal })
  const resumed = await georep(link, 'mirror', 'resume', '--all')
  expect({ code: resumed.code, err: resumed.err }).toMatchObject({ code: 0 })
  const ends = await endsOf(west(), open)
  await writeBoth(audit, 5, 'back')
  await writeBoth(open, 5, 'back')
  await writeBoth(late, 5, 'back')
  await expectSame(late)
  expect(await endsOf(west(), open)).toEqual(ends)
  expect(await endsOf(west(), audit)).toEqual(promoted)
  expect((await endsOf(west(), late))[0]).toBeGreaterThan(before[0] ?? 0)
})

interface Status {
  readonly connector: { readonly state: string }
  readonly tasks: readonly unknown[]
}

it('the runbook forced-failover when the source is dead, after a failover that was killed, with a connector that waits for the source', async () => {
  // It asks its source all the time, and with MirrorMaker's own defaults waits a minute for the answer before it ends.
  const { topics, ...config } = (await link.get('/connectors/mm2.source/config')) as Readonly<Record<string, string>>
  await link.put('mm2.source', { ...config, topics: topics ?? '', 'refresh.topics.interval.seconds': '1' })
  await writeBoth(late, 5, 'last')
  await expectSame(late)
  await sandbox.clusters.east.kill({ signal })
  // It looks every second, and is to be waiting for an answer when it is told to stop.
  await sleep(1_500)
  const first = startOn(link, 'mirror', 'failover', late, '--confirm', late)
  await first.says('PENDING_STOPPED')
  first.signal('SIGKILL')
  await first.ended
  expect((await link.mirror(late))?.state).toMatchObject({ state: 'PENDING_STOPPED', by: 'failover' })
  const status = async (): Promise<Status> => (await link.get('/connectors/mm2.source/status')) as Status
  await fetch(`${link.url}/connectors/mm2.source/stop`, { method: 'PUT' })
  await eventually('its tasks have ended', async () => (await status()).tasks.length === 0)
  expect((await status()).connector.state).toBe('RUNNING')
  const { said, id: run, ...ended } = await runRunbook('forced-failover')
  // Of no group a checkpoint tells where it stood: as `offset clamp`, the step does not know that all is well.
  const outcomes = { permitted: 'ok', fence: 'unknown', failover: 'ok', offsets: 'unknown' }
  expect({ ...ended, said }).toMatchObject({ code: 4, outcomes: { ...outcomes, readable: null } })
  expect(said).toContain('where it stood on the source is not all known: the source does not answer')
  const resumed = await runbookBy('resume', run, '--skip', 'offsets')
  expect(resumed).toMatchObject({ code: 0, outcomes: { failover: 'skipped', offsets: 'skipped', readable: 'ok' } })
  const before = await endsOf(west(), late)
  expect((await link.mirror(late))?.state).toMatchObject({ state: 'STOPPED', stoppedBy: 'failover', ends: before.map(BigInt) }) // prettier-ignore
  // Connectors that wait for the source would be waited for if they were asked to end.
  for (const id of [1, 2] as const) await worker(id).kill({ signal })
  await sandbox.connect?.start({ signal })
  expect(await endsOf(west(), late)).toEqual(before)
})
