import { groupRight, idRight } from '../core/acl.ts'
import type { Offset } from '../core/offset.ts'
import type { Cluster } from './cluster.ts'
import { coordinatorsOf, type KnownCoordinators } from './coordinators.ts'
import { commitError, DeniedError, deniedError } from './denied.ts'
import { BrokerError, Code, isCoordinatorMoved, isDenied, isFenced } from './error-codes.ts'
import { offsetsPartitionOf, offsetsPartitions } from './offsets-partition.ts'
import { byTopic, type TopicPartition } from './topic-partition.ts'
import { txnOffsetCommit } from './wire/messages/txn-offset-commit.ts'

const againMs = 50
const attempts = 100
/** Connections to a broker, which answers the requests of one after the other. */
const lanes = 4
/** Groups whose requests leave in one write. */
const groupsInWrite = 8
/** On their way on each of the connections: the broker has the next at hand when it has answered one. */
const writesInLane = 2

export interface OffsetToCommit extends TopicPartition {
  readonly offset: Offset
  /** What a client may have put beside it; nothing by default. */
  readonly metadata?: string
}

/** What a broker had against the offsets of a group; partial when it took some of them. */
export interface GroupRefusal {
  readonly error: BrokerError
  readonly isPartial: boolean
}

/** Undefined for a group whose offsets were taken. */
export type GroupAnswers = ReadonlyMap<string, GroupRefusal | undefined>

export function isAnyPartial(answers: GroupAnswers): boolean {
  return [...answers.values()].some((one) => one?.isPartial === true)
}

