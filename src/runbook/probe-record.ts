import { topicRight } from '../core/acl.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { deniedError } from '../kafka/denied.ts'
import { BrokerError, isDenied, isLeaderMoved } from '../kafka/error-codes.ts'
import { findLeaders } from '../kafka/leaders.ts'
import { logBounds } from '../kafka/offsets.ts'
import { readStored } from '../kafka/read.ts'
import { batchFromRecords, recordsOf } from '../kafka/records/record.ts'
import { partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { produce } from '../kafka/wire/messages/produce.ts'

const produceTimeoutMs = 10_000
const againMs = 200
/** How far back a record of a run is looked for: others write meanwhile. */
const lookedThrough = 2_000n
const noProducer = { producerId: -1n, producerEpoch: -1 } as const

export function probeKey(runId: string, step: string): string {
  return `georep-verify/${runId}/${step}`
}

/**
 * Whether the record of this key is near the end of the partition. Batches that we cannot decompress are passed over: where the topic itself compresses
 * so, the record is not found again, and one more is written after a crash.
 *
 * @throws BrokerError, TransportError, GeorepError when that cannot be told
 */
export async function hasProbe(
  cluster: Cluster,
  at: TopicPartition,
  key: string,
  options: { readonly signal: AbortSignal },
): Promise<boolean> {
  const bounds = async (bound: 'logStart' | 'highWatermark'): Promise<bigint> => {
    const found = (await logBounds(cluster, [at], bound, { ...options, needs: 'Read' })).get(partitionKey(at))
    if (found === undefined || found instanceof BrokerError) throw found ?? new Error(`no answer for ${partitionKey(at)}`) // prettier-ignore
    return found
  }
  const [start, end] = [await bounds('logStart'), await bounds('highWatermark')]
  const from = end - lookedThrough > start ? end - lookedThrough : start
  if (from >= end) return false
  for await (const batch of readStored(cluster, at, { from, to: end }, options)) {
    if (batch.isControl || (batch.compression !== 'none' && batch.compression !== 'gzip')) continue
    if (recordsOf(batch).some((record) => record.key?.toString('utf8') === key)) return true
  }
  return false
}

/** Appends one record of this key. Not sent again when no answer comes. @throws DeniedError, BrokerError, TransportError */
export async function appendProbe(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  record: { readonly key: string; readonly value: string; readonly atMs: number },
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const batch = { key: Buffer.from(record.key), value: Buffer.from(record.value) }
  const records = batchFromRecords([batch], { timestampMs: BigInt(record.atMs), producer: noProducer, baseSequence: -1, isTransactional: false }) // prettier-ignore
  const request = { transactionalId: null, acks: -1, timeoutMs: produceTimeoutMs, topics: [{ name: topic, partitions: [{ partition, records }] }] } // prettier-ignore
  const what = `partition ${partition} of topic "${topic}" on cluster "${cluster.name}"`
  for (;;) {
    const { led, leaderless } = await findLeaders(cluster, [{ topic, partition }], { ...options, needs: 'Write' })
    const leader = led[0]?.leader
    if (leader === undefined) {
      const [missing] = leaderless
      if (missing?.denied !== undefined) throw missing.denied
      if (missing !== undefined && !isLeaderMoved(missing.error)) throw new BrokerError(what, missing.error)
    } else {
      const answer = await cluster.sendTo(leader, produce, request, options)
      const error = answer.topics[0]?.partitions[0]?.error ?? -1
      if (error === 0) return
      if (isDenied(error)) throw deniedError(cluster, error, topicRight('Write', topic))
      // It says that it has not appended it.
      if (!isLeaderMoved(error)) throw new BrokerError(what, error)
    }
    await cluster.wait(againMs, options.signal)
  }
}
