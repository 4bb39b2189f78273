import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit } from './support/commits.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { kafkaTool } from './support/log-content.ts'
import { createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'

// How far groups are behind, against what kafkajs and Kafka's own kafka-consumer-groups tell of the same groups.

const { east, west } = sharedClusters()
const source = layer(east)
const prefix = unique('app')
const group = (name: string): string => `${prefix}-${name}`
const hour = 3_600_000

let georep: Georep
let orders: string
let mixed: string
let open: string
const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const compressed = new Map<string, string>()

interface Row {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: string | null
  readonly logStart: string | null
  readonly logEnd: string | null
  readonly lag: string | null
  readonly lagMs: number | null
  readonly method: string | null
  readonly sourceSeen: { readonly isCurrent: boolean; readonly ageMs: number | null }
  readonly status: string
}

/** Ages, from before the records were written. */
let began = 0

beforeAll(async () => {
  began = Date.now()
  ;[orders, mixed, open] = await Promise.all([
    createdTopic(east.bootstrap, { partitions: 2 }),
    createdTopic(east.bootstrap),
    createdTopic(east.bootstrap),
    ...codecs.map(async (codec) => {
      const topic = await createdTopic(east.bootstrap, { configs: { 'compression.type': codec } })
      compressed.set(codec, topic)
      return topic
    }),
  ])
  await produce(orders, 0, [began - 3 * hour, began - 2 * hour, began - hour, began])
  await produce(orders, 1, [began, began])
  const times = [began - 3 * hour, began - 2 * hour, began]
  await Promise.all([...compressed.values()].map(async (topic) => { await produce(topic, 0, times) })) // prettier-ignore
  await commit(source, group('slow'), orders, [2, 2])
  await commit(source, group('half'), orders, [4, undefined])
  await commit(source, group('ahead'), orders, [9, 2])
  for (const topic of compressed.values()) await commit(source, group('slow'), topic, [1])
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap], '--groups', `${prefix}-*`))
  const made = await georep.run('mirror', 'create', orders, mixed, open, ...compressed.values(), '--link', georep.link)
  expect(made.code, made.err).toBe(0)
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await georep.remove()
})

async function produce(topic: string, partition: number, timestamps: readonly number[]): Promise<void> {
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner })
  await producer.connect()
  const messages = timestamps.map((at) => ({ value: 'v', partition, timestamp: String(at) }))
  await producer.send({ topic, acks: -1, messages })
  await producer.disconnect()
}

async function groupsSeen(
  run: Georep['run'],
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly rows: readonly Row[]; readonly err: string }> {
  // prettier-ignore
  const { code, out, err } = await run('lag', '--link', georep.link, '-o', 'json', ...flags)
  return { code, rows: (JSON.parse(out) as { data: { groups: readonly Row[] } }).data.groups, err }
}

function rowOf(rows: readonly Row[], name: string, topic: string, partition = 0): Row | undefined {
  return rows.find((row) => row.group === group(name) && row.topic === topic && row.partition === partition)
}

/** What is behind since `at`: never younger than when it was written, and no older than the test. */
function expectAge(row: Row | undefined, at: number): void {
  expect(row?.lagMs).toBeGreaterThanOrEqual(began - at)
  expect(row?.lagMs).toBeLessThanOrEqual(Date.now() - at)
}

