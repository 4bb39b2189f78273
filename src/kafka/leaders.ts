import { type AclOperation, topicRight } from '../core/acl.ts'
import type { AskOptions, Cluster, PartitionMetadata } from './cluster.ts'
import { DeniedError } from './denied.ts'
import { BrokerError, Code, isDenied, isLeaderMoved, isNotWritable } from './error-codes.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import { TransportError } from './wire/connection.ts'

/** How long partitions without a reachable leader are asked for again before that is the answer. */
const settleMs = 5_000
const againMs = 100
/** One that is frozen takes seconds each time. Longer than a cluster takes to notice that a broker is gone, `broker.session.timeout.ms`. */
const noticedMs = 15_000
/** So long after a wait that was in vain further questions do not wait for the same partition: a look has many of them. */
const inVainMs = 10_000
/** When partitions were last asked for in vain, after a wait. */
const inVain = new WeakMap<Cluster, Map<PartitionKey, number>>()

export interface LedPartition extends TopicPartition {
  readonly topicId: string
  readonly leader: number
  readonly leaderEpoch: number
}

/** Who leads which partition. */
export type Leaders = ReadonlyMap<PartitionKey, LedPartition>

export interface AskLeadersOptions extends AskOptions {
  /** As was told a moment ago: asked for again where it is not so any more, and where it is not told. */
  readonly leaders?: Leaders | undefined
}

export interface PartitionAnswer<T> extends TopicPartition {
  readonly error: number
  readonly value: T
  /** When the metadata tells that we may not see the topic. */
  readonly denied?: DeniedError
}

/**
 * Asks the leader of each partition, many partitions a request, leaders side by side. A moved leader is followed for up to 5 s, and one that does not answer
 * is asked for some 15 s. What was waited for in vain is asked for once in the next questions, until it has answered.
 *
 * Only for requests that change nothing: a lost answer is asked for again.
 *
 * @param operation what the request needs on the topics
 * @returns for each partition the value, or the error that it ended with; every partition asked for is in the map
 * @throws GeorepError "unreachable" when no broker of the cluster answers; DeniedError when a right is lacking, unless `keepDenied`
 */
export async function askLeaders<T>(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  operation: AclOperation,
  ask: (leader: number, partitions: readonly LedPartition[]) => Promise<readonly PartitionAnswer<T>[]>,
  { leaders, ...options }: AskLeadersOptions,
): Promise<ReadonlyMap<PartitionKey, T | BrokerError>> {
  const answers = new Map<PartitionKey, T | BrokerError>()
  const vain = inVain.get(cluster) ?? new Map<PartitionKey, number>()
  inVain.set(cluster, vain)
  let missing = partitions
  const startedMs = performance.now()
  for (let waitedMs = 0; missing.length > 0; waitedMs += againMs) {
    if (waitedMs > 0) await cluster.wait(againMs, options.signal)
    const asked = await askOnce(cluster, missing, ask, waitedMs === 0 ? { ...options, leaders } : options)
    for (const { topic, partition, error, value, denied } of asked) {
      const key = partitionKey({ topic, partition })
      if (error === 0) {
        answers.set(key, value as T)
        continue
      }
      const what = `partition ${partition} of topic "${topic}" on cluster "${cluster.name}"`
      const refusal = isDenied(error) ? (denied ?? new DeniedError(cluster, topicRight(operation, topic), error)) : new BrokerError(what, error) // prettier-ignore
      if (refusal instanceof DeniedError && options.keepDenied !== true) throw refusal
      answers.set(key, refusal)
    }
    const isLast = waitedMs >= settleMs || performance.now() - startedMs >= noticedMs
    missing = missing.filter((one) => {
      const key = partitionKey(one)
      const answer = answers.get(key)
      // Undefined is an answer too: there is no record of that time.
      return !answers.has(key) || (answer instanceof BrokerError && isLeaderMoved(answer.errorCode))
    })
    const nowMs = performance.now()
    if (isLast || missing.every((one) => nowMs - (vain.get(partitionKey(one)) ?? -inVainMs) < inVainMs)) break
  }
  if (vain.size > 0) for (const one of partitions) vain.delete(partitionKey(one))
  for (const one of missing) vain.set(partitionKey(one), performance.now())
  return answers
}

async function askOnce<T>(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  ask: (leader: number, partitions: readonly LedPartition[]) => Promise<readonly PartitionAnswer<T>[]>,
  { leaders, ...options }: AskLeadersOptions,
): Promise<readonly PartitionAnswer<T | undefined>[]> {
  const told = partitions.flatMap((one) => leaders?.get(partitionKey(one)) ?? [])
  const untold = partitions.filter((one) => leaders?.has(partitionKey(one)) !== true)
  const { led, leaderless } =
    untold.length === 0 ? { led: [], leaderless: [] } : await findLeaders(cluster, untold, options)
  const byLeader = groupByLeader([...told, ...led])
  const answers = await Promise.all(
    [...byLeader].map(async ([leader, own]): Promise<readonly PartitionAnswer<T | undefined>[]> => {
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

/** The leader of each partition as the metadata has it now; those without one come back with the error that says why, be it that we may not see them. */
export async function findLeaders(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskOptions,
): Promise<{ readonly led: readonly LedPartition[]; readonly leaderless: readonly PartitionAnswer<undefined>[] }> {
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const { topics, denied } = await cluster.metadata(names, { ...options, keepDenied: true })
  const led: LedPartition[] = []
  const leaderless: PartitionAnswer<undefined>[] = []
  for (const { topic, partition } of partitions) {
    const known = topics.get(topic)
    const refusal = denied.get(topic)
    if (refusal !== undefined) {
      leaderless.push({ topic, partition, error: refusal.errorCode, value: undefined, denied: refusal })
      continue
    }
    const found: PartitionMetadata | undefined = known?.partitions[partition] // They are in order, without gaps.
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

/** Those that have a leader, for further questions. */
export async function leadersOf(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskOptions,
): Promise<Leaders> {
  const { led } = await findLeaders(cluster, partitions, options)
  return new Map(led.map((one) => [partitionKey(one), one]))
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

/** A broker went away before it answered, or a partition has no leader, or too few replicas, without it: after some seconds others have taken its place. */
export function isBrokerGone(error: unknown): boolean {
  return error instanceof TransportError || (error instanceof BrokerError && isNotWritable(error.errorCode))
}
