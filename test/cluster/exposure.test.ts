import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit, committedBy } from './support/commits.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf, kafkaTool } from './support/log-content.ts'
import { createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'

// What would be lost, and read again, against what kafkajs and Kafka's own kafka-log-dirs and kafka-consumer-groups tell of the same clusters; and
// then it is failed over, and a consumer of kafkajs reads what was said.

const { east, west } = sharedClusters()
const [source, destination] = [layer(east), layer(west)]
const prefix = unique('app')
const [slow, ahead, fresh] = ['slow', 'ahead', 'fresh'].map((name) => `${prefix}-${name}`) as [string, string, string]
const hour = 3_600_000

let georep: Georep
let orders: string
let packed: string
let began = 0
/** What is written while the mirrors stand still, in bytes of the logs of the source, by Kafka's own tool. */
let writtenBytes = 0n

interface Bounds {
  readonly kind: string
  readonly atLeast: string | null
  readonly atMost: string | null
}
interface Exposure {
  readonly sourceSeen: { readonly isCurrent: boolean; readonly ageMs: number | null }
  readonly records: { readonly kind: string; readonly records: string | null }
  readonly lostAlready: { readonly kind: string; readonly records: string | null }
  readonly bytes: { readonly kind: string; readonly bytes: string | null }
  readonly age: { readonly kind: string; readonly ms: number | null }
  readonly oldest: { readonly topic: string; readonly partition: number; readonly offset: string; readonly at: string } | null
  readonly partitions: readonly { readonly sourceEnd: string | null }[]
  readonly rereads: Bounds
  readonly skips: Bounds
  readonly groups: readonly { readonly group: string; readonly status: string; readonly rereads: Bounds; readonly skips: Bounds }[]
  readonly groupsSeen: number
} // prettier-ignore

const exactly = (count: number): Bounds => ({ kind: 'exact', atLeast: String(count), atMost: String(count) })

beforeAll(async () => {
  ;[orders, packed] = await Promise.all([createdTopic(east.bootstrap, { partitions: 2 }), createdTopic(east.bootstrap)])
  began = Date.now()
  await produce([
    [orders, 0, times(5, began)],
    [orders, 1, times(5, began)],
    [packed, 0, times(2, began)],
  ])
  const logBytesBefore = logBytes()
  await commit(source, slow, orders, [2, 5])
  await commit(source, ahead, orders, [1, 5])
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap], '--groups', `${prefix}-*`))
  const made = await georep.run('mirror', 'create', orders, packed, '--link', georep.link)
  expect(made.code, made.err).toBe(0)
  await eventually('records and offsets are carried', async () => {
    const ends = [...(await endsOf(west.bootstrap, orders)), ...(await endsOf(west.bootstrap, packed))]
    const commits = await Promise.all([slow, ahead].map(async (group) => await committedBy(west.bootstrap, group, orders))) // prettier-ignore
    return String(ends) === '5,5,2' && String(commits) === '2,5,1,5'
  })
  await eventually('the runner has written down where the source ends', async () => {
    const { seen } = await exposureSeen(georep.withSourceAt('127.0.0.1:1'), '--group', slow)
    return seen.records.kind === 'atLeast' && seen.partitions.every(({ sourceEnd }) => sourceEnd !== null)
  })
  const paused = await georep.run('mirror', 'pause', orders, packed, '--link', georep.link)
  expect(paused.code, paused.err).toBe(0)
  const before = await logBytesBefore
  await produce([
    [orders, 0, times(3, began - 2 * hour), 1_000],
    [orders, 1, times(40, began - hour)],
    [packed, 0, times(10, began - hour), 5_000],
  ])
  writtenBytes = (await logBytes()) - before
  await commit(source, slow, orders, [7, 20])
  await commit(source, fresh, orders, [1, 1])
  // Somebody has set it there; on the source it has not read that far.
  await commit(destination, ahead, orders, [3, 5])
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await destination[Symbol.asyncDispose]()
  await georep.remove()
})

function times(count: number, at: number): readonly number[] {
  return Array.from({ length: count }, () => at)
}

async function produce(what: readonly (readonly [string, number, readonly number[], number?])[]): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  for (const [topic, partition, timestamps, bytes = 1] of what) {
    const messages = timestamps.map((at, index) => ({ value: `${index} `.repeat(bytes).slice(0, bytes), partition, timestamp: String(at) })) // prettier-ignore
    const compression = topic === packed ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None
    await producer.send({ topic, acks: -1, messages, compression })
  }
  await producer.disconnect()
}

