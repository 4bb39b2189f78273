import { messageOf } from '../../../core/errors.ts'
import { type Offset, offset } from '../../../core/offset.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { BrokerError, Code, codeName } from '../../../kafka/error-codes.ts'
import { findLeaders, groupByLeader } from '../../../kafka/leaders.ts'
import { batchesFrom } from '../../../kafka/log-tail.ts'
import { logBounds, logEnds } from '../../../kafka/offsets.ts'
import { producerStates } from '../../../kafka/producers.ts'
import type { Effect } from '../../../kafka/topics.ts'
import { WriteRefused } from '../../../kafka/wire/connection.ts'
import type { ProducerIdentity } from '../../../kafka/records/batch.ts'
import { byTopic, type PartitionKey, partitionKey, type TopicPartition } from '../../../kafka/topic-partition.ts'
import { writeTxnMarkers } from '../../../kafka/wire/messages/write-txn-markers.ts'

/** The markers of a fence are the last of a log; more than one a partition comes only of answers that were lost. */
const tailOffsets = 64n

export type Fenced =
  /** The brokers refuse the producer; `end` is the mirror's end, before the fence's own hidden offset. */
  | { readonly kind: 'fenced'; readonly end: Offset }
  | { readonly kind: 'notPermitted' }
  | { readonly kind: 'notYet'; readonly why: string }

/**
 * Makes the destination's brokers refuse every append of the link's producer: a transaction marker at the next epoch, on each partition. A stale
 * runner then gets INVALID_PRODUCER_EPOCH.
 *
 * One round: observe, write markers where they are missing, observe again. The answers to markers prove nothing, so that what counts is the marker
 * found in the log. A partition that cannot be reached is "not yet"; call again.
 */
export async function fencePartitions(
  destination: Cluster,
  partitions: readonly TopicPartition[],
  producer: ProducerIdentity,
  { signal, beforeWrite }: Effect,
): Promise<ReadonlyMap<PartitionKey, Fenced>> {
  const options = { signal }
  const results = new Map(await observeFence(destination, partitions, producer, options))
  const open = partitions.filter((one) => results.get(partitionKey(one))?.kind === 'notYet')
  if (open.length === 0) return results
  const effect = beforeWrite === undefined ? options : { signal, beforeWrite }
  const refusals = await writeMarkers(destination, open, producer, effect)
  for (const [key, fenced] of await observeFence(destination, open, producer, options)) {
    const refusal = refusals.get(key)
    if (fenced.kind !== 'notYet' || refusal === undefined) results.set(key, fenced)
    else if (refusal === Code.clusterAuthorizationFailed) results.set(key, { kind: 'notPermitted' })
    else results.set(key, { kind: 'notYet', why: `the broker answers ${codeName(refusal)}` })
  }
  return results
}

/** Which partitions are fenced, and where their mirrors end. Changes nothing. */
export async function observeFence(
  destination: Cluster,
  partitions: readonly TopicPartition[],
  producer: ProducerIdentity,
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<PartitionKey, Fenced>> {
  const states = await producerStates(destination, partitions, options)
  const ends = await logEnds(destination, partitions, options)
  const starts = await logBounds(destination, partitions, 'logStart', options)
  const fenced = await Promise.all(
    partitions.map(async (one): Promise<readonly [PartitionKey, Fenced]> => {
      const key = partitionKey(one)
      const found = states.get(key)
      const end = ends.get(key)
      const start = starts.get(key)
      for (const answer of [found, end, start]) {
        if (answer instanceof BrokerError) return [key, { kind: 'notYet', why: answer.message }]
      }
      const own = (found as Exclude<typeof found, BrokerError>)?.find((it) => it.producerId === producer.producerId)
      if (own === undefined || own.producerEpoch <= producer.producerEpoch) {
        return [key, { kind: 'notYet', why: 'no marker was written yet' }]
      }
      const log = { start: start as Offset, end: (end as { offset: Offset }).offset }
      return [key, await markerIn(destination, one, log, producer, options)]
    }),
  )
  return new Map(fenced)
}

/** The broker refuses the producer. Where its first marker stands is where the mirror ends. */
async function markerIn(
  destination: Cluster,
  partition: TopicPartition,
  log: { readonly start: Offset; readonly end: Offset },
  producer: ProducerIdentity,
  options: { readonly signal: AbortSignal },
): Promise<Fenced> {
  let from: bigint = log.end - tailOffsets < log.start ? log.start : log.end - tailOffsets
  try {
    // One fetch brings some megabytes, which large records fill before the tail is through.
    while (from < log.end) {
      const batches = await batchesFrom(destination, { ...partition, offset: from }, options)
      const marker = batches.find(
        (batch) =>
          batch.isControl && batch.producerId === producer.producerId && batch.producerEpoch > producer.producerEpoch,
      )
      if (marker !== undefined) return { kind: 'fenced', end: offset(marker.baseOffset) }
      const next = (batches.at(-1)?.lastOffset ?? -1n) + 1n
      // Followers have not taken over the end yet, so that it cannot be read.
      if (next <= from) return { kind: 'notYet', why: 'the marker cannot be read yet' }
      from = next
    }
    // Not in the tail: the topic has been written to since, and the mirror ended somewhere before.
    return { kind: 'fenced', end: log.end }
  } catch (error) {
    options.signal.throwIfAborted()
    return { kind: 'notYet', why: messageOf(error) }
  }
}

/** Returns the broker's refusal per partition. What got no answer has none: the log will tell. */
async function writeMarkers(
  destination: Cluster,
  partitions: readonly TopicPartition[],
  producer: ProducerIdentity,
  effect: Effect,
): Promise<ReadonlyMap<PartitionKey, number>> {
  const options = { signal: effect.signal }
  const refusals = new Map<PartitionKey, number>()
  const { led } = await findLeaders(destination, partitions, options)
  const states = await producerStates(destination, partitions, options)
  const epochs = [...states.values()].flatMap((found) =>
    found instanceof BrokerError
      ? []
      : found.filter((it) => it.producerId === producer.producerId).map((it) => it.coordinatorEpoch),
  )
  const marker = {
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch + 1,
    isCommit: false,
    // Continued from what the brokers have seen: a repeated request that arrives late is refused.
    coordinatorEpoch: Math.max(-1, ...epochs) + 1,
  }
  await Promise.all(
    [...groupByLeader(led)].map(async ([leader, own]) => {
      const topics = byTopic(own).map(([name, some]) => ({ name, partitions: some.map(({ partition }) => partition) }))
      try {
        const answer = await destination.sendTo(leader, writeTxnMarkers, { markers: [{ ...marker, topics }] }, effect)
        for (const { name, partitions: some } of answer.markers.flatMap((one) => one.topics)) {
          for (const { partition, error } of some) {
            if (error !== 0) refusals.set(partitionKey({ topic: name, partition }), error)
          }
        }
      } catch (error) {
        if (error instanceof WriteRefused) throw error
        // Refused, lost or carried out: the log is read next and tells.
        options.signal.throwIfAborted()
      }
    }),
  )
  return refusals
}
