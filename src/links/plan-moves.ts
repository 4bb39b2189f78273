import { effectOf, type Effect, type GroupMoves, type Move, type PlannedCommit } from '../core/offset-plan.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { KnownCoordinators } from '../kafka/coordinators.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { type GroupMember, groupMembers } from '../kafka/group-members.ts'
import {
  type CommitOptions,
  type Commits,
  commitsOfGroups,
  type GroupListing,
  isConsumerGroup,
  listGroups,
} from '../kafka/groups.ts'
import { type LogSpan, logSpans } from '../kafka/log-spans.ts'
import { type PartitionKey, partitionKey, partitionsOf, type TopicPartition } from '../kafka/topic-partition.ts'
import { carriedOffsets } from './carried-offsets.ts'
import { isIdle } from './group-sync.ts'

/** Why a group cannot be moved; it is left alone as a whole. */
export type MoveBlocker =
  | { readonly kind: 'active'; readonly state: string; readonly members: readonly GroupMember[] }
  | { readonly kind: 'unknown'; readonly why: string }
  /** A runner copies its offsets from the source of a link. */
  | { readonly kind: 'carried'; readonly link: string }
  /** A place that is not in the log, or a topic that is not there. */
  | { readonly kind: 'impossible'; readonly why: string }

export interface PlannedMove extends Move {
  readonly effect: Effect
}

export interface PlannedGroup extends GroupMoves {
  readonly state: string
  readonly moves: readonly PlannedMove[]
  readonly blocker: MoveBlocker | undefined
}

/** A topic that a plan touches, as it was when the plan was made. */
export interface PlannedTopic {
  readonly topic: string
  readonly topicId: string
  /** By partition. */
  readonly logs: readonly LogSpan[]
}

export interface MovesPlanned {
  /** What the groups have committed: what it was planned with. */
  readonly seen: CommitsSeen
  readonly topics: readonly PlannedTopic[]
  /** By name. */
  readonly groups: readonly PlannedGroup[]
}

/** Where a group is to go on. */
export interface WantedPlace extends TopicPartition {
  readonly to: PlannedCommit
}

export type PlacesOfGroups = ReadonlyMap<string, readonly WantedPlace[]>

/** Topics that are there: ids and ends. */
export type TopicsNow = ReadonlyMap<string, Omit<PlannedTopic, 'topic'>>

/** Where groups are to go on, once it is seen what the logs hold. */
export interface Wanted {
  /** Topics that have to be looked at. */
  readonly topics: ReadonlySet<string>
  readonly placesIn: (topics: TopicsNow) => PlacesOfGroups | Promise<PlacesOfGroups>
}

/** Places that are known beforehand. */
export function wantedAt(places: PlacesOfGroups): Wanted {
  return {
    topics: new Set([...places.values()].flatMap((own) => own.map(({ topic }) => topic))),
    placesIn: () => places,
  }
}

/** What groups have committed, and who told. */
export interface CommitsSeen {
  readonly commits: ReadonlyMap<string, Commits | BrokerError>
  readonly coordinators: KnownCoordinators
}

/** Groups with what they have committed, read before anything else. */
export interface GroupsNow extends CommitsSeen {
  readonly listed: ReadonlyMap<string, GroupListing>
  /** Those that are wanted and of another kind, which no offset can be committed of: a transaction would leave them out. */
  readonly ofOtherKinds: ReadonlyMap<string, GroupListing>
}

export interface LookOptions {
  readonly signal: AbortSignal
  /** Read, when what is looked at is to be moved: it is named where not even Describe is permitted. */
  readonly needs?: 'Read'
}

/** The consumer groups that are wanted, and what they have committed. */
export async function groupsNow(
  cluster: Cluster,
  isWanted: (group: string) => boolean,
  { signal, isPendingLeftOut, ...options }: LookOptions & Pick<CommitOptions, 'isPendingLeftOut'>,
): Promise<GroupsNow> {
  const wanted = (await listGroups(cluster, { signal })).filter(({ group }) => isWanted(group))
  const listed = wanted.filter(isConsumerGroup)
  const ofOtherKinds = new Map(wanted.filter((one) => !isConsumerGroup(one)).map((one) => [one.group, one]))
  const names = listed.map(({ group }) => group)
  const pending = isPendingLeftOut === undefined ? {} : { isPendingLeftOut }
  const needs = options.needs === undefined ? {} : { needs: options.needs }
  const coordinators: KnownCoordinators = new Map()
  const commits = await commitsOfGroups(cluster, names, { signal, coordinators, ...needs, ...pending })
  return { listed: new Map(listed.map((one) => [one.group, one])), ofOtherKinds, commits, coordinators }
}

