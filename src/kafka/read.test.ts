import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { answerOf, fakeBroker, ordinary } from '../../test/support/fake-broker.ts'
import { Cluster } from './cluster.ts'
import { readRange } from './read.ts'
import { batchLayout } from './records/batch.ts'
import { batchFromRecords } from './records/record.ts'
import { fetch } from './wire/messages/fetch.ts'
import { metadata } from './wire/messages/metadata.ts'
import { MalformedError } from './wire/reader.ts'

// Answers that no broker gives. What brokers answer: test/cluster/kafka-layer.test.ts.
const topicId = '0123456789abcdef0123456789abcdef'

/** The values that are read from offset 3 to 5 when the leader answers every fetch with these bytes. */
async function readFrom(records: Buffer): Promise<readonly (string | undefined)[]> {
  const broker = ordinary(({ apiKey, port }) => {
    if (apiKey === metadata.apiKey) return topicMetadata(port)
    return apiKey === fetch.apiKey ? fetched(records) : 'as usual'
  })
  await using server = await fakeBroker(broker)
  const settings = { name: 'east', bootstrap: [`127.0.0.1:${server.port}`], region: undefined, tls: undefined, sasl: undefined } // prettier-ignore
  await using cluster = new Cluster(settings, { wait: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }) // prettier-ignore
  const signal = AbortSignal.timeout(2_000)
  const values: (string | undefined)[] = []
  for await (const { value } of readRange(
    cluster,
    { topic: 'orders', partition: 0 },
    { from: 3n, to: 5n },
    { signal },
  )) {
    values.push(value?.toString())
  }
  return values
}

function topicMetadata(port: number): Buffer {
  const partition = { error: 0, partition: 0, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offline: [] }
  return answerOf(metadata, {
    throttleMs: 0,
    brokers: [{ nodeId: 1, host: '127.0.0.1', port, rack: null }],
    clusterId: 'fake',
    controllerId: 1,
    topics: [
      { error: 0, name: 'orders', topicId, isInternal: false, partitions: [partition], authorizedOperations: 0 },
    ],
  })
}

function fetched(records: Buffer): Buffer {
  const partition = {
    partition: 0,
    error: 0,
    highWatermark: 9n,
    lastStableOffset: 9n,
    logStartOffset: 0n,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records,
  }
  return answerOf(fetch, { throttleMs: 0, error: 0, sessionId: 0, topics: [{ topicId, partitions: [partition] }] })
}

function batchAt(baseOffset: bigint): Buffer {
  const records = ['a', 'b', 'c', 'd'].map((value) => ({ key: null, value: Buffer.from(value) }))
  const producer = { producerId: -1n, producerEpoch: -1 }
  const bytes = batchFromRecords(records, { timestampMs: 0n, producer, baseSequence: -1, isTransactional: false })
  bytes.writeBigInt64BE(baseOffset, batchLayout.baseOffset)
  return bytes
}

it('leaves out what a batch holds before and behind the range', async () => {
  expect(await readFrom(batchAt(2n))).toEqual(['b', 'c'])
})

it('refuses records that end before the range, instead of asking for ever', async () => {
  const short = batchFromRecords([{ key: null, value: null }], {
    timestampMs: 0n,
    producer: { producerId: -1n, producerEpoch: -1 },
    baseSequence: -1,
    isTransactional: false,
  })
  await expect(readFrom(short)).rejects.toBeInstanceOf(MalformedError)
})

it('refuses bytes that are no records', async () => {
  const damaged = batchAt(3n)
  damaged.fill(0xff, batchLayout.records)
  await expect(readFrom(damaged)).rejects.toBeInstanceOf(MalformedError)
})