/** Of the logs of both topics on the source. */
async function logBytes(): Promise<bigint> {
  const args = ['--bootstrap-server', east.bootstrap.join(), '--describe', '--topic-list', `${orders},${packed}`]
  const text = await kafkaTool('org.apache.kafka.tools.LogDirsCommand', args)
  const told = JSON.parse(text.slice(text.indexOf('{'))) as { brokers: { logDirs: { partitions: { partition: string; size: number }[] }[] }[] } // prettier-ignore
  const sizes = told.brokers.flatMap(({ logDirs }) => logDirs.flatMap(({ partitions }) => partitions))
  expect(sizes).toHaveLength(3)
  return sizes.reduce((sum, { size }) => sum + BigInt(size), 0n)
}

async function exposureSeen(run: Georep['run'], ...flags: readonly string[]): Promise<{ readonly code: number; readonly seen: Exposure; readonly err: string }> {
  const { code, out, err } = await run('exposure', '--link', georep.link, '-o', 'json', ...flags)
  const { links } = (JSON.parse(out) as { data: { links: readonly Exposure[] } }).data
  expect(links).toHaveLength(1)
  return { code, seen: links[0]!, err }
} // prettier-ignore

interface Row {
  readonly group: string
  readonly partition: number
  readonly source: { readonly committed: string | null }
  readonly destination: { readonly committed: string | null }
  readonly afterFailover: { readonly at: string | null; readonly lag: string | null; readonly rereads: Bounds; readonly skips: Bounds; readonly status: string } // prettier-ignore
  readonly sourceSeen: { readonly isCurrent: boolean; readonly ageMs: number | null }
}

async function shown(run: Georep['run'], ...flags: readonly string[]): Promise<{ readonly code: number; readonly rows: readonly Row[] }> {
  const { code, out } = await run('offset', 'show', '--link', georep.link, '--topic', orders, '-o', 'json', ...flags)
  return { code, rows: (JSON.parse(out) as { data: { offsets: readonly Row[] } }).data.offsets }
} // prettier-ignore

/** By partition; [group, partition, on the source, on the destination, goes on at, reads again, skips, status]. */
function told(rows: readonly Row[]): readonly unknown[] {
  const of = rows.map(({ group, partition, source: there, destination: here, afterFailover: after }) => [
    ...[group.slice(prefix.length + 1), partition, there.committed, here.committed],
    ...[after.at, after.rereads.atMost, after.skips.atMost, after.status],
  ])
  return of.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
}

const groupTool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'

describe('exposure', () => {
  it('is what the source has and the mirrors have not: records by kafkajs, bytes by kafka-log-dirs, seconds by what was written', async () => {
    const { code, seen } = await exposureSeen(georep.run, '--group', slow)
    const ends = async (at: { readonly bootstrap: readonly string[] }): Promise<number> => [...(await endsOf(at.bootstrap, orders)), ...(await endsOf(at.bootstrap, packed))].reduce((sum, end) => sum + end, 0) // prettier-ignore
    const missing = (await ends(east)) - (await ends(west))
    expect(missing).toBe(53)
    expect(seen.records).toMatchObject({ kind: 'exact', records: String(missing) })
    expect(writtenBytes).toBeGreaterThan(3_000n)
    expect(seen.bytes).toMatchObject({ kind: 'exact', bytes: String(writtenBytes) })
    expect(seen.oldest).toMatchObject({ topic: orders, partition: 0, offset: '5', at: new Date(began - 2 * hour).toISOString() }) // prettier-ignore
    expect(seen.age.kind).toBe('exact')
    expect(seen.age.ms).toBeGreaterThanOrEqual(2 * hour)
    expect(seen.age.ms).toBeLessThanOrEqual(Date.now() - began + 2 * hour)
    expect(seen).toMatchObject({ rereads: exactly(3), skips: exactly(0), groupsSeen: 1 })
    expect(code).toBe(0)
    const of = await exposureSeen(georep.run, '--topic', packed, '--group', slow)
    expect(of.seen).toMatchObject({ records: { records: '10' }, groupsSeen: 0, rereads: exactly(0) })
    // A group that was named, and is not there: that it would read nothing again is no answer.
    expect({ code: of.code, err: of.err }).toEqual({
      code: 4,
      err: expect.stringContaining(`is like "${slow}"`) as string,
    })
    const ofNone = await exposureSeen(georep.run, '--topic', `${orders}-mistyped`)
    expect(ofNone.err).toContain(`no mirror that was seen is of a topic like "${orders}-mistyped"`)
    expect(ofNone.code).toBe(4)
    const lag = await georep.run('lag', '--link', georep.link, '--topic', `${orders}-mistyped`)
    expect(lag.err).toContain(`no mirror that was seen is of a topic like "${orders}-mistyped"`)
  })

  it('tells groups that skip and groups of which it is not known first, is the same in a dry run of the failover, and ends with 4', async () => {
    const { code, seen } = await exposureSeen(georep.run)
    expect(code).toBe(4)
    expect(seen.groups.map(({ group, status }) => [group, status])).toEqual([[fresh, 'UNKNOWN'], [ahead, 'SKIPS'], [slow, 'REREADS']]) // prettier-ignore
    expect(seen.groups[1]).toMatchObject({ rereads: exactly(0), skips: exactly(2) })
    expect(seen.rereads).toEqual({ kind: 'atLeast', atLeast: '3', atMost: null })
    const { data } = await georep.json('mirror', 'failover', '--all', '--link', georep.link, '--dry-run')
    const { exposure } = data as { exposure: Exposure }
    const { records, bytes, oldest, rereads, skips, groups } = seen
    expect(exposure).toMatchObject({ records, bytes, oldest, rereads, skips, groups })
  })
})

