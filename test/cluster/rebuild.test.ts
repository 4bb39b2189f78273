import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, describe, expect, it } from 'vitest'
import { salvageFolder } from '../../src/cli/mirror/salvage-folder.ts'
import { systemTime } from '../../src/cli/system-time.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { expectDocument } from '../support/published.ts'
import { commit, committedBy } from './support/commits.ts'
import { configsOf } from './support/frozen-runner.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, type FullRecord, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually, onceKnown, withAdmin } from './support/observe.ts'
import { salvaged } from './support/salvaged.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { randomId } from './support/sandbox-deps.ts'
import { signalledAt } from './support/signalled.ts'
import { georep, startOn, Writer } from './support/switch.ts'
import { write } from './support/write.ts'

// The way out of FAILED. What is looked for: a mirror that is not the source's, record by record, afterwards; a record that was the mirror's alone and is
// nowhere any more; a topic that was deleted before it was compared; anything changed by a rebuild that was refused.

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(600_000)
const folder = mkdtempSync(join(tmpdir(), 'georep-foreign-'))
afterAll(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

interface Row {
  readonly outcome: string
  readonly state: string
  readonly failure: string | null
  readonly how: string
  readonly partitions: readonly { readonly alone: string; readonly saved: string | null }[]
  readonly settings: readonly { readonly name: string; readonly value: string }[]
  readonly groups: readonly { readonly group: string; readonly isCarried: boolean }[]
}

async function rebuilding(link: TestLink, topic: string, ...argv: readonly string[]) {
  return await georep(link, 'mirror', 'rebuild', topic, '--confirm', topic, ...argv)
}

async function plannedRow(link: TestLink, topic: string, ...argv: readonly string[]): Promise<Row> {
  const { code, out, err } = await georep(link, 'mirror', 'rebuild', topic, '--dry-run', '-o', 'json', ...argv)
  expect([0, 5], err).toContain(code)
  return (JSON.parse(out) as { data: { topics: [Row] } }).data.topics[0]
}

async function idOn(cluster: TestLink['destination'], topic: string): Promise<string | undefined> {
  return (await cluster.metadata([topic], { signal })).topics.get(topic)?.topicId
}

async function recordOf(link: TestLink, topic: string) {
  const { state } = link.target
  await state.refresh({ signal })
  return { record: state.mirror(link.name, topic), failure: state.failure(link.name, topic) }
}

/** All that a refused rebuild may not change. */
async function held(link: TestLink, topic: string, count: number): Promise<unknown> {
  return [await idOn(link.destination, topic), await configsOf(west.bootstrap, topic), await recordsIn(west.bootstrap, topic, count), await recordOf(link, topic)] // prettier-ignore
}

async function recreate(topic: string, numPartitions: number): Promise<void> {
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: [topic] })
    await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic))
    await admin.createTopics({ topics: [{ topic, numPartitions }] })
  })
}

function placed(records: readonly FullRecord[]): readonly string[] {
  return records.map(({ partition, offset, value }) => `${partition}/${offset} ${String(value)}`)
}

