import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { storedBatch } from '../../test/support/batches.ts'
import { answerOf, fakeBroker, ordinary } from '../../test/support/fake-broker.ts'
import { offset } from '../core/offset.ts'
import type { Translated } from '../core/translation.ts'
import { Cluster } from '../kafka/cluster.ts'
import { batchLayout } from '../kafka/records/batch.ts'
import { fetch } from '../kafka/wire/messages/fetch.ts'
import { listOffsets } from '../kafka/wire/messages/list-offsets.ts'
import { metadata } from '../kafka/wire/messages/metadata.ts'
import { translateByTime } from './translate-by-time.ts'

// Answers that no broker gives. What brokers answer: test/cluster/translate.test.ts.
const topicId = '0123456789abcdef0123456789abcdef'

interface Says {
  /** Of the first record of a time; the logs are from 0 to 9. */
  readonly offset: bigint
  readonly records: Buffer | undefined
  readonly error?: number
}

/** Where place 1 of a partition is, when one server answers so for both clusters. */
async function placeWhere(says: Says, placeMs = 2_000): Promise<Translated> {
  // Both logs are asked for their start, last stable offset and end.
  const bounds = [0n, 9n, 9n, 0n, 9n, 9n]
  const broker = ordinary(({ apiKey, port }) => {
    if (apiKey === metadata.apiKey) return topicMetadata(port)
    if (apiKey === listOffsets.apiKey) return offsetTold(bounds.shift() ?? says.offset)
    return apiKey === fetch.apiKey ? fetched(says) : 'as usual'
  })
  await using server = await fakeBroker(broker)
  const settings = { name: 'east', bootstrap: [`127.0.0.1:${server.port}`], region: undefined, tls: undefined, sasl: undefined } // prettier-ignore
  await using cluster = new Cluster(settings, { wait: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }) // prettier-ignore
  const at = { topic: 'orders', partition: 0 }
  const limits = { windowMs: 60_000, records: 100_000, placeMs }
  return await translateByTime({ source: cluster, destination: cluster }, { source: at, destination: at }, offset(1n), limits, { signal: AbortSignal.timeout(10_000) }) // prettier-ignore
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

function offsetTold(told: bigint): Buffer {
  const partition = { partition: 0, error: 0, timestamp: -1n, offset: told, leaderEpoch: 0 }
  return answerOf(listOffsets, { throttleMs: 0, topics: [{ name: 'orders', partitions: [partition] }] })
}

function fetched({ records, error = 0 }: Says): Buffer {
  const bounds = { highWatermark: 9n, lastStableOffset: 9n, logStartOffset: 0n, abortedTransactions: null, preferredReadReplica: -1 } // prettier-ignore
  const partition = { partition: 0, error, ...bounds, records: records ?? null }
  return answerOf(fetch, { throttleMs: 0, error: 0, sessionId: 0, topics: [{ topicId, partitions: [partition] }] })
}

/** A batch at 0 that says how it is compressed, and is not. */
function damaged(attributes: number): Buffer {
  const bytes = storedBatch(0n, { count: 9, attributes })
  bytes.fill(0xff, batchLayout.records)
  return bytes
}

const good = storedBatch(0n, { count: 9 })

it.each<[string, Says, string]>([
  ['bytes that are no batches', { offset: 0n, records: Buffer.alloc(100, 'x') }, 'message format'],
  ['records that are none', { offset: 0n, records: damaged(0) }, 'varint'],
  ['zstd that is none', { offset: 0n, records: damaged(4) }, 'records are not zstd'],
  ['a codec that there is not', { offset: 0n, records: damaged(7) }, 'an unknown codec'],
  ['records from before what was asked for', { offset: 0n, records: storedBatch(0n) }, 'were answered for offset'],
  ['an error', { offset: 0n, records: undefined, error: 77 }, 'error code 77'],
  ['an offset far from everything', { offset: 2n ** 62n, records: good }, 'among no records'],
])('is unknown, with the reason, when a server answers with %s', async (_, says, why) => {
  const answer = await placeWhere(says)
  expect(answer).toMatchObject({ kind: 'unknown', why: expect.stringContaining(why) as string })
})

it('is unknown when a server says that there are records and never gives one: it is asked no longer than it may take', async () => {
  expect(await placeWhere({ offset: 0n, records: undefined }, 300)).toEqual({ kind: 'unknown', why: 'not found in 0.3 s' }) // prettier-ignore
})

it('is not guessed among records that are all alike', async () => {
  // Nine of one content and time on both sides: the first of them, and eight are read again.
  expect(await placeWhere({ offset: 0n, records: good })).toMatchObject({ kind: 'bounded', to: 0n, reread: 8n })
})