/**
 * What moving groups to these places would mean, and what stands in its way. Changes nothing.
 *
 * Ends are read after the commits, so that a commit past the end is really past it.
 *
 * @throws BrokerError for a partition whose ends cannot be read; what `placesIn` throws
 */
export async function planMoves(
  cluster: Cluster,
  now: GroupsNow,
  { topics: names, placesIn }: Wanted,
  options: LookOptions,
): Promise<MovesPlanned> {
  const [topics, carriedBy] = await Promise.all([topicsNow(cluster, names, options), carriedOffsets(cluster, options)])
  const wanted = await placesIn(topics)
  const active = [...wanted.keys()].filter((group) => !isIdle(now.listed.get(group)?.state))
  const members = active.length === 0 ? new Map<string, readonly GroupMember[]>() : await groupMembers(cluster, active, options) // prettier-ignore
  const groups = [...wanted].map(([group, places]): PlannedGroup => {
    const state = now.listed.get(group)?.state ?? 'Dead'
    const commits = now.commits.get(group) ?? new Map<PartitionKey, never>()
    if (commits instanceof BrokerError) return { group, state, moves: [], blocker: { kind: 'unknown', why: commits.message } } // prettier-ignore
    const moves = places.map((place) => moveTo(place, commits, topics.get(place.topic)))
    const impossible = moves.find((one) => typeof one === 'string')
    const possible = moves.filter((one) => typeof one !== 'string')
    const open = possible.filter(({ effect }) => effect.kind !== 'none')
    const link = open.map(({ topic }) => carriedBy(group, topic)).find((one) => one !== undefined)
    let blocker: MoveBlocker | undefined
    const kind = now.ofOtherKinds.get(group)?.protocolType
    if (group === '') blocker = { kind: 'impossible', why: 'no offset can be committed of a group without a name' }
    else if (kind !== undefined)
      blocker = { kind: 'impossible', why: `it is a group of the kind "${kind}", which commits no offsets` } // prettier-ignore
    else if (impossible !== undefined) blocker = { kind: 'impossible', why: impossible }
    else if (link !== undefined) blocker = { kind: 'carried', link }
    else if (open.length > 0 && !isIdle(state)) blocker = { kind: 'active', state, members: members.get(group) ?? [] }
    return { group, state, moves: possible, blocker }
  })
  return {
    seen: {
      commits: new Map([...wanted.keys()].map((group) => [group, now.commits.get(group) ?? new Map()])),
      coordinators: now.coordinators,
    },
    topics: [...topics].map(([topic, one]) => ({ topic, ...one })),
    groups: groups.toSorted((a, b) => (a.group < b.group ? -1 : 1)),
  }
}

function moveTo(
  { topic, partition, to: wanted }: WantedPlace,
  commits: Commits,
  found: Omit<PlannedTopic, 'topic'> | undefined,
): PlannedMove | string {
  const key = partitionKey({ topic, partition })
  const log = found?.logs[partition]
  if (log === undefined) return `there is no partition ${key}`
  const { offset } = wanted
  if (offset < log.start || offset > log.end) {
    return `offset ${offset.toString()} lies outside of ${key}, which has ${log.start.toString()} to ${log.end.toString()}` // prettier-ignore
  }
  const from = commits.get(key)
  // A commit that is where it is to be is left as it is, with what its client has put beside it.
  const to = from?.offset === offset ? from : wanted
  return { topic, partition, from, to, effect: effectOf({ from, to }, log) }
}

/** Those of the topics that are there. @throws BrokerError for a partition whose ends cannot be read: no plan can be made then */
export async function topicsNow(
  cluster: Cluster,
  names: ReadonlySet<string>,
  options: LookOptions,
): Promise<TopicsNow> {
  if (names.size === 0) return new Map()
  const { topics } = await cluster.metadata([...names], options)
  const spans = await logSpans(cluster, partitionsOf(topics.values()), options)
  return new Map(
    [...topics].map(([name, { topicId, partitions: some }]) => [
      name,
      {
        topicId,
        logs: some.map(({ partition }) => {
          const key = partitionKey({ topic: name, partition })
          const span = spans.get(key)
          if (span instanceof BrokerError) throw span
          if (span === undefined) throw new TypeError(`no answer for ${key}`)
          return span
        }),
      },
    ]),
  )
}
