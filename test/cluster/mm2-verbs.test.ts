import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { commit, committedBy } from './support/commits.ts'
import { Load } from './support/load.ts'
import { endsOf, recordsIn, type FullRecord } from './support/log-content.ts'
import { Mm2TestLink } from './support/mm2-link.ts'
import { createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { georep, GeorepProcess } from './support/switch.ts'
import { write } from './support/write.ts'

// Mirrors of MirrorMaker 2 on two workers that carry exactly once. One after the other: each goes on from what those before it have left.

const signal = AbortSignal.timeout(600_000)
const group = 'app'
let sandbox: Sandbox<'east' | 'west'>
let link: Mm2TestLink
let orders: string
let payments: string
let audit: string

beforeAll(async () => {
  sandbox = await ownSandbox({}, { connect: { workers: 2, isExactlyOnce: true } })
  ;[orders, payments, audit] = await Promise.all([topic(), topic(), topic()])
  link = await Mm2TestLink.create(sandbox, { groups: [group], isExactlyOnce: true })
})
afterAll(async () => {
  await sandbox.down({ signal })
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
  await Promise.all([orders, payments, audit].map(async (name) => { await writeBoth(name, 50, 'first') })) // prettier-ignore
  const other = await topic()
  await write(east(), other, 5)
  const { code, err, out } = await georep(link, 'mirror', 'create', orders, payments, audit)
  expect({ code, err, out }).toMatchObject({ code: 0, err: expect.stringContaining('next: ') as string })
  await Promise.all([orders, payments, audit].map(async (name) => { await expectSame(name) })) // prettier-ignore
  expect((await link.mirror(orders))?.state).toEqual({ state: 'ACTIVE' })
  const config = (await link.get('/connectors/mm2.source/config')) as { readonly topics: string }
  expect(config.topics).toBe([orders, payments, audit].toSorted().map((name) => `^${name}$`).join(',')) // prettier-ignore
  expect(await withAdmin(west(), async (admin) => await admin.listTopics())).not.toContain(other)
  // One that is there and holds records would be appended to.
  await withAdmin(west(), async (admin) => { await admin.createTopics({ topics: [{ topic: other, numPartitions: 2 }] }) }) // prettier-ignore
  await write(west(), other, 1)
  const refused = await georep(link, 'mirror', 'create', other)
  expect(refused.code).toBe(5)
  expect(refused.out).toContain('is not empty')
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

it('promote while a worker is restarted: nothing is missing, the group goes on where it was, and the others are carried on', async () => {
  const load = await Load.start(east(), [payments], { partitions: 2 })
  await isCarried(payments, 300)
  await load.stop()
  const total = (await endsOf(east(), payments)).reduce((a, b) => a + b, 0)
  {
    await using source = layer({ name: 'east', bootstrap: east() })
    await commit(source, group, payments, [7, 61])
  }
  const promote = new GeorepProcess(link, 'mirror', 'promote', payments, '--fence', 'none', '--confirm', payments)
  await promote.says('the source is not fenced')
  await worker(2).kill({ signal })
  await worker(2).start({ signal })
  expect({ code: await promote.ended(), err: promote.err }).toEqual({ code: 0, err: expect.stringContaining('no record is missing') as string }) // prettier-ignore
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
})

it('a worker that is killed and restarted after a promote writes nothing to the topic', async () => {
  const before = await endsOf(west(), payments)
  await writeBoth(payments, 10, 'late')
  for (const id of [1, 2] as const) await worker(id).restart({ signal })
  await writeBoth(payments, 10, 'later')
  await writeBoth(orders, 5, 'after')
  await expectSame(orders)
  expect(await endsOf(west(), payments)).toEqual(before)
  expect(await link.mirror(payments)).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'promote', isFenced: true, ends: before.map(BigInt) } }) // prettier-ignore
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

it('without Kafka Connect a failover is refused, and nothing is changed', async () => {
  const before = await endsOf(west(), audit)
  for (const id of [1, 2] as const) await worker(id).kill({ signal })
  const refused = await georep(link, 'mirror', 'failover', audit, '--force-while-source-up', '--confirm', audit)
  expect(refused.code).toBe(5)
  expect(refused.err).toContain('GR-STOP-UNKNOWN')
  expect(refused.err).toContain('--unfenced')
  const paused = await georep(link, 'mirror', 'pause', audit)
  expect(paused.err).toContain('GR-MM2-NO-CONNECT')
  expect((await link.mirror(audit))?.state).toEqual({ state: 'ACTIVE' })
  await sandbox.connect?.start({ signal })
  await writeBoth(audit, 5, 'back')
  await expectSame(audit)
  expect((await endsOf(west(), audit))[0]).toBeGreaterThan(before[0] ?? 0)
})

it('failover when the source is dead, and again after georep was killed in the middle', async () => {
  await sandbox.clusters.east.kill({ signal })
  const first = new GeorepProcess(link, 'mirror', 'failover', audit, '--confirm', audit)
  await first.says('PENDING_STOPPED')
  first.signal('SIGKILL')
  await first.ended()
  expect((await link.mirror(audit))?.state).toMatchObject({ state: 'PENDING_STOPPED', by: 'failover' })
  const again = await georep(link, 'mirror', 'failover', audit, '--confirm', audit)
  expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: expect.stringContaining('next: ') as string })
  const before = await endsOf(west(), audit)
  expect((await link.mirror(audit))?.state).toMatchObject({ state: 'STOPPED', stoppedBy: 'failover', ends: before.map(BigInt) }) // prettier-ignore
  for (const id of [1, 2] as const) await worker(id).restart({ signal })
  expect(await endsOf(west(), audit)).toEqual(before)
})