describe.concurrent('mirror rebuild', () => {
  it('of a mirror that something else wrote to, its runner at work: the same as the source, what it alone had saved, its settings kept', async () => {
    const [carried, own] = [unique('carried'), unique('own')]
    const topic = await createdTopic(east.bootstrap, { partitions: 2, configs: { 'retention.ms': '86400000' } })
    await using link = await TestLink.create({ east, west }, { groups: [carried] })
    await link.mirror(topic)
    await write(east.bootstrap, topic, 10, { prefix: 'good' })
    await write(east.bootstrap, topic, 4, { prefix: 'good', partition: 1 })
    await link.run({ groupsInterval: '200ms' })
    await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    await withAdmin(west.bootstrap, async (admin) => {
      const configEntries = [{ name: 'retention.ms', value: '86400000' }, { name: 'segment.bytes', value: '1048577' }, ...(await overridden(topic))] // prettier-ignore
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }] }) // prettier-ignore
    })
    await commit(link.source, carried, topic, [7, 3])
    await eventually('group offsets follow', async () => String(await committedBy(west.bootstrap, carried, topic)) === '7,3') // prettier-ignore
    await commit(link.destination, own, topic, [9, undefined])
    await write(west.bootstrap, topic, 3, { prefix: 'foreign' })
    await write(east.bootstrap, topic, 1, { prefix: 'first' })
    const failure = await link.failure(topic)
    expect(failure).toContain('something else wrote to the mirror topic')
    const settings = await configsOf(west.bootstrap, topic)

    const described = await georep(link, 'mirror', 'describe', topic)
    expect(described.err).toContain(`next: georep --config ${link.configFile} mirror rebuild ${topic} --link ${link.name} --dry-run`) // prettier-ignore
    const before = await held(link, topic, 18)
    const unsaid = await rebuilding(link, topic)
    expect({ code: unsaid.code, out: unsaid.out }).toEqual({ code: 5, out: '' })
    expect(unsaid.err).toContain('error GR-REBUILD-BLOCKED')
    expect(unsaid.err).toContain('with --salvage <folder> or topic:<name>, or let go of it with --discard')
    expect(unsaid.err).toMatch(new RegExp(`next: georep .*mirror rebuild ${topic} --link ${link.name} --salvage ./salvage\n`))
    expect(await held(link, topic, 18)).toEqual(before)
    const dir = join(folder, topic)
    const planned = await plannedRow(link, topic, '--salvage', dir)
    expect(planned).toMatchObject({ outcome: 'planned', state: 'FAILED', failure, how: 'replace', partitions: [{ alone: '4', saved: null }, { alone: '0' }], settings: [{ name: 'segment.bytes', value: '1048577' }], groups: expect.arrayContaining([expect.objectContaining({ group: carried, isCarried: true }), expect.objectContaining({ group: own, isCarried: false })]) as unknown }) // prettier-ignore
    expect(existsSync(dir)).toBe(false)

    const id = await idOn(link.destination, topic)
    const done = await rebuilding(link, topic, '--salvage', dir, '-o', 'json')
    expect(done.code, done.err).toBe(0)
    expect(JSON.parse(done.out)).toMatchObject({ data: { topics: [{ outcome: 'applied', partitions: [{ saved: '4' }, { saved: '0' }] }] } }) // prettier-ignore
    expect(done.err).toContain(`group "${own}" loses its place on "${topic}"`)
    expect(await idOn(link.destination, topic)).not.toBe(id)
    await write(east.bootstrap, topic, 5, { prefix: 'after' })
    expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic)).toHaveLength(20)
    expect(await configsOf(west.bootstrap, topic)).toEqual(settings)
    expect(placed(salvaged(dir, topic, 2))).toEqual(['0/10 foreign 0', '0/11 foreign 1', '0/12 foreign 2', '0/13 first 0']) // prettier-ignore
    for (const name of ['manifest', 'topic', 'offsets']) expectDocument(readFileSync(join(dir, topic, `${name}.json`), 'utf8'), name) // prettier-ignore
    expect(JSON.parse(readFileSync(join(dir, topic, 'offsets.json'), 'utf8'))).toMatchObject({ data: { offsets: expect.arrayContaining([expect.objectContaining({ group: own, partition: 0, offset: '9' })]) as unknown } }) // prettier-ignore
    await eventually('group offsets are copied again', async () => String(await committedBy(west.bootstrap, carried, topic)) === '7,3') // prettier-ignore
    expect(await committedBy(west.bootstrap, own, topic)).not.toContain('9')
    expect(await recordOf(link, topic)).toMatchObject({ record: { state: { state: 'ACTIVE' }, isTopicMade: true, mirrorTopicId: await idOn(link.destination, topic) }, failure: undefined }) // prettier-ignore
    const { code, err } = await georep(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('no record is missing') as string })
  }) // prettier-ignore

  it('of a source that was deleted and made anew with more partitions, no runner: all that was mirrored is discarded only when that is said', async () => {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    await write(east.bootstrap, topic, 10, { prefix: 'old' })
    const runner = await link.run()
    await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    await recreate(topic, 2)
    await write(east.bootstrap, topic, 20, { prefix: 'new' })
    await write(east.bootstrap, topic, 5, { prefix: 'new', partition: 1 })
    await link.failure(topic)
    await runner.kill()
    expect(await plannedRow(link, topic)).toMatchObject({ outcome: 'refused', partitions: [{ alone: '10' }] })
    const done = await rebuilding(link, topic, '--discard')
    expect(done.code, done.err).toBe(0)
    expect(done.err).toContain(`10 offsets of "${topic}" that its source has not are discarded`)
    expect(done.err).toContain(`next: georep --config ${link.configFile} link run ${link.name}`)
    await link.run()
    expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic)).toHaveLength(25)
  }) // prettier-ignore

  it('of a mirror whose position retention has passed: what only it had left is saved, and the log begins where the source does', async () => {
    const topic = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(topic)
    await write(east.bootstrap, topic, 10, { prefix: 'good' })
    const runner = await link.run()
    const good = await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    await runner.kill()
    await write(east.bootstrap, topic, 10, { prefix: 'late' })
    await withAdmin(east.bootstrap, async (admin) => {
      await admin.fetchTopicMetadata({ topics: [topic] })
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] })
    })
    await link.run()
    expect(await link.failure(topic)).toContain('the source log begins at 15')
    const dir = join(folder, topic)
    const done = await rebuilding(link, topic, '--salvage', dir)
    expect(done.code, done.err).toBe(0)
    expect(salvaged(dir, topic, 1)).toEqual(good)
    // Until it begins where the source does, what stands before that is seen.
    const span = async (): Promise<string> => await withAdmin(west.bootstrap, async (admin) => (await admin.fetchTopicOffsets(topic)).map(({ low, high }) => `${low}..${high}`).join()) // prettier-ignore
    await eventually('the log is as long as the source', async () => (await onceKnown(span)) === '15..20')
    const there = await recordsIn(east.bootstrap, topic, 5)
    expect(await recordsIn(west.bootstrap, topic, 5)).toEqual(there)
    expect(placed(there)[0]).toBe('0/15 late 5')
  })

  it('of mirrors that are not FAILED, or whose topic is gone: nothing is theirs alone, and nothing has to be said', async () => {
    const [well, gone, paused] = [await createdTopic(east.bootstrap), await createdTopic(east.bootstrap), await createdTopic(east.bootstrap)] // prettier-ignore
    await using link = await TestLink.create({ east, west })
    await link.mirror(well, gone, paused)
    for (const topic of [well, gone, paused]) await write(east.bootstrap, topic, 10)
    await link.run()
    for (const topic of [well, gone, paused]) await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    await georep(link, 'mirror', 'pause', paused)
    await withAdmin(west.bootstrap, async (admin) => { await admin.deleteTopics({ topics: [gone] }) }) // prettier-ignore
    await write(east.bootstrap, gone, 1)
    expect(await link.failure(gone)).toBe(`the mirror topic "${gone}" is gone`)
    const ids = await Promise.all([well, paused].map(async (topic) => await idOn(link.destination, topic)))
    // What its runner has under way is no foreign write.
    const writer = await Writer.start(east.bootstrap, well, 1)
    const { code, out, err } = await georep(link, 'mirror', 'rebuild', well, gone, paused, '--confirm', link.name, '-o', 'json') // prettier-ignore
    expect(code, err).toBe(0)
    expect((JSON.parse(out) as { data: { topics: Row[] } }).data.topics.map(({ how, outcome, state }) => `${state} ${how} ${outcome}`).toSorted()).toEqual(['ACTIVE replace applied', 'FAILED make applied', 'PAUSED replace applied']) // prettier-ignore
    await writer.stop()
    for (const topic of [well, gone, paused]) await expectSameRecords(east.bootstrap, west.bootstrap, topic)
    const now = await Promise.all([well, paused].map(async (topic) => await idOn(link.destination, topic)))
    expect(now.filter((id) => ids.includes(id))).toEqual([])
  })
})

