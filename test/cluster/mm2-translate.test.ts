import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offset } from '../../src/core/offset.ts'
import { type Flow, ownPlaces, translate } from '../../src/engines/mm2/translate.ts'
import type { OwnPlace, PlaceTranslation, SourcePlace } from '../../src/engines/translating.ts'
import type { Cluster } from '../../src/kafka/cluster.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { Ran } from '../support/context.ts'
import { commit, committedBy } from './support/commits.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf } from './support/log-content.ts'
import { connector, expectTrue, flowOf, forgetOffsets, type Keyed, keyedRecords, mirrorMaker, resumeConnector, truthOf, widestStretch, withSetting } from './support/mm2.ts' // prettier-ignore
import { eventually, layer, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'
import { inThisProcess } from './support/switch.ts'

// Where places of the source are in what MirrorMaker 2 has copied, against what kafkajs reads on both sides: each record has a key of its own.

const topics = { killed: 'killed', carried: 'carried', alike: 'alike', once: 'once', anew: 'anew' } as const
let sandbox: Sandbox<'east' | 'west'>
let source: Cluster
let destination: Cluster

beforeAll(async () => {
  sandbox = await ownSandbox({}, { connect: { workers: 1, isExactlyOnce: false } })
  source = layer(sandbox.clusters.east)
  destination = layer(sandbox.clusters.west)
  await withAdmin(sandbox.clusters.east.bootstrap, async (admin) => {
    await admin.createTopics({ topics: Object.values(topics).map((topic) => ({ topic, numPartitions: 1 })), waitForLeaders: false }) // prettier-ignore
  })
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await destination[Symbol.asyncDispose]()
  await sandbox.down({ signal: AbortSignal.timeout(60_000) })
})

/** Some thousand records, and some transactions between them of which every third is aborted. */
async function write(topic: string, from: number, count: number, options: { readonly pauseMs?: number } = {}): Promise<void> {
  const { bootstrap } = sandbox.clusters.east
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner, transactionalId: topic, idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  const each = 40
  for (let at = from; at < from + count; at += each) {
    const messages = (name: string): Message[] => Array.from({ length: each }, (_, n) => ({ partition: 0, key: `${name} ${at + n}`, value: 'x'.repeat(50) })) // prettier-ignore
    if ((at / each) % 3 === 0) {
      const aborted = await producer.transaction()
      await aborted.send({ topic, messages: messages('aborted') })
      await aborted.abort()
    }
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: messages('record') })
    await transaction.commit()
    if (options.pauseMs !== undefined) await sleep(options.pauseMs)
  }
  await producer.disconnect()
} // prettier-ignore

/** Every 13th offset, those at the end, and some more. */
async function placesOn(topic: string, ...more: readonly number[]): Promise<readonly SourcePlace[]> {
  const [end = 0] = await endsOf(sandbox.clusters.east.bootstrap, topic)
  const all = Array.from({ length: end + 1 }, (_, at) => at).filter((at) => at % 13 === 0 || at > end - 30)
  return [...all, ...more].map((at) => ({ topic, partition: 0, offset: offset(BigInt(at)) }))
}

async function translated(flow: Flow, places: readonly SourcePlace[]): Promise<readonly PlaceTranslation[]> {
  return await translate(flow, places, { verify: true, signal: AbortSignal.timeout(60_000) })
}

async function truthNow(topic: string): Promise<{ readonly here: readonly Keyed[]; readonly there: readonly Keyed[]; readonly truth: ReturnType<typeof truthOf> }> {
  const { east, west } = sandbox.clusters
  const [here, there] = await Promise.all([keyedRecords(east.bootstrap, topic), keyedRecords(west.bootstrap, `east.${topic}`)])
  return { here, there, truth: truthOf(here, there) }
} // prettier-ignore