it('offset show has the commits that kafkajs tells of the source and kafka-consumer-groups of the destination, and lag --after-failover what becomes of them', async () => {
  const { code, rows } = await shown(georep.run)
  expect(code).toBe(4) // "fresh" has no commit on the destination
  expect(told(rows)).toEqual([
    ['ahead', 0, '1', '3', '3', '0', '2', 'SKIPS'],
    ['ahead', 1, '5', '5', '5', '0', '0', 'OK'],
    ['fresh', 0, '1', null, null, null, null, 'UNKNOWN'],
    ['fresh', 1, '1', null, null, null, null, 'UNKNOWN'],
    ['slow', 0, '7', '2', '2', '3', '0', 'REREADS'],
    ['slow', 1, '20', '5', '5', '0', '0', 'OK'],
  ])
  expect(rows.slice(0, 3).map(({ afterFailover: { status } }) => status)).toEqual(['UNKNOWN', 'UNKNOWN', 'SKIPS'])

  const known = rows.filter(({ group }) => group !== fresh)
  const ours = (side: 'source' | 'destination'): readonly string[] => known.map((row) => [row.group, row.partition, row[side].committed].join()).toSorted() // prettier-ignore
  const kafkajsSays = await Promise.all([ahead, slow].map(async (group) => (await committedBy(east.bootstrap, group, orders)).map((offset, partition) => [group, partition, offset].join()))) // prettier-ignore
  expect(ours('source')).toEqual(kafkajsSays.flat().toSorted())
  const args = ['--bootstrap-server', west.bootstrap.join(), '--describe', '--offsets', '--group', slow, '--group', ahead] // prettier-ignore
  const lines = (await kafkaTool(groupTool, args)).split('\n').map((line) => line.trim().split(/\s+/))
  const toolSays = lines.filter((cells) => cells[1] === orders).map(([group, , partition, committed]) => [group, partition, committed].join()) // prettier-ignore
  expect(ours('destination')).toEqual(toolSays.toSorted())
  expect(toolSays).toHaveLength(4)

  const lag = await georep.json('lag', '--link', georep.link, '--topic', orders, '--group', slow, '--after-failover')
  const { groups } = lag.data as { groups: readonly (Row & { lag: string })[] }
  const after = groups.toSorted((a, b) => a.partition - b.partition).map(({ lag: now, afterFailover: { at, lag: then, rereads } }) => [now, at, then, rereads.atMost]) // prettier-ignore
  expect(after).toEqual([['1', '2', '3', '3'], ['25', '5', '0', '0']]) // prettier-ignore
  expect(lag.code).toBe(0)
})