/** What georep has set on the mirror topic: kafkajs resets what it does not name. */
async function overridden(topic: string): Promise<{ readonly name: string; readonly value: string }[]> {
  const own = (await configsOf(west.bootstrap, topic)).filter((one) => one.endsWith(' own'))
  const names = ['compression.type', 'message.timestamp.type', 'message.timestamp.before.max.ms', 'message.timestamp.after.max.ms', 'max.message.bytes'] // prettier-ignore
  return own.flatMap((one) => {
    const [name = '', value = ''] = one.replace(/ own$/, '').split('=')
    return names.includes(name) ? [{ name, value }] : []
  })
}

/** A rebuild that ends when it says this. */
async function cutShort(link: TestLink, topic: string, dir: string, when: string): Promise<void> {
  const { target } = link
  const plan = await embeddedEngine.planRebuild(target, [topic], { signal })
  const salvage = salvageFolder(dir, { newId: randomId, time: systemTime })
  const onProgress = (text: string): void => { if (text.startsWith(when)) throw new Error(`cut short: ${text}`) } // prettier-ignore
  const by = { ...act('mirror rebuild'), alone: { kind: 'save', salvage } as const, onProgress }
  await expect(embeddedEngine.rebuild(target, plan, by, { signal })).rejects.toThrow(`cut short: ${when}`)
}

