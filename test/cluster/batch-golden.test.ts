import { randomBytes } from 'node:crypto'
import kafkajs from 'kafkajs'
import { beforeAll, expect, it } from 'vitest'
import { batchesOf, type Compression } from '../../src/kafka/records/batch.ts'
import { loadCodecs } from '../../src/kafka/records/codecs/plain.ts'
import { recordsOf } from '../../src/kafka/records/record.ts'
import { fetch } from '../../src/kafka/wire/messages/fetch.ts'
import {
  readGoldenBatches,
  writeGoldenBatches,
  type GoldenBatch,
  type GoldenBatches,
} from '../support/golden-batches.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { createdTopic, layer } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'

/**
 * The bytes of a real broker's log for what kafkajs's producer wrote, and the broker compressed. With UPDATE_GOLDEN=1 they become the golden file of
 * src/kafka/records/golden.test.ts; without, that file is held against the broker of today.
 */
const { east } = sharedClusters()
const { bootstrap } = east
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'
const timestampMs = String(Date.now())

const client = kafkajsClient(bootstrap)

beforeAll(async () => {
  await loadCodecs([{ compression: 'zstd' }])
})

it('stores what kafkajs produced in batches that are read as they were meant', async () => {
  const recorded = [
    await recordPlain('ordinary records', 'CreateTime'),
    await recordPlain('records with the append time', 'LogAppendTime'),
    await recordTransactions(),
    ...(await Promise.all((['snappy', 'lz4', 'zstd'] as const).map(recordCompressed))),
  ]
  if (isUpdate) await writeGoldenBatches(recorded)
  for (const { title, batches, hex } of recorded) {
    expect(shapeOf(Buffer.from(hex, 'hex')), title).toEqual(
      batches.map(({ records, ...head }) => ({ ...head, offsets: records.map(({ offset }) => offset) })),
    )
  }
  expect(readGoldenBatches().map(({ title, batches }) => [title, batches.length])).toEqual(
    recorded.map(({ title, batches }) => [title, batches.length]),
  )
})

function shapeOf(bytes: Buffer): readonly object[] {
  return batchesOf(bytes).map((batch) => {
    const offsets = batch.isControl ? [] : recordsOf(batch).map(({ offset }) => String(offset))
    const kind = batch.isControl ? (recordsOf(batch)[0]?.key?.readInt16BE(2) === 1 ? 'commit' : 'abort') : 'data'
    const { isTransactional, isLogAppendTime, compression } = batch
    return { kind, isTransactional, isLogAppendTime, compression, baseOffset: String(batch.baseOffset), offsets }
  })
}

async function recordPlain(title: string, timestampType: 'CreateTime' | 'LogAppendTime'): Promise<GoldenBatches> {
  const topic = await createdTopic(bootstrap, { configs: { 'message.timestamp.type': timestampType } })
  const producer = client.producer({ createPartitioner })
  await producer.connect()
  const isAppendTime = timestampType === 'LogAppendTime'
  const head = { kind: 'data', isTransactional: false, isLogAppendTime: isAppendTime } as const
  const time = isAppendTime ? null : timestampMs
  try {
    await producer.send({
      topic,
      messages: [
        { key: 'a', value: 'one', timestamp: timestampMs, headers: { trace: 'x1', many: ['1', '2'], empty: '' } },
        { key: null, value: 'no key', timestamp: timestampMs },
        { key: 'tombstone', value: null, timestamp: timestampMs },
        { key: '', value: 'naïve ✓', timestamp: timestampMs },
      ],
    })
    await producer.send({
      topic,
      compression: kafkajs.CompressionTypes.GZIP,
      messages: Array.from({ length: 3 }, (_, n) => ({
        key: `k${n}`,
        value: 'z'.repeat(500),
        timestamp: timestampMs,
        headers: { n: String(n) },
      })),
    })
  } finally {
    await producer.disconnect()
  }
  const headers = [['trace', 'x1'], ['many', '1'], ['many', '2'], ['empty', '']] as const // prettier-ignore
  const first: GoldenBatch['records'] = [
    { offset: '0', timestampMs: time, key: 'a', value: 'one', headers },
    { offset: '1', timestampMs: time, key: null, value: 'no key', headers: [] },
    { offset: '2', timestampMs: time, key: 'tombstone', value: null, headers: [] },
    { offset: '3', timestampMs: time, key: '', value: 'naïve ✓', headers: [] },
  ]
  const second = [0, 1, 2].map((n) => ({
    offset: String(4 + n),
    timestampMs: time,
    key: `k${n}`,
    value: 'z'.repeat(500),
    headers: [['n', String(n)]] as const,
  }))
  const batches: readonly GoldenBatch[] = [
    { ...head, compression: 'none', baseOffset: '0', records: first },
    { ...head, compression: 'gzip', baseOffset: '4', records: second },
  ]
  return { title, batches, hex: await hexOf(topic, batches.length) }
}