describe('groups in lag', () => {
  it('have the places, ends and counts that kafkajs and kafka-consumer-groups tell, and the seconds of their next record', async () => {
    const { code, rows } = await groupsSeen(georep.run, '--topic', orders)
    expect(code).toBe(4) // "half" has no commit in one partition
    const told = rows.map((row) => [row.group.slice(prefix.length + 1), row.partition, row.lag, row.status])
    expect(told.slice(0, 3)).toEqual([
      ['half', 1, null, 'UNKNOWN'],
      ['ahead', 0, '-5', 'AHEAD'],
      ['slow', 0, '2', 'LAGGING'],
    ])
    expect(told.slice(3).map(([, , lag, status]) => [lag, status])).toEqual([['0', 'OK'], ['0', 'OK'], ['0', 'OK']]) // prettier-ignore
    const slow = rowOf(rows, 'slow', orders)
    expect(slow).toMatchObject({ committed: '2', logStart: '0', logEnd: '4', method: 'exact' })
    expectAge(slow, began - hour)
    expect(rowOf(rows, 'slow', orders, 1)).toMatchObject({ lagMs: 0 })

    const { out: tsv } = await georep.run('lag', '--link', georep.link, '--topic', orders, '-o', 'tsv')
    const [head = '', ...lines] = tsv.trimEnd().split('\n')
    const [kind, at] = ['kind', 'group'].map((name) => head.split('\t').indexOf(name))
    const cells = lines.map((line) => line.split('\t'))
    expect(cells.filter((row) => row[kind!] === 'mirror').map((row) => row[at!])).toEqual(['', ''])
    expect(cells.filter((row) => row[kind!] === 'group').map((row) => row[at!])).toEqual(rows.map((row) => row.group))

    const kafkajsSays = await withAdmin(east.bootstrap, async (admin) => {
      const ends = new Map((await admin.fetchTopicOffsets(orders)).map((one) => [one.partition, one]))
      const [found] = await admin.fetchOffsets({ groupId: group('slow'), topics: [orders] })
      return (found?.partitions ?? []).map(({ partition, offset }) => {
        const { low, high } = ends.get(partition)!
        return { partition, committed: offset, logStart: low, logEnd: high, lag: String(BigInt(high) - BigInt(offset)) }
      })
    })
    expect(kafkajsSays).toHaveLength(2)
    for (const one of kafkajsSays) expect(rowOf(rows, 'slow', orders, one.partition)).toMatchObject(one)

    const tool = ['--bootstrap-server', east.bootstrap.join(), '--describe', '--offsets', '--group', group('slow')]
    const text = await kafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', tool)
    const toolLines = text.split('\n').map((line) => line.trim().split(/\s+/)).filter(([name]) => name === group('slow')) // prettier-ignore
    const { rows: all } = await groupsSeen(georep.run, '--group', group('slow'))
    const allTold = all.map(({ topic, partition, committed, logEnd, lag }) => [topic, String(partition), committed, logEnd, lag]) // prettier-ignore
    // Newer tools have a column for the leader epoch of the commit.
    const toolSays = toolLines.map((line) => [line[1], line[2], line[3], ...line.slice(-6, -3).filter((cell) => /^\d+$/.test(cell)).slice(-2)]) // prettier-ignore
    expect(new Set(allTold.map(String))).toEqual(new Set(toolSays.map(String)))
    expect(allTold).toHaveLength(6)
  })

  it('seconds of a place in the middle of a compressed batch are those of its record, whatever the codec', async () => {
    const { rows } = await groupsSeen(georep.run, '--group', group('slow'))
    for (const [codec, topic] of compressed) {
      const row = rowOf(rows, 'slow', topic)
      expect(row, codec).toMatchObject({ lag: '2', method: 'exact' })
      expectAge(row, began - 2 * hour)
    }
  })

  it('an aborted record is not the next one to be read, one of an open transaction is; a marker alone is nothing to be read', async () => {
    const client = kafkajsClient(east.bootstrap)
    const producer = client.producer({ createPartitioner, transactionalId: unique('txn'), maxInFlightRequests: 1, idempotent: true }) // prettier-ignore
    await producer.connect()
    const at = (time: number): { value: string; partition: number; timestamp: string } => ({ value: 'v', partition: 0, timestamp: String(time) }) // prettier-ignore
    const aborted = await producer.transaction()
    await aborted.send({ topic: mixed, messages: [at(began - 3 * hour), at(began - 3 * hour)] })
    await aborted.abort()
    const kept = await producer.transaction()
    await kept.send({ topic: mixed, messages: [at(began - hour)] })
    await kept.commit()
    // 0 and 1 aborted, 2 its marker, 3 the record, 4 its marker
    await commit(source, group('aborted'), mixed, [0])
    await commit(source, group('read'), mixed, [4])
    const undecided = await producer.transaction()
    await undecided.send({ topic: open, messages: [at(began - 2 * hour)] })
    await commit(source, group('open'), open, [0])
    try {
      const { rows } = await groupsSeen(georep.run)
      const behindAborted = rowOf(rows, 'aborted', mixed)
      expect(behindAborted).toMatchObject({ lag: '5', method: 'approx' })
      expectAge(behindAborted, began - hour)
      expect(rowOf(rows, 'read', mixed)).toMatchObject({ lag: '1', lagMs: 0, method: 'exact' })
      const behindOpen = rowOf(rows, 'open', open)
      expect(behindOpen).toMatchObject({ lag: '1', method: 'exact' })
      expectAge(behindOpen, began - 2 * hour)
    } finally {
      await undecided.abort()
      await producer.disconnect()
    }
  })

  it('are part of the gate, are LOST when retention has passed them, and can be left out', async () => {
    const gate = ['--topic', orders, '--group', group('slow'), '--fail-over', '30m']
    const over = await groupsSeen(georep.run, ...gate)
    expect(over.code).toBe(3)
    expect(over.err).toContain(`worst group ${group('slow')} in ${orders}/0 of link ${georep.link}`)
    expect((await groupsSeen(georep.run, '--topic', orders, '--group', group('half'), '--fail-over', '30m')).code).toBe(4) // prettier-ignore
    const without = await georep.run('lag', '--link', georep.link, '--topic', orders, '--mirrors-only', '--fail-over', '30m', '-o', 'json') // prettier-ignore
    expect(without.code, without.err).toBe(0)
    expect(JSON.parse(without.out)).toMatchObject({ data: { groups: null } })

    await withAdmin(east.bootstrap, async (admin) => {
      // Without it kafkajs does not know who leads.
      await admin.fetchTopicOffsets(orders)
      await admin.deleteTopicRecords({ topic: orders, partitions: [{ partition: 0, offset: '3' }] })
    })
    const { rows } = await groupsSeen(georep.run, '--topic', orders, '--group', group('slow'))
    const lost = rowOf(rows, 'slow', orders)
    expect(lost).toMatchObject({ committed: '2', logStart: '3', lag: '1', status: 'LOST' })
    expectAge(lost, began)
  })

  it('with the source dead they stand where their offsets were copied last, are STALE with the age of that, and the gate does not pass', async () => {
    const copied = group('slow')
    await eventually('its offsets are copied', async () =>
      await withAdmin(west.bootstrap, async (admin) => {
        const [found] = await admin.fetchOffsets({ groupId: copied, topics: [orders] })
        return found?.partitions.every(({ offset }) => offset === '2') ?? false
      })) // prettier-ignore
    const sourceDead = georep.withSourceAt('127.0.0.1:1')
    const { code, rows, err } = await groupsSeen(sourceDead, '--topic', orders, '--group', copied)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('the source does not answer') as string })
    expect(rowOf(rows, 'slow', orders)).toMatchObject({ committed: '2', lag: '2', status: 'STALE', lagMs: null })
    expect(rowOf(rows, 'slow', orders)?.sourceSeen).toMatchObject({ isCurrent: false, ageMs: expect.any(Number) as number }) // prettier-ignore
    const gate = await groupsSeen(sourceDead, '--topic', orders, '--fail-over', '30m')
    expect(gate.code).toBe(4)
  })
})
