import { type Offset, offsetOrUndefined } from '../core/offset.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { askLeaders } from './leaders.ts'
import { partitionKey, type TopicPartition } from './topic-partition.ts'
import { listOffsets } from './wire/messages/list-offsets.ts'

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
  const answers = await askLeaders(
    cluster,
    [{ topic, partition }],
    'Describe',
    async (leader, own) => {
      const partitions = own.map(({ leaderEpoch }) => ({
        partition,
        currentLeaderEpoch: leaderEpoch,
        timestamp: timestampMs,
      }))
      const request = { replicaId: -1, isolation: 0, topics: [{ name: topic, partitions }] }
      const answer = await cluster.sendTo(leader, listOffsets, request, { signal: options.signal })
      return answer.topics.flatMap((one) =>
        one.partitions.map(({ error, offset }) => ({ topic: one.name, partition, error, value: offset })),
      )
    },
    options,
  )
  const answer =
    answers.get(partitionKey({ topic, partition })) ??
    new BrokerError(`partition ${partition} of topic "${topic}" on cluster "${cluster.name}"`, -1)
  if (answer instanceof BrokerError) throw answer
  return offsetOrUndefined(answer)
}