/** Where the mirror ends; undefined where something has come meanwhile. A worker that goes on appends several times a second. */
async function restingEnd(topic: string, forMs: number): Promise<number | undefined> {
  const { bootstrap } = sandbox.clusters.west
  const [before] = await endsOf(bootstrap, `east.${topic}`)
  await sleep(forMs)
  const [end] = await endsOf(bootstrap, `east.${topic}`)
  return end === before ? end : undefined
}

/** Until the record is there, and nothing comes any more. */
async function isCopied(topic: string, last: string): Promise<void> {
  const { bootstrap } = sandbox.clusters.west
  const isThere = async (): Promise<boolean> => {
    if ((await restingEnd(topic, 1_000)) === undefined) return false
    return (await keyedRecords(bootstrap, `east.${topic}`)).some(({ key }) => key === last)
  }
  await eventually(`"${topic}" is copied`, async () => await isThere().catch(() => false))
}

function kindsOf(found: readonly PlaceTranslation[]): readonly string[] {
  return [...new Set(found.map(({ translated: { kind } }) => kind))].toSorted()
}

/** Where the connector goes on in the topic, as Kafka Connect has it. */
async function flushedOf(connect: string, name: string, topic: string): Promise<number> {
  const answer = (await (await fetch(`${connect}/connectors/${name}/offsets`)).json()) as { readonly offsets: readonly { readonly partition: { readonly topic: string }; readonly offset: { readonly offset: number } }[] } // prettier-ignore
  return answer.offsets.find(({ partition }) => partition.topic === topic)?.offset.offset ?? 0
}

/**
 * Writes until all is copied, and Kafka Connect has not written down so: a worker that is killed now copies some of it again.
 *
 * @returns how many records are written now, and where the mirror ends
 */
async function copiedUnflushed(connect: string, topic: string, from: number): Promise<{ readonly written: number; readonly end: number }> {
  const { east, west } = sandbox.clusters
  for (let written = from + 400; ; written += 400) {
    const [before = 0] = await endsOf(west.bootstrap, `east.${topic}`)
    await write(topic, written - 400, 400)
    let end = before
    await eventually('all is copied', async () => (end = (await restingEnd(topic, 300)) ?? before) >= before + 400)
    const [sourceEnd = 0] = await endsOf(east.bootstrap, topic)
    if ((await flushedOf(connect, topic, topic)) < sourceEnd - 100) return { written, end }
  }
} // prettier-ignore

interface LagRow {
  readonly topic: string
  readonly lagKind: string
  readonly lag: string
}

const lagRows = ({ out }: Ran): readonly LagRow[] => (JSON.parse(out) as { readonly data: { readonly partitions: readonly LagRow[] } }).data.partitions // prettier-ignore

/**
 * What is mirrored is known to be there before Kafka Connect has written it down, by the last record on both sides.
 *
 * @returns how many records are written now
 */
async function seenSoon(link: string, topic: string, from: number): Promise<number> {
  const { east, west } = sandbox.clusters
  const [worker] = sandbox.connect!.workers
  for (let written = from + 40; ; written += 40) {
    const [before = 0] = await endsOf(west.bootstrap, `east.${topic}`)
    await write(topic, written - 40, 40)
    await eventually('it is there', async () => ((await endsOf(west.bootstrap, `east.${topic}`))[0] ?? 0) >= before + 40)
    const [end = 0] = await endsOf(east.bootstrap, topic)
    const georep = async (...argv: readonly string[]): Promise<Ran> =>
      await inThisProcess(...argv, '--link', link, '--config', sandbox.configFile)
    const lag = await georep('lag', '--mirrors-only', '--fail-over', '1ms', '-o', 'json')
    const exposure = await georep('exposure', '--topic', topic, '-o', 'json')
    // It may have been written down meanwhile.
    if ((await flushedOf(worker!.url, `georep.${link}.source`, topic)) > end - 40) continue
    expect(lagRows(lag).filter((row) => row.topic === `east.${topic}`), lag.err).toMatchObject([{ lagKind: 'exact', lag: '0' }]) // prettier-ignore
    expect(lag.code, lag.err).toBe(0)
    expect(JSON.parse(exposure.out)).toMatchObject({ data: { links: [{ records: { kind: 'exact', records: '0' } }] } })
    return written
  }
} // prettier-ignore