/** kafkajs has gzip alone; a broker compresses anew what it is given, when the topic has a codec of its own. */
async function recordCompressed(codec: Compression): Promise<GoldenBatches> {
  const topic = await createdTopic(bootstrap, { configs: { 'compression.type': codec } })
  const producer = client.producer({ createPartitioner })
  await producer.connect()
  const values = ['z'.repeat(500), 'what one would call a sentence, and what one would call another', '']
  try {
    const messages = values.map((value, n) => ({
      key: `k${n}`,
      value,
      timestamp: timestampMs,
      headers: { n: String(n) },
    }))
    await producer.send({ topic, messages })
  } finally {
    await producer.disconnect()
  }
  const records = values.map((value, n) => {
    return { offset: String(n), timestampMs, key: `k${n}`, value, headers: [['n', String(n)]] as const }
  })
  const head = { kind: 'data', isTransactional: false, isLogAppendTime: false, baseOffset: '0' } as const
  const batches: readonly GoldenBatch[] = [{ ...head, compression: codec, records }]
  return { title: `records that the broker compressed with ${codec}`, batches, hex: await hexOf(topic, 1) }
}

it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('reads %s over many blocks', async (codec) => {
  const topic = await createdTopic(bootstrap, { configs: { 'compression.type': codec } })
  // Words in an order that does not repeat, and some that cannot be made any smaller.
  const values = Array.from({ length: 12 }, (_, n) => {
    const random = randomBytes(20_000).toString('base64')
    return n % 3 === 0 ? random : Array.from({ length: 9_000 }, (_, at) => `word${(at * at * (n + 7)) % 997}`).join(' ')
  })
  const producer = client.producer({ createPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ value })) })
  await producer.disconnect()
  const batches = batchesOf(await fetchAll(topic))
  expect(batches.map(({ compression }) => compression)).toEqual(batches.map(() => codec))
  expect(batches.flatMap(recordsOf).map(({ value }) => value?.toString())).toEqual(values)
})

async function recordTransactions(): Promise<GoldenBatches> {
  const topic = await createdTopic(bootstrap)
  const producer = client.producer({
    createPartitioner,
    transactionalId: topic,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  try {
    for (const kind of ['abort', 'commit'] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ key: kind, value: kind, timestamp: timestampMs }] })
      await transaction[kind]()
    }
  } finally {
    await producer.disconnect()
  }
  const head = { isTransactional: true, isLogAppendTime: false, compression: 'none' } as const
  const batches = (['abort', 'commit'] as const).flatMap((kind, index): GoldenBatch[] => {
    const offset = String(2 * index)
    const record = { offset, timestampMs, key: kind, value: kind, headers: [] }
    return [
      { ...head, kind: 'data', baseOffset: offset, records: [record] },
      { ...head, kind, baseOffset: String(2 * index + 1), records: [] },
    ]
  })
  return { title: 'an aborted and a committed transaction', batches, hex: await hexOf(topic, batches.length) }
}

/** Asks until all batches are there: the marker of a transaction comes after its end was answered. */
async function hexOf(topic: string, batchCount: number): Promise<string> {
  for (;;) {
    const records = await fetchAll(topic)
    if (batchesOf(records).length >= batchCount) return records.toString('hex')
  }
}

async function fetchAll(topic: string): Promise<Buffer> {
  const signal = AbortSignal.timeout(20_000)
  await using cluster = layer(east)
  const { topics } = await cluster.metadata([topic], { signal })
  const { topicId, partitions } = topics.get(topic)!
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: 0n,
    lastFetchedEpoch: -1,
    logStartOffset: -1n,
    maxBytes: 2 ** 20,
  }
  const answer = await cluster.sendTo(
    partitions[0]!.leader,
    fetch,
    {
      replicaId: -1,
      maxWaitMs: 1_000,
      minBytes: 1,
      maxBytes: 2 ** 20,
      isolation: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topicId, partitions: [partition] }],
      forgotten: [],
      rackId: '',
    },
    { signal },
  )
  return answer.topics[0]!.partitions[0]!.records!
}
