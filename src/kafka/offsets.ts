import { type Offset, offset } from '../core/offset.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import type { BrokerError } from './error-codes.ts'
import { askLeaders, type AskLeadersOptions } from './leaders.ts'
import { byTopic, type PartitionKey, type TopicPartition } from './topic-partition.ts'
import { listOffsets } from './wire/messages/list-offsets.ts'
import { offsetForLeaderEpoch } from './wire/messages/offset-for-leader-epoch.ts'

/** Which end of a partition's log. The high watermark ends what any consumer may read, the last stable offset what a read-committed one may. */
export type LogBound = 'logStart' | 'highWatermark' | 'lastStableOffset'

const readUncommitted = 0
const readCommitted = 1

/** One bound of each partition's log, as its leader has it now. Per partition: the offset, or the broker's error. */
export async function logBounds(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  bound: LogBound,
  options: AskLeadersOptions,
): Promise<ReadonlyMap<PartitionKey, Offset | BrokerError>> {
  return await askLeaders(
    cluster,
    partitions,
    'Describe',
    async (leader, own) => {
      const request = {
        replicaId: -1,
        isolation: bound === 'lastStableOffset' ? readCommitted : readUncommitted,
        topics: byTopic(own).map(([name, some]) => ({
          name,
          partitions: some.map(({ partition, leaderEpoch }) => ({
            partition,
            currentLeaderEpoch: leaderEpoch,
            timestamp: bound === 'logStart' ? -2n : -1n,
          })),
        })),
      }
      const answer = await cluster.sendTo(leader, listOffsets, request, { signal: options.signal })
      return answer.topics.flatMap(({ name, partitions: some }) =>
        some.map(({ partition, error, offset: found }) => ({
          topic: name,
          partition,
          error,
          value: offset(error === 0 ? found : 0n),
        })),
      )
    },
    options,
  )
}

export interface LogEnd {
  readonly offset: Offset
  readonly leaderEpoch: number
}

/**
 * The true end of each partition's log on its leader, which is where the next append goes. ListOffsets answers with the high watermark, which
 * is lower while followers lag: a position taken from it would append records a second time. KIP-320's request answers for the leader's
 * current epoch with the log end.
 */
export async function logEnds(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskOptions,
): Promise<ReadonlyMap<PartitionKey, LogEnd | BrokerError>> {
  return await askLeaders(
    cluster,
    partitions,
    'Describe',
    async (leader, own) => {
      const request = {
        replicaId: -1,
        topics: byTopic(own).map(([name, some]) => ({
          name,
          partitions: some.map(({ partition, leaderEpoch }) => ({
            partition,
            currentLeaderEpoch: leaderEpoch,
            leaderEpoch,
          })),
        })),
      }
      const answer = await cluster.sendTo(leader, offsetForLeaderEpoch, request, { signal: options.signal })
      return answer.topics.flatMap(({ name, partitions: some }) =>
        some.map(({ partition, error, leaderEpoch, endOffset }) => {
          // No end is known for the epoch, or for an older one only: the leader has just changed.
          const isSettled = error !== 0 || endOffset >= 0n
          return {
            topic: name,
            partition,
            error: isSettled ? error : 5,
            value: { offset: offset(error === 0 && isSettled ? endOffset : 0n), leaderEpoch },
          }
        }),
      )
    },
    options,
  )
}