interface Ids {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

/**
 * Hands the offsets of groups to their coordinators within a transaction that is under way, groups side by side. None is on its way any more when this
 * returns or throws: the transaction may be ended. KIP-447.
 *
 * @param options.addOffsets makes the group's coordinator part of the transaction
 * @throws BrokerError when the producer was fenced; what addOffsets throws
 */
export async function commitGroups(
  cluster: Cluster,
  ids: Ids,
  groups: ReadonlyMap<string, readonly OffsetToCommit[]>,
  options: {
    readonly signal: AbortSignal
    readonly coordinators?: KnownCoordinators | undefined
    readonly addOffsets: (group: string) => Promise<void>
  },
): Promise<GroupAnswers> {
  const answers = new Map<string, GroupRefusal | undefined>()
  const [coordinators, partitions] = await Promise.all([
    coordinatorsOf(cluster, 'group', [...groups.keys()], 'Read', { ...options, known: options.coordinators }),
    offsetsPartitions(cluster, options),
  ])
  // A partition is made part of a transaction once, whichever of its groups is named. Where it is not known which is whose, all are.
  const placeOf = (group: string): number | string => partitions === undefined ? group : offsetsPartitionOf(group, partitions) // prettier-ignore
  const failed = new AbortController()
  const commit = async ({ group, offsets }: Open, lane: string): Promise<GroupRefusal | undefined> =>
    await commitGroup(cluster, ids, group, offsets, { ...options, lane, coordinator: coordinators.get(group) })
  // The coordinator of the transaction takes one after the other.
  let adding = Promise.resolve()
  const inTurn = async (add: () => Promise<void>): Promise<void> => {
    const isAdded = adding.then(async () => {
      failed.signal.throwIfAborted()
      await add()
    })
    adding = isAdded.catch((error: unknown) => { failed.abort(error) }) // prettier-ignore
    await isAdded
  }
  // One after the other. From then on they have their turns: a broker works on several partitions at once, and on the groups of one in order.
  const begun: Open[][] = []
  let settled = 0
  const begins = queuesOf(groups, placeOf).map(async (queue) => {
    const begin = async (): Promise<void> => {
      const one = queue.at(-1) as Open
      await options.addOffsets(one.group)
      // Alone: with the first commit in a partition its broker asks for the transaction, and of several of a producer that are to be asked for at once it
      // lets go all but one, to be sent again (KIP-890).
      if (one.place !== one.group) {
        queue.pop()
        answers.set(one.group, await commit(one, 'main'))
      }
      begun.push(queue)
    }
    await inTurn(begin).catch(() => undefined)
    settled++
  })
  const commitOne = async (one: Open, lane: string): Promise<void> => {
    const { group, place } = one
    let refusal = await commit(one, lane)
    // The broker keeps it elsewhere.
    if (refusal?.error.errorCode === Code.invalidTxnState && place !== group) {
      await inTurn(async () => { await options.addOffsets(group) }) // prettier-ignore
      refusal = await commit(one, lane)
    }
    answers.set(group, refusal)
  }
  const work = async (lane: string): Promise<void> => {
    while (!failed.signal.aborted) {
      const queue = begun.shift()
      const next = begins[settled]
      if (queue !== undefined) {
        const some = queue.splice(-groupsInWrite)
        if (queue.length > 0) begun.push(queue)
        await Promise.all(some.map(async (one) => { await commitOne(one, lane).catch((error: unknown) => { failed.abort(error) }) })) // prettier-ignore
      } else if (next !== undefined) await next
      else return
    }
  }
  const lanesAtWork = Array.from({ length: lanes * writesInLane }, async (_, index) => { await work(`commit-${index % lanes}`) }) // prettier-ignore
  await Promise.all([...begins, ...lanesAtWork])
  if (failed.signal.aborted) throw failed.signal.reason as Error
  return answers
}

interface Open {
  readonly group: string
  readonly offsets: readonly OffsetToCommit[]
  /** The partition of __consumer_offsets; the group itself where that is not known. */
  readonly place: number | string
}

/** The groups of each place. */
function queuesOf(
  groups: ReadonlyMap<string, readonly OffsetToCommit[]>,
  placeOf: (group: string) => Open['place'],
): readonly Open[][] {
  const queues = new Map<Open['place'], Open[]>()
  for (const [group, offsets] of groups) {
    const place = placeOf(group)
    const queue = queues.get(place)
    if (queue === undefined) queues.set(place, [{ group, offsets, place }])
    else queue.push({ group, offsets, place })
  }
  return [...queues.values()]
}

async function commitGroup(
  cluster: Cluster,
  ids: Ids,
  groupId: string,
  offsets: readonly OffsetToCommit[],
  options: {
    readonly signal: AbortSignal
    readonly lane: string
    readonly coordinator: number | undefined
  },
): Promise<GroupRefusal | undefined> {
  const { signal, lane } = options
  const request = {
    ...ids,
    groupId,
    generationId: -1,
    // With a name that is no member the broker takes the commit only while the group is empty; without one it would take a transactional
    // commit for a group that is reading, and move it back.
    memberId: notAMember,
    groupInstanceId: null,
    topics: byTopic(offsets).map(([name, some]) => ({
      name,
      partitions: some.map(({ partition, offset, metadata = '' }) => ({
        partition,
        offset,
        leaderEpoch: -1,
        metadata,
      })),
    })),
  }
  for (let attempt = 0; ; attempt++) {
    let nodeId = attempt === 0 ? options.coordinator : undefined
    nodeId ??= (await coordinatorsOf(cluster, 'group', [groupId], 'Read', { signal })).get(groupId) as number
    const answer = await cluster.sendTo(nodeId, txnOffsetCommit, request, { signal, lane })
    const error = commitError(cluster, answer.topics)
    if (error === 0) return undefined
    const isPartial = answer.topics.some(({ partitions }) => partitions.some((one) => one.error === 0))
    if (error instanceof DeniedError) return { error, isPartial }
    const rights = [idRight('Write', ids.transactionalId), groupRight('Read', groupId)] as const
    if (isDenied(error)) return { error: deniedError(cluster, error, ...rights), isPartial }
    const broker = new BrokerError(`group "${groupId}" on cluster "${cluster.name}"`, error)
    if (isFenced(error)) throw broker
    if (!isCoordinatorMoved(error) || attempt >= attempts) return { error: broker, isPartial }
    await cluster.wait(againMs, signal)
  }
}

/** Stands in for a member's id where a commit must be refused as soon as the group has members. */
const notAMember = 'georep'
