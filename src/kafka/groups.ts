import { type AclOperation, clusterRight, groupRight, topicRight } from '../core/acl.ts'
import { type Offset, offsetOrUndefined } from '../core/offset.ts'
import { portionsOf } from '../core/portions.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import { coordinatorsOf, type KnownCoordinators, lookUpCoordinators } from './coordinators.ts'
import { deniedError, lacking } from './denied.ts'
import { BrokerError, Code, isCoordinatorMoved, isDenied } from './error-codes.ts'
import { askPastGone } from './past-gone.ts'
import { clusterRights } from './rights.ts'
import { byTopic, type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import type { ResponseOf } from './wire/message.ts'
import { deleteGroups } from './wire/messages/delete-groups.ts'
import { listGroups as listGroupsMessage } from './wire/messages/list-groups.ts'
import { offsetDelete } from './wire/messages/offset-delete.ts'
import { offsetFetch } from './wire/messages/offset-fetch.ts'

const againMs = 100
/** The markers of a transaction take a few milliseconds. */
const soonMs = 10
const settleMs = 5_000
/** Whose commits are asked for at once: the broker looks up the next while those of these are taken apart here. */
const groupsInRequest = 250

export interface GroupListing {
  readonly group: string
  /** `consumer` for groups of consumers, `streams` for those of Kafka Streams that have a protocol of their own, KIP-1071. */
  readonly protocolType: string
  /** As the broker names it: Empty, Stable, PreparingRebalance, … */
  readonly state: string
}

/** Groups of other kinds commit no offsets of topics: those of Kafka Connect's workers, and share groups, whose places the broker keeps elsewhere. */
export function isConsumerGroup({ protocolType }: GroupListing): boolean {
  return protocolType === 'consumer' || protocolType === 'streams' || protocolType === ''
}

/**
 * Every group of the cluster, each broker asked for its own.
 *
 * @throws TransportError when one broker does not answer, DeniedError without Describe on the cluster: a list that misses groups would look complete
 */
export async function listGroups(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<readonly GroupListing[]> {
  // A broker leaves out what may not be seen, and does not say so.
  const rights = await clusterRights(cluster, options)
  if (rights?.has('Describe') === false) throw lacking(cluster, clusterRight('Describe'))
  const lists = await askPastGone(
    cluster,
    async () => {
      const { brokers } = await cluster.metadata([], options)
      return await Promise.all(brokers.map(async ({ nodeId }) => await groupsAt(cluster, nodeId, options)))
    },
    options,
  )
  return lists.flat().map(({ groupId, protocolType, state }) => ({ group: groupId, protocolType, state }))
}

async function groupsAt(
  cluster: Cluster,
  nodeId: number,
  options: { readonly signal: AbortSignal },
): Promise<ResponseOf<typeof listGroupsMessage>['groups']> {
  for (let waitedMs = 0; ; waitedMs += againMs) {
    const answer = await cluster.sendTo(nodeId, listGroupsMessage, { states: [] }, options)
    if (answer.error === 0) return answer.groups
    if (!isCoordinatorMoved(answer.error) || waitedMs >= settleMs) {
      throw new BrokerError(`groups of cluster "${cluster.name}"`, answer.error)
    }
    await cluster.wait(againMs, options.signal)
  }
}

export type Committed = ReadonlyMap<PartitionKey, Offset>

/** What a group has committed of one partition, with what its client put beside it. */
export interface Commit {
  readonly offset: Offset
  readonly metadata: string
}

export type Commits = ReadonlyMap<PartitionKey, Commit>

/** As `commitsOfGroups`, the offsets alone. */
export async function committedOffsets(
  cluster: Cluster,
  groups: readonly string[],
  options: CommitOptions,
): Promise<ReadonlyMap<string, Committed | BrokerError>> {
  const all = await commitsOfGroups(cluster, groups, options)
  return new Map([...all].map(([group, found]) => [group, found instanceof BrokerError ? found : offsetsOf(found)]))
}

function offsetsOf(commits: Commits): Committed {
  return new Map([...commits].map(([key, { offset }]) => [key, offset]))
}

export type CommitOptions = Omit<AskOptions, 'keepDenied'> & {
  /** Commits of transactions that are open are not waited for: for looking. */
  readonly isPendingLeftOut?: true
  /** The partitions that are asked for, of each group. Default: all that it has committed, of which a broker leaves out what nothing but an open transaction commits. */
  readonly of?: ReadonlyMap<string, readonly TopicPartition[]>
  readonly coordinators?: KnownCoordinators | undefined
  /** Default `main`: other requests wait there for the answers, which may be large. */
  readonly lane?: string
}

/**
 * What the groups have committed, all topics, committed transactions only (KIP-447's stable offsets). Groups that do not exist have no commits.
 *
 * @returns per group its commits, or the broker's error
 * @throws TransportError when a coordinator is gone and nobody takes its place
 */
export async function commitsOfGroups(
  cluster: Cluster,
  groups: readonly string[],
  options: CommitOptions,
): Promise<ReadonlyMap<string, Commits | BrokerError>> {
  const parts = portionsOf(groups, groupsInRequest).map(
    async (some) => await askPastGone(cluster, async () => await commitsOfSome(cluster, some, options), options),
  )
  return new Map((await Promise.all(parts)).flatMap((part) => [...part]))
}

async function commitsOfSome(
  cluster: Cluster,
  groups: readonly string[],
  options: CommitOptions,
): Promise<ReadonlyMap<string, Commits | BrokerError>> {
  const requireStable = options.isPendingLeftOut !== true
  const results = new Map<string, Commits | BrokerError>()
  let missing = groups
  let pauseMs = soonMs
  for (let waitedMs = 0; missing.length > 0; waitedMs += pauseMs) {
    if (waitedMs > 0) {
      await cluster.wait(pauseMs, options.signal)
      pauseMs = Math.min(againMs, 2 * pauseMs)
    }
    const operation = options.needs ?? 'Describe'
    const { found: coordinators, denied } = await lookUpCoordinators(cluster, 'group', missing, operation, {
      ...options,
      known: options.coordinators,
    })
    for (const [group, refusal] of denied) results.set(group, refusal)
    await Promise.all(
      [...new Set(coordinators.values())].map(async (nodeId) => {
        const own = missing.filter((group) => coordinators.get(group) === nodeId)
        const request = { groups: own.map((groupId) => ({ groupId, topics: topicsOf(options.of?.get(groupId)) })), requireStable } // prettier-ignore
        const answer = await cluster.sendTo(nodeId, offsetFetch, request, options).catch((error: unknown) => {
          for (const group of own) options.coordinators?.delete(group)
          throw error
        })
        for (const group of answer.groups) results.set(group.groupId, commitsOf(cluster, group, operation))
      }),
    )
    const isLast = waitedMs >= settleMs
    missing = missing.filter((group) => {
      const result = results.get(group)
      return result === undefined || (result instanceof BrokerError && isPassing(result.errorCode))
    })
    if (isLast) break
    for (const group of missing) options.coordinators?.delete(group)
  }
  return results
}

function topicsOf(
  partitions: readonly TopicPartition[] | undefined,
): readonly { readonly name: string; readonly partitions: readonly number[] }[] | null {
  if (partitions === undefined) return null
  return byTopic(partitions).map(([name, some]) => ({ name, partitions: some.map(({ partition }) => partition) }))
}

/** A transaction of the group is being ended (88), or the coordinator moves. */
function isPassing(code: number): boolean {
  return code === 88 || isCoordinatorMoved(code)
}

function commitsOf(
  cluster: Cluster,
  group: {
    readonly groupId: string
    readonly error: number
    readonly topics: readonly {
      readonly name: string
      readonly partitions: readonly {
        readonly partition: number
        readonly offset: bigint
        readonly metadata: string | null
        readonly error: number
      }[]
    }[]
  },
  operation: AclOperation,
): Commits | BrokerError {
  const commits = new Map<PartitionKey, Commit>()
  const what = `group "${group.groupId}" on cluster "${cluster.name}"`
  if (group.error === Code.groupIdNotFound) return commits
  if (isDenied(group.error)) return deniedError(cluster, group.error, groupRight(operation, group.groupId))
  if (group.error !== 0) return new BrokerError(what, group.error)
  for (const { name, partitions } of group.topics) {
    for (const { partition, offset, metadata, error } of partitions) {
      if (error !== 0) return new BrokerError(what, error)
      const committed = offsetOrUndefined(offset)
      if (committed === undefined) continue
      commits.set(partitionKey({ topic: name, partition }), { offset: committed, metadata: metadata ?? '' })
    }
  }
  return commits
}

/** Deletes groups without members. Returns the broker's refusal per group; a group that is not there counts as deleted. */
export async function removeGroups(
  cluster: Cluster,
  groups: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, BrokerError>> {
  const refused = new Map<string, BrokerError>()
  const coordinators = await coordinatorsOf(cluster, 'group', groups, 'Delete', options)
  for (const [group, nodeId] of coordinators) {
    const answer = await cluster.sendTo(nodeId, deleteGroups, { groups: [group] }, options)
    const error = answer.groups[0]?.error ?? -1
    if (isDenied(error)) refused.set(group, deniedError(cluster, error, groupRight('Delete', group)))
    else if (error !== 0 && error !== Code.groupIdNotFound) {
      refused.set(group, new BrokerError(`group "${group}" on cluster "${cluster.name}"`, error))
    }
  }
  return refused
}

/**
 * Takes commits of one group away, so that it has none there: KIP-496. Not of topics that a member is subscribed to.
 *
 * @returns the broker's refusal, or undefined when they are gone; a group that is not there has none
 */
export async function removeCommits(
  cluster: Cluster,
  group: string,
  partitions: readonly TopicPartition[],
  options: { readonly signal: AbortSignal },
): Promise<BrokerError | undefined> {
  const nodeId = (await coordinatorsOf(cluster, 'group', [group], 'Delete', options)).get(group) as number
  const topics = byTopic(partitions).map(([name, some]) => ({ name, partitions: some.map(({ partition }) => ({ partition })) })) // prettier-ignore
  const answer = await cluster.sendTo(nodeId, offsetDelete, { groupId: group, topics }, options)
  const what = `group "${group}" on cluster "${cluster.name}"`
  if (isDenied(answer.error)) return deniedError(cluster, answer.error, groupRight('Delete', group))
  if (answer.error === Code.groupIdNotFound) return undefined
  if (answer.error !== 0) return new BrokerError(what, answer.error)
  for (const { name, partitions: some } of answer.topics) {
    const error = some.find((one) => one.error !== 0)?.error
    if (error === undefined) continue
    return isDenied(error) ? deniedError(cluster, error, topicRight('Read', name)) : new BrokerError(what, error)
  }
  return undefined
}
