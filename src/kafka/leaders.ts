import { GeorepError } from '../core/errors.ts'
import type { Cluster, PartitionMetadata } from './cluster.ts'
import { BrokerError, Code, isDenied, isLeaderMoved } from './error-codes.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import { TransportError } from './wire/connection.ts'

/** How long partitions without a reachable leader are asked for again before that is the answer. */
const settleMs = 5_000
const againMs = 100

export interface LedPartition extends TopicPartition {
  readonly topicId: string
  readonly leader: number
  readonly leaderEpoch: number
}

export interface PartitionAnswer<T> extends TopicPartition {
  readonly error: number
  readonly value: T
}

/**
 * Asks the leader of each partition, many partitions a request, leaders side by side. A moved leader is followed for up to 5 s.
 *
 * Only for requests that change nothing: a lost answer is asked for again.
 *
 * @returns for each partition the value, or the error that it ended with; every partition asked for is in the map
 * @throws GeorepError "unreachable" when no broker of the cluster answers, "denied" when a right is lacking
 */
export async function askLeaders<T>(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  ask: (leader: number, partitions: readonly LedPartition[]) => Promise<readonly PartitionAnswer<T>[]>,
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<PartitionKey, T | BrokerError>> {
  const answers = new Map<PartitionKey, T | BrokerError>()
  let missing = partitions
  for (let waitedMs = 0; missing.length > 0; waitedMs += againMs) {
    if (waitedMs > 0) await cluster.wait(againMs, options.signal)
    for (const { topic, partition, error, value } of await askOnce(cluster, missing, ask, options)) {
      if (isDenied(error)) throw denied(cluster, topic, error)
      const what = `partition ${partition} of topic "${topic}" on cluster "${cluster.name}"`
      answers.set(partitionKey({ topic, partition }), error === 0 ? (value as T) : new BrokerError(what, error))
    }
    const isLast = waitedMs >= settleMs
    missing = missing.filter((one) => {
      const answer = answers.get(partitionKey(one))
      return answer === undefined || (answer instanceof BrokerError && isLeaderMoved(answer.errorCode))
    })
    if (isLast) break
  }
  return answers
}

async function askOnce<T>(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  ask: (leader: number, partitions: readonly LedPartition[]) => Promise<readonly PartitionAnswer<T>[]>,
  options: { readonly signal: AbortSignal },
): Promise<readonly PartitionAnswer<T | undefined>[]> {
  const { led, leaderless } = await findLeaders(cluster, partitions, options)
  const leaders = groupByLeader(led)
  const answers = await Promise.all(
    [...leaders].map(async ([leader, own]): Promise<readonly PartitionAnswer<T | undefined>[]> => {
      try {
        return await ask(leader, own)
      } catch (error) {
        options.signal.throwIfAborted()
        if (!(error instanceof TransportError)) throw error
        return own.map((one) => ({ ...one, error: Code.leaderNotAvailable, value: undefined }))
      }
    }),
  )
  return [...answers.flat(), ...leaderless]
}

/** The leader of each partition as the metadata has it now; those without one come back with the error that says why. */
export async function findLeaders(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: { readonly signal: AbortSignal },
): Promise<{ readonly led: readonly LedPartition[]; readonly leaderless: readonly PartitionAnswer<undefined>[] }> {
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const { topics } = await cluster.metadata(names, options)
  const led: LedPartition[] = []
  const leaderless: PartitionAnswer<undefined>[] = []
  for (const { topic, partition } of partitions) {
    const known = topics.get(topic)
    const found: PartitionMetadata | undefined = known?.partitions.find((one) => one.partition === partition)
    if (known === undefined || found === undefined) {
      leaderless.push({ topic, partition, error: Code.unknownTopicOrPartition, value: undefined })
    } else if (found.leader < 0) {
      leaderless.push({ topic, partition, error: Code.leaderNotAvailable, value: undefined })
    } else {
      const { leader, leaderEpoch } = found
      led.push({ topic, partition, topicId: known.topicId, leader, leaderEpoch })
    }
  }
  return { led, leaderless }
}

export function groupByLeader<T extends { readonly leader: number }>(
  partitions: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>()
  for (const one of partitions) {
    const same = groups.get(one.leader)
    if (same === undefined) groups.set(one.leader, [one])
    else same.push(one)
  }
  return groups
}

export function denied(cluster: Cluster, topic: string, error: number): GeorepError {
  return new GeorepError(
    'denied',
    'GR-DENIED',
    new BrokerError(`topic "${topic}" on cluster "${cluster.name}"`, error).message,
    {
      next: 'grant the right that the documentation lists for this verb',
    },
  )
}