it('with the source dead they tell what the destination knows and how old that is, with bounds, and never zero for what is not known', async () => {
  const sourceDead = georep.withSourceAt('127.0.0.1:1')
  const [{ code, seen, err }, offsets] = await Promise.all([
    exposureSeen(sourceDead, '--group', slow),
    shown(sourceDead, '--group', slow),
  ])
  expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining('the source does not answer') as string })
  expect(seen).toMatchObject({
    records: { kind: 'atLeast' },
    lostAlready: { kind: 'unknown', records: null },
    bytes: { kind: 'unknown', bytes: null },
    age: { kind: 'unknown', ms: null },
    // It has 3 records to read there, and cannot read more than these again.
    rereads: { kind: 'atMost', atMost: '3' },
    skips: { kind: 'unknown', atLeast: null, atMost: null },
    sourceSeen: { isCurrent: false, ageMs: expect.any(Number) as number },
  })
  expect(offsets.code).toBe(0)
  expect(told(offsets.rows)).toEqual([
    ['slow', 0, null, '2', '2', '3', null, 'STALE'],
    ['slow', 1, null, '5', '5', '0', null, 'STALE'],
  ])
  for (const { sourceSeen } of offsets.rows) expect(sourceSeen).toMatchObject({ isCurrent: false, ageMs: expect.any(Number) as number }) // prettier-ignore
})

it('the failover then loses what was said, and a consumer reads again what was said', async () => {
  const argv = ['mirror', 'failover', '--all', '--link', georep.link, '--confirm', georep.link, '--force-while-source-up'] // prettier-ignore
  const { code, data, err } = await georep.json(...argv)
  expect(code, err).toBe(0)
  const { results, exposure } = data as { results: readonly { loss: { kind: string; records: string } }[]; exposure: unknown } // prettier-ignore
  expect(exposure).toBeNull()
  expect(results.map(({ loss }) => loss.kind)).toEqual(['exact', 'exact'])
  expect(results.reduce((sum, { loss }) => sum + Number(loss.records), 0)).toBe(53)

  const consumer = kafkajsClient(west.bootstrap).consumer({ groupId: slow, maxWaitTimeInMs: 50 })
  const read: string[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: orders })
    await consumer.run({ eachMessage: async ({ partition, message }) => { await Promise.resolve(read.push(`${partition}@${message.offset}`)) } }) // prettier-ignore
    // Behind all that it can read again: one new record a partition.
    const producer = kafkajsClient(west.bootstrap).producer({ createPartitioner })
    await producer.connect()
    await producer.send({ topic: orders, messages: [0, 1].map((partition) => ({ partition, value: 'new' })) })
    await producer.disconnect()
    await eventually('the new records are read', () => Promise.resolve(['0@6', '1@6'].every((one) => read.includes(one)))) // prettier-ignore
  } finally {
    await consumer.disconnect()
  }
  // It had read up to 7 and 20 on the source, of which 5 and 5 arrived; 5 of the mirror is what the fence took.
  expect(read.toSorted()).toEqual(['0@2', '0@3', '0@4', '0@6', '1@6'])

  const { rows } = await shown(georep.run, '--group', ahead)
  expect(rows.map(({ afterFailover }) => afterFailover)).toEqual([null, null])
})

it('what retention took from the source before it was mirrored is lost already, and not what would be lost', async () => {
  const topic = await createdTopic(east.bootstrap)
  await produce([[topic, 0, times(10, began)]])
  const { georep: own } = await georepAtWork([east.bootstrap, west.bootstrap])
  try {
    const made = await own.run('mirror', 'create', topic, '--link', own.link)
    expect(made.code, made.err).toBe(0)
    await eventually('its records are carried', async () => String(await endsOf(west.bootstrap, topic)) === '10')
    const paused = await own.run('mirror', 'pause', topic, '--link', own.link)
    expect(paused.code, paused.err).toBe(0)
    await produce([[topic, 0, times(50, began)]])
    const exposed = async (): Promise<unknown> => (await own.json('exposure', '--link', own.link)).data
    const told = (there: string, already: string, kind = 'exact'): object => ({ links: [{ records: { kind, records: there }, lostAlready: { kind, records: already } }] }) // prettier-ignore
    expect(await exposed()).toMatchObject(told('50', '0'))
    await withAdmin(east.bootstrap, async (admin) => {
      await admin.fetchTopicMetadata({ topics: [topic] })
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '30' }] })
    })
    expect(await exposed()).toMatchObject(told('30', '20'))
    const dry = await own.json('mirror', 'failover', '--all', '--link', own.link, '--dry-run', '--force-while-source-up') // prettier-ignore
    expect(dry.data).toMatchObject({ exposure: { records: { records: '30' }, lostAlready: { records: '20' } } })
    const resumed = await own.run('mirror', 'resume', topic, '--link', own.link)
    expect(resumed.code, resumed.err).toBe(0)
    await eventually('the mirror has FAILED', async () => (await own.run('mirror', 'list', '--link', own.link)).out.includes('FAILED')) // prettier-ignore
    expect(await exposed()).toMatchObject(told('30', '20', 'atLeast'))
  } finally {
    await own.remove()
  }
})