it('goes on wherever it was ended: every record that was the mirror’s alone saved once, all others as on the source', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions: 2 })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10, { prefix: 'good' })
  await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  for (const when of ['waiting', 'comparing "', 'saving', 'comparing what', 'deleting', 'making', 'SIGKILL waiting', 'SIGKILL deleting', 'SIGKILL making']) {
    const dir = join(folder, `${topic}-${when.replaceAll(/\W/g, '')}`)
    const count = (await recordsIn(east.bootstrap, topic, 10)).length
    await write(west.bootstrap, topic, 2, { prefix: when })
    // It need not have FAILED yet: a rebuild of an active mirror is the same.
    const id = await idOn(link.destination, topic)
    if (when.startsWith('SIGKILL')) {
      // Not as a part of the folder's name, which is said before.
      const env = signalledAt({ said: `${when.replace('SIGKILL ', '')} ` }, 'SIGKILL')
      const { name, configFile } = link
      await startOn({ name, configFile, env }, 'mirror', 'rebuild', topic, '--confirm', topic, '--salvage', dir).killed() // prettier-ignore
    } else await cutShort(link, topic, dir, when)
    expect((await link.view(topic)).state.state, when).toBe('PENDING')
    if (!when.startsWith('SIGKILL')) expect((await idOn(link.destination, topic)) === id, when).toBe(when !== 'making')
    await write(east.bootstrap, topic, 1, { prefix: 'meanwhile' })
    const { code, err } = await rebuilding(link, topic, '--salvage', dir)
    expect(code, `${when}: ${err}`).toBe(0)
    expect(await idOn(link.destination, topic)).not.toBe(id)
    expect(placed(salvaged(dir, topic, 2)), when).toEqual([0, 1].map((index) => `0/${count + index} ${when} ${index}`))
    expect(JSON.parse(readFileSync(join(dir, topic, 'manifest.json'), 'utf8'))).toMatchObject({ data: { topicId: id, verifiedAt: expect.any(String) as string } }) // prettier-ignore
    expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic), when).toHaveLength(count + 1)
  }
}) // prettier-ignore

it('counts nothing exactly of what had FAILED while its rebuild is cut short: a failover that is to lose nothing is refused', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10, { prefix: 'good' })
  await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await write(west.bootstrap, topic, 3, { prefix: 'foreign' })
  await write(east.bootstrap, topic, 1, { prefix: 'first' })
  await link.failure(topic)
  const dir = join(folder, `${topic}-counted`)
  for (const when of ['waiting', 'comparing what']) {
    await cutShort(link, topic, dir, when)
    const { state, partitions } = await link.view(topic)
    expect(state.state, when).toBe('PENDING')
    expect(partitions.map(({ loss }) => loss.kind), when).toEqual(['atLeast'])
  }
  const limited = await georep(link, 'mirror', 'failover', topic, '--confirm', topic, '--force-while-source-up', '--max-loss-records', '0')
  expect({ code: limited.code, out: limited.out }).toEqual({ code: 5, out: '' })
  expect(limited.err).toContain('error GR-LOSS-LIMIT')
  const { code, err } = await rebuilding(link, topic, '--salvage', dir)
  expect(code, err).toBe(0)
  expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic)).toHaveLength(11)
  expect(await recordOf(link, topic)).toMatchObject({ record: { state: { state: 'ACTIVE' } }, failure: undefined })
  expect((await link.view(topic)).partitions.map(({ loss }) => loss.kind)).toEqual(['exact'])
}) // prettier-ignore

it('deletes nothing that was written to after it was looked at, and discards nothing that was not shown', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10, { prefix: 'good' })
  const runner = await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await runner.kill()
  const id = await idOn(link.destination, topic)
  const { target } = link
  const plan = await embeddedEngine.planRebuild(target, [topic], { signal })
  const salvage = salvageFolder(join(folder, topic), { newId: randomId, time: systemTime })
  // A store that takes so long that somebody writes.
  const open: typeof salvage.open = async (about, options) => {
    const { keep, write: saves, read, verified } = await salvage.open(about, options)
    const isVerified: typeof verified = async (partitions) => {
      await verified(partitions)
      await write(west.bootstrap, topic, 1, { prefix: 'since' })
    }
    return { keep, write: saves, read, verified: isVerified }
  }
  const by = {
    ...act('mirror rebuild'),
    alone: { kind: 'save', salvage: { ...salvage, open } } as const,
    onProgress: () => undefined,
  }
  const results = await embeddedEngine.rebuild(target, plan, by, { signal })
  expect(results.get(topic)?.outcome).toMatchObject({ kind: 'failed', why: expect.stringContaining('was written to after it was looked at up to 10; nothing was deleted') as string }) // prettier-ignore
  expect(await idOn(link.destination, topic)).toBe(id)
  expect((await recordsIn(west.bootstrap, topic, 11)).map(({ value }) => value)).toContain('since 0')
  const discarding = { ...act('mirror rebuild'), alone: { kind: 'discard' } as const, onProgress: () => undefined }
  const again = await embeddedEngine.planRebuild(link.target, [topic], { signal })
  await write(west.bootstrap, topic, 1, { prefix: 'more' })
  const more = link.target
  await more.state.refresh({ signal })
  expect((await embeddedEngine.rebuild(more, again, discarding, { signal })).get(topic)?.outcome).toMatchObject({ kind: 'refused', why: expect.stringContaining('is not what was shown when it was to be discarded') as string }) // prettier-ignore
  expect(await idOn(link.destination, topic)).toBe(id)
  const done = await rebuilding(link, topic, '--salvage', join(folder, topic))
  expect(done.code, done.err).toBe(0)
  expect(placed(salvaged(join(folder, topic), topic, 1))).toEqual(['0/10 since 0', '0/11 more 0'])
  await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
})

