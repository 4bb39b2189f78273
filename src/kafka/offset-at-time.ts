import { type Offset, offsetOrUndefined } from '../core/offset.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { askLeaders, type AskLeadersOptions } from './leaders.ts'
import { byTopic, type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import { listOffsets } from './wire/messages/list-offsets.ts'

/**
 * Of each partition the first record whose time is not before this one, KIP-79. Times need not rise along a log: records before it may be younger.
 *
 * @returns undefined where no record is that young
 */
export async function offsetsForTime(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestampMs: bigint,
  options: AskOptions,
): Promise<ReadonlyMap<PartitionKey, Offset | undefined | BrokerError>> {
  return await offsetsForTimes(
    cluster,
    partitions.map((one) => ({ ...one, timestampMs })),
    options,
  )
}

/** As `offsetsForTime`, of each partition by a time of its own. */
export async function offsetsForTimes(
  cluster: Cluster,
  places: readonly (TopicPartition & { readonly timestampMs: bigint })[],
  options: AskLeadersOptions,
): Promise<ReadonlyMap<PartitionKey, Offset | undefined | BrokerError>> {
  // To a broker a time below zero means something else: -1 is the end of the log.
  const times = new Map(places.map(({ timestampMs, ...at }) => [partitionKey(at), timestampMs < 0n ? 0n : timestampMs]))
  return await askLeaders(
    cluster,
    places,
    'Describe',
    async (leader, own) => {
      const topics = byTopic(own).map(([name, some]) => ({
        name,
        partitions: some.map(({ partition, leaderEpoch }) => ({
          partition,
          currentLeaderEpoch: leaderEpoch,
          timestamp: times.get(partitionKey({ topic: name, partition })) ?? 0n,
        })),
      }))
      const answer = await cluster.sendTo(leader, listOffsets, { replicaId: -1, isolation: 0, topics }, { signal: options.signal }) // prettier-ignore
      return answer.topics.flatMap(({ name, partitions: some }) =>
        some.map(({ partition, error, offset }) => ({
          topic: name,
          partition,
          error,
          value: offsetOrUndefined(offset),
        })),
      )
    },
    options,
  )
}

/**
 * The first record, in the order of the log, that is of that time or later: every record of exactly that time stands there or behind it, however
 * the times of the others go up and down.
 *
 * @returns undefined when there is none
 * @throws BrokerError, GeorepError "unreachable"
 */
export async function offsetAtTime(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  timestampMs: bigint,
  options: AskOptions,
): Promise<Offset | undefined> {
  const answers = await offsetsForTime(cluster, [{ topic, partition }], timestampMs, options)
  const answer = answers.get(partitionKey({ topic, partition }))
  if (answer instanceof BrokerError) throw answer
  return answer
}