/**
 * What is mirrored, and not yet written down to be, may be missing and need not be where the last records are alike: no figure calls it exact, and no gate
 * calls it over its limit.
 */
async function seenLate(link: string, topic: string): Promise<void> {
  const { west } = sandbox.clusters
  const mirror = `east.${topic}`
  const georep = async (...argv: readonly string[]): Promise<Ran> =>
    await inThisProcess(...argv, '--link', link, '--config', sandbox.configFile)
  const made = await georep('mirror', 'create', topic)
  expect(made.code, made.err).toBe(0)
  const producer = kafkajsClient(sandbox.clusters.east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  for (let isSeen = false; !isSeen;) {
    const [before = 0] = await endsOf(west.bootstrap, mirror)
    const timestamp = String(Date.now())
    await producer.send({ topic, messages: Array.from({ length: 40 }, () => ({ partition: 0, key: 'a', value: 'b', timestamp })) }) // prettier-ignore
    await eventually('it is there', async () => ((await endsOf(west.bootstrap, mirror))[0] ?? 0) >= before + 40)
    const over = await georep('lag', '--mirrors-only', '--fail-over', '1ms', '-o', 'json')
    const row = lagRows(over).find((one) => one.topic === mirror)
    if (row?.lagKind === 'exact') {
      expect(row.lag).toBe('0')
      continue
    }
    expect(row).toMatchObject({ lagKind: 'atMost', status: 'LAGGING', verdict: 'unknown' })
    expect([over.code, over.err]).toEqual([4, expect.stringContaining('offset.flush.interval.ms')])
    const [table, within, exposure, loss] = [
      await georep('lag', '--mirrors-only'),
      await georep('lag', '--mirrors-only', '--fail-over', '1h'),
      await georep('exposure', '-o', 'json'),
      await georep(
        'mirror',
        'failover',
        mirror,
        '--force-while-source-up',
        '--dry-run',
        '--max-loss-records',
        '1000000',
      ),
    ]
    expect([table.code, within.code, exposure.code, loss.code], loss.err).toEqual([0, 0, 4, 0])
    // It may have been written down meanwhile.
    if (!table.out.includes('<=') || !exposure.out.includes('atMost') || !loss.out.includes('up to ')) continue
    expect(JSON.parse(exposure.out)).toMatchObject({ data: { links: [{ records: { kind: 'atMost' }, bytes: { kind: 'atMost' }, age: { kind: 'atMost' }, oldest: null }] } }) // prettier-ignore
    isSeen = true
  }
  await producer.disconnect()
  const deleted = await georep('mirror', 'delete', mirror, '--confirm', mirror)
  expect(deleted.code, deleted.err).toBe(0)
}

interface Described {
  readonly data: { readonly connect: { readonly dataPath: { readonly at: string | null; readonly ageMs: number | null } } } // prettier-ignore
}

describe('places by the offset syncs of MirrorMaker 2', () => {
  it('of a worker that is killed again and again are exact and behind nothing unread, though records stand there more than once', async () => {
    const [worker] = sandbox.connect!.workers
    const signal = AbortSignal.timeout(90_000)
    const { clusters } = sandbox
    await write(topics.killed, 0, 2_000)
    await connector(worker!.url, 'Source', 'killed', { ...mirrorMaker(clusters), topics: topics.killed })
    const kills = { areOver: false }
    let written = 2_000
    const writing = (async () => {
      for (; !kills.areOver; written += 400) await write(topics.killed, written, 400, { pauseMs: 40 })
    })()
    const ended = async (): Promise<number> => await endsOf(clusters.west.bootstrap, `east.${topics.killed}`).then(([end = 0]) => end, () => 0) // prettier-ignore
    const goesOn = async (least: number): Promise<void> => {
      const before = await ended()
      await eventually('it copies', async () => (await ended()) > before + least)
    }
    await goesOn(300)
    await worker!.kill({ signal })
    await worker!.start({ signal })
    await goesOn(300)
    kills.areOver = true
    await writing
    // Nothing is written any more when it is killed once more: the syncs do not show that it comes past where it was.
    const copiedOnce = await copiedUnflushed(worker!.url, topics.killed, written)
    written = copiedOnce.written
    await worker!.kill({ signal })
    await worker!.start({ signal })
    await eventually('it copies again', async () => (await ended()) > copiedOnce.end)
    await isCopied(topics.killed, `record ${written - 1}`)
    const { here, there, truth } = await truthNow(topics.killed)
    expect(there.length - new Set(there.map(({ key }) => key)).size).toBeGreaterThan(300)
    const flow = flowOf(source, destination)
    const found = await translated(flow, await placesOn(topics.killed))
    for (const one of found) expectTrue(one, truth)
    expect(kindsOf(found)).toEqual(['exact'])

    // Without the source, where the syncs are: by the checkpoints, which tell less.
    const groups = [1, 300, 1_500].map((lag, index) => ({ name: `reader-${index}`, at: here.at(-lag)!.offset }))
    for (const { name, at } of groups) await commit(source, name, topics.killed, [at])
    await connector(worker!.url, 'Checkpoint', 'checkpoints', { ...mirrorMaker(clusters), groups: 'reader-.*' })
    let own: readonly OwnPlace[] = []
    await eventually('there are checkpoints', async () => (own = await ownPlaces(flow, { signal }).catch(() => [])).length === groups.length) // prettier-ignore
    expect(own.toSorted((a, b) => (a.group < b.group ? -1 : 1)).map(({ group, mirrorTopic, from }) => [group, mirrorTopic, Number(from)])).toEqual(
      groups.map(({ name, at }) => [name, `east.${topics.killed}`, at]),
    ) // prettier-ignore
    const dead = await translated({ ...flow, sourceSilent: 'the source does not answer' }, found.map(({ place }) => place)) // prettier-ignore
    for (const one of dead) expectTrue(one, truth)
    expect(kindsOf(dead)).toEqual(['bounded', 'unknown'])
  })

  it('are those at which groups go on after a failover without the source, of a link whose worker was killed and whose connector was deleted and made again', async () => {
    const [worker] = sandbox.connect!.workers
    const signal = AbortSignal.timeout(90_000)
    const { east, west } = sandbox.clusters
    const [link, topic, mirror] = ['east-west', topics.carried, `east.${topics.carried}`] as const
    const georep = async (...argv: readonly string[]): Promise<string> => {
      const { code, out, err } = await inThisProcess(...argv, '--config', sandbox.configFile)
      expect(code, `${argv.join(' ')}:\n${out}${err}`).toBe(0)
      return out + err
    }
    const often = ['emit.checkpoints', 'refresh.groups', 'sync.group.offsets'].map((what) => `checkpoint:${what}.interval.seconds=1`) // prettier-ignore
    const create = ['link', 'create', link, '--engine', 'mm2', '--connect', worker!.url, '--naming', 'prefixed', '--groups', 'last-*', '--set', ...often] // prettier-ignore
    await georep(...create)
    await write(topic, 0, 1_000)
    await georep('mirror', 'create', topic, '--link', link)
    let [isOver, written] = [false, 1_000]
    const writing = (async () => {
      for (; !isOver; written += 400) await write(topic, written, 400, { pauseMs: 40 })
    })()
    const end = async (): Promise<number> => (await endsOf(west.bootstrap, mirror))[0] ?? 0
    const goesOn = async (): Promise<void> => {
      const before = await end()
      await eventually('it is carried', async () => (await end()) > before + 300)
    }
    const copies = async (): Promise<{ readonly all: number; readonly again: number }> => {
      const there = await keyedRecords(west.bootstrap, mirror)
      return { all: there.length, again: there.length - new Set(there.map(({ key }) => key)).size }
    }

    // Kafka Connect keeps the offsets: those are where the new one goes on, and not the beginning.
    await goesOn()
    expect((await fetch(`${worker!.url}/connectors/georep.${link}.source`, { method: 'DELETE' })).status).toBe(204)
    const before = await copies()
    expect(await georep(...create)).toMatch(/\.source +created/)
    await goesOn()
    const made = await copies()
    expect(made.again).toBeLessThan(before.all)

    await worker!.kill({ signal })
    await worker!.start({ signal })
    await goesOn()
    isOver = true
    await writing
    await isCopied(topic, `record ${written - 1}`)
    await seenLate(link, topics.alike)
    written = await seenSoon(link, topic, written)
    await isCopied(topic, `record ${written - 1}`)
    const { here, there, truth } = await truthNow(topic)
    expect(new Set(there.map(({ key }) => key))).toEqual(new Set(here.map(({ key }) => key)))
    expect((await copies()).again).toBeGreaterThan(made.again)

    // One of the groups stands in the middle of what was copied twice.
    const twice = there.filter(({ key }, index) => there.findIndex((one) => one.key === key) !== index)
    const within = here.find(({ key }) => key === twice[Math.floor(twice.length / 2)]?.key)!
    const groups = [here.at(-1)!, here.at(-300)!, here.at(-1_500)!, within].map(({ offset: at }, n) => ({ name: `last-${n}`, at })) // prettier-ignore
    for (const { name, at } of groups) await commit(source, name, topic, [at])
    const committed = async (name: string): Promise<number> => Number((await committedBy(west.bootstrap, name, mirror))[0] ?? -1) // prettier-ignore
    await eventually('MirrorMaker has moved the groups', async () => (await Promise.all(groups.map(async ({ name }) => await committed(name)))).every((at) => at >= 0)) // prettier-ignore
    await east.kill({ signal })
    const described = async (): Promise<Described> => JSON.parse((await inThisProcess('link', 'describe', link, '--config', sandbox.configFile, '-o', 'json')).out) as Described // prettier-ignore
    const first = await described()
    expect(first).toMatchObject({ data: { state: 'SOURCE_UNAVAILABLE', mirrors: [{ topic: mirror, state: 'SOURCE_UNAVAILABLE' }] } }) // prettier-ignore
    // What MirrorMaker has written down of the groups is on the destination, with its age.
    const told = await inThisProcess('offset', 'translate', '--link', link, '--config', sandbox.configFile, '-o', 'json') // prettier-ignore
    expect(told.code, told.err).toBe(4)
    const { translations, unknownGroups } = (JSON.parse(told.out) as { data: { translations: { group: string; to: string | null; checkpoint: { at: string } }[]; unknownGroups: unknown[] } }).data // prettier-ignore
    expect(translations.map(({ group }) => group).toSorted()).toEqual(groups.map(({ name }) => name))
    for (const { to, checkpoint } of translations) expect([to, checkpoint.at]).toEqual([expect.any(String), expect.any(String)]) // prettier-ignore
    expect(unknownGroups).toMatchObject([{ group: null, why: expect.stringMatching(/^the source does not answer, and their places are those that were written down last/) as string }]) // prettier-ignore
    await georep('mirror', 'failover', mirror, '--link', link, '--confirm', mirror)
    const { data } = await described()
    expect(data).toMatchObject({ mirrors: [{ topic: mirror, state: 'STOPPED' }] })
    // What came through the source last is as old as that, and grows older.
    expect(data.connect.dataPath.at).toBe(first.data.connect.dataPath.at)
    expect(data.connect.dataPath.ageMs).toBeGreaterThan(first.data.connect.dataPath.ageMs ?? Infinity)
    const own = await Promise.all(groups.map(async ({ name }) => await committed(name)))
    await georep('offset', 'clamp', '--link', link, '--apply', '--confirm', link, '--undo', join(sandbox.folder, 'undo.json')) // prettier-ignore
    for (const [index, { name, at }] of groups.entries()) {
      const outcome = truth(at, await committed(name))
      const theirs = truth(at, own[index]!)
      expect(outcome.skipped, name).toBe(0)
      expect(outcome.again, name).toBeLessThanOrEqual(theirs.again)
    }
    expect(await endsOf(west.bootstrap, mirror)).toEqual([there.at(-1)!.offset + 1])
    await east.start({ signal })
    await georep('link', 'delete', link, '--confirm', link, '--with-mirrors')
  })

  it('of a worker that copies exactly once are exact, with markers on both sides, and without the source no further away than its syncs are apart', async () => {
    const [worker] = sandbox.connect!.workers
    const { east, west } = sandbox.clusters
    await withSetting(worker!, 'exactly.once.source.support=enabled')
    const config = { ...mirrorMaker(sandbox.clusters), 'exactly.once.support': 'required', 'source.consumer.isolation.level': 'read_committed', 'offset-syncs.topic.location': 'target' } // prettier-ignore
    await write(topics.once, 0, 3_000)
    await write(topics.anew, 0, 1_000)
    await connector(worker!.url, 'Source', 'once', { ...config, topics: topics.once })
    await connector(worker!.url, 'Source', 'anew', { ...config, topics: topics.anew })
    await isCopied(topics.once, 'record 2999')
    await isCopied(topics.anew, 'record 999')
    const { there, truth } = await truthNow(topics.once)
    expect(new Set(there.map(({ key }) => key)).size).toBe(there.length)
    const flow = flowOf(source, destination, { syncsOn: 'target' })
    const places = await placesOn(topics.once)
    const found = await translated(flow, places)
    for (const one of found) expectTrue(one, truth)
    expect(kindsOf(found)).toEqual(['exact'])

    // A topic that is made anew: what was told of the one before is not true of it.
    await forgetOffsets(worker!.url, 'anew')
    const first = 400
    await withAdmin(west.bootstrap, async (admin) => {
      await admin.deleteTopics({ topics: [`east.${topics.anew}`] })
      await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(`east.${topics.anew}`))
    })
    await withAdmin(east.bootstrap, async (admin) => {
      // kafkajs finds the leader of a topic that it has been asked about before.
      await admin.fetchTopicOffsets(topics.anew)
      await admin.deleteTopicRecords({ topic: topics.anew, partitions: [{ partition: 0, offset: String(first) }] })
    })
    await resumeConnector(worker!.url, 'anew')
    await isCopied(topics.anew, 'record 999')
    const anew = await truthNow(topics.anew)
    expect(anew.there[0]?.offset).toBe(0)
    const foundAnew = await translated(flow, await placesOn(topics.anew, first))
    for (const one of foundAnew) expectTrue(one, anew.truth)
    expect(kindsOf(foundAnew.filter(({ place }) => place.offset >= first))).toEqual(['exact'])

    const [end = 0] = await endsOf(west.bootstrap, `east.${topics.once}`)
    const widest = await widestStretch(west.bootstrap, 'mm2-offset-syncs.east.internal', topics.once, end)
    await sandbox.clusters.east.kill({ signal: AbortSignal.timeout(10_000) })
    const dead = await translated({ ...flow, sourceSilent: 'the source does not answer' }, places)
    for (const one of dead) expectTrue(one, truth)
    expect(kindsOf(dead)).toEqual(['bounded'])
    for (const one of dead) expect(Number(one.translated.kind === 'bounded' ? one.translated.reread : Infinity)).toBeLessThanOrEqual(widest) // prettier-ignore
  })
})