it('begins with nothing that cannot be taken back before its runner has let go', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10)
  const runner = await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  const { target } = link
  const plan = await embeddedEngine.planRebuild(target, [topic], { signal })
  await runner.freeze()
  const steps: string[] = []
  const onProgress = (text: string): unknown => steps.push(text)
  const rebuilt = embeddedEngine.rebuild(target, plan, { ...act('mirror rebuild'), alone: undefined, onProgress }, { signal }) // prettier-ignore
  await eventually('it waits', () => Promise.resolve(steps.length > 0))
  await sleep(2_000)
  expect(steps).toEqual([`waiting until nothing is written to "${topic}"`])
  runner.thaw()
  expect((await rebuilt).get(topic)?.outcome).toEqual({ kind: 'applied' })
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
})

it('is not FAILED by a runner that was frozen for so long that nobody waited for it', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10)
  const runner = await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await runner.freeze()
  const { code, err } = await rebuilding(link, topic)
  expect(code, err).toBe(0)
  runner.thaw()
  await write(east.bootstrap, topic, 1, { prefix: 'since' })
  expect(await expectSameRecords(east.bootstrap, west.bootstrap, topic)).toHaveLength(11)
  expect(await recordOf(link, topic)).toMatchObject({ record: { state: { state: 'ACTIVE' } }, failure: undefined })
})

it('is refused, nothing changed: of what is stopped, not georep’s, read, without a source, or not a mirror', async () => {
  const topic = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await withAdmin(west.bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false }) }) // prettier-ignore
  await link.mirror(topic)
  await write(east.bootstrap, topic, 3)
  const runner = await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  await runner.kill()
  const refused = async (name: string, why: string, count = 3): Promise<void> => {
    const before = await held(link, name, count)
    const { code, out, err } = await rebuilding(link, name, '--discard')
    expect({ code, out, err }).toEqual({ code: 5, out: '', err: expect.stringContaining(why) as string })
    expect(await held(link, name, count), why).toEqual(before)
  }
  await refused(topic, `topic "${topic}" is not known to be made by georep`)

  const own = await createdTopic(east.bootstrap)
  await link.mirror(own)
  await write(east.bootstrap, own, 3)
  await link.run()
  await expectSameRecords(east.bootstrap, west.bootstrap, own)
  const group = unique('group')
  const consumer = kafkajsClient(west.bootstrap).consumer({ groupId: group })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: own, fromBeginning: true })
    let seen = 0
    await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => { await Promise.resolve(seen++) } }) // prettier-ignore
    await eventually('the group has committed', async () => seen === 3 && (await committedBy(west.bootstrap, group, own))[0] === '3') // prettier-ignore
    await refused(own, `group "${group}" is Stable on "${link.destination.name}"`)
  } finally {
    await consumer.disconnect()
  }
  await withAdmin(east.bootstrap, async (admin) => { await admin.deleteTopics({ topics: [own] }) }) // prettier-ignore
  await link.failure(own)
  await refused(own, `the source topic "${own}" is gone: there is nothing to make it of; mirror failover opens what the mirror holds`) // prettier-ignore
  await link.failover([own])
  await refused(own, 'it is STOPPED, and its topic is written to: mirror reverse or mirror restore makes the old source its mirror') // prettier-ignore
  expect(String(await endsOf(west.bootstrap, own))).toBe('4')
  const none = await rebuilding(link, 'nowhere')
  expect({ code: none.code, err: none.err }).toEqual({ code: 5, err: expect.stringContaining(`link "${link.name}" does not mirror it`) as string }) // prettier-ignore
})
