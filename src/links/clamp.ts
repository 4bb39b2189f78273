import { textFromDurationMs } from '../core/duration.ts'
import { matcherFromGlobs } from '../core/glob.ts'
import { type Clamp, clampOf } from '../core/group-offsets.ts'
import type { Offset } from '../core/offset.ts'
import type { Outcome } from '../core/outcome.ts'
import type { GroupMoves } from '../core/offset-plan.ts'
import type { AskOptions, Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { type Commits, commitsOfGroups, isConsumerGroup, listGroups } from '../kafka/groups.ts'
import { logBounds } from '../kafka/offsets.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { actingOn } from './acting.ts'
import { isIdle } from './group-sync.ts'
import type { MirrorRecord } from './records.ts'
import { moveOffsets, type MoveOptions, movingWith } from './move-offsets.ts'
import type { Act } from './session.ts'
import type { LinkState } from './state.ts'

/** Where groups can go on and skip nothing, by their names and the destination's partitions. */
export type GroupPlaces = ReadonlyMap<string, ReadonlyMap<PartitionKey, Offset>>

/** Where a commit has to move: into the log, or to the place that is known of its group. */
export type Moved =
  | Exclude<Clamp, { kind: 'inside' }>
  /** It is behind that place, was made of nothing, or lies outside of the log. */
  | { readonly kind: 'toPlace'; readonly to: Offset }

/** A commit that lies outside of its partition's log, or behind what is known of its group; and where it has to move. */
export interface ClampChange extends TopicPartition {
  /** Undefined when nothing is committed. */
  readonly committed: Offset | undefined
  /** What the client put beside it. */
  readonly metadata: string
  readonly logStart: Offset
  /** The high watermark: no consumer may be told to read from beyond it. */
  readonly logEnd: Offset
  readonly clamp: Moved
}

export interface GroupClamp {
  readonly group: string
  /** Commits on the mirror topics that were compared. */
  readonly compared: number
  /** Empty when every commit is where it is to be. */
  readonly changes: readonly ClampChange[]
  /** Why nothing can be done for this group; it is left alone as a whole. */
  readonly blocker:
    { readonly kind: 'active'; readonly state: string } | { readonly kind: 'unknown'; readonly why: string } | undefined
}

export interface ClampPlan {
  /** By name; only groups that have commits on the mirror topics, or that could not be asked. */
  readonly groups: readonly GroupClamp[]
  /** Why groups can only be moved into the logs: where they stand on the source is not known. Undefined when it is, or when it makes no difference. */
  readonly untold: string | undefined
  /** Why groups are moved on to where the engine last wrote down that they stood, and when that was, of the oldest. Undefined where none is. */
  readonly lastTold: { readonly why: string; readonly oldest: Date } | undefined
}

/** What is to be said of where the groups stood on the source, where that is not all known. */
export function sayingOf({ untold, lastTold }: Pick<ClampPlan, 'untold' | 'lastTold'>, now: Date): string | undefined {
  if (untold !== undefined) return `where the groups stood on the source is not all known, and without it commits are moved into the logs only: ${untold}`
  if (lastTold === undefined) return undefined
  const age = textFromDurationMs(Math.max(0, now.getTime() - lastTold.oldest.getTime()))
  return `where the groups stand on the source is not all known (${lastTold.why}): they are moved on to where they were last seen there, ${age} ago at the longest`
} // prettier-ignore

/** Whether every group could be looked at, and where each stood on the source is known, be it from when it was last seen there. */
export function isAllKnown({ groups, untold }: Pick<ClampPlan, 'groups' | 'untold'>): boolean {
  return untold === undefined && groups.every(({ blocker }) => blocker?.kind !== 'unknown')
}

/** What is said of a group that stays where it is. */
export function whyUnchanged({ untold }: Pick<ClampPlan, 'untold'>): string {
  return untold === undefined
    ? 'every commit is where it is to be'
    : 'every commit lies in its log; where it stood on the source is not all known'
}

export interface ClampOutcome {
  readonly group: string
  readonly outcome: Outcome
}

/**
 * Which commits of the destination's consumer groups on these mirror topics lie outside of [log start, high watermark], or behind places from which the groups
 * would skip nothing. Changes nothing; needs only the destination.
 *
 * What a group has read on the destination since the failover counts as inside: from a commit alone it cannot be told from one that was copied.
 *
 * @param groups globs
 * @param options.needs Read, when the plan is to be applied
 * @param options.places of groups, where more is known of them than their commits; they are moved there, and forward only
 */
export async function planClamp(
  destination: Cluster,
  mirrors: readonly Pick<MirrorRecord, 'mirrorTopic' | 'partitions'>[],
  groups: readonly string[],
  { places, ...options }: Omit<AskOptions, 'keepDenied'> & { readonly places: GroupPlaces },
): Promise<ClampPlan['groups']> {
  const isWanted = matcherFromGlobs(groups)
  const all = await listGroups(destination, options)
  const names = new Set(all.map(({ group }) => group))
  const unlisted = [...places.keys()].filter((group) => isWanted(group) && !names.has(group))
  const listed = [
    ...all.filter((one) => isConsumerGroup(one) && isWanted(one.group)),
    ...unlisted.map((group) => ({ group, state: undefined })),
  ]
  if (listed.length === 0) return []
  const commits = await commitsOfGroups(destination, listed.map(({ group }) => group), options) // prettier-ignore
  // The ends come last: what was committed before they were read cannot be past them by the order of reading alone.
  const partitions = partitionsOfMirrors(mirrors)
  const starts = await logBounds(destination, partitions, 'logStart', options)
  const ends = await logBounds(destination, partitions, 'highWatermark', options)
  const plans = listed.flatMap(({ group, state }): readonly GroupClamp[] => {
    const clamp = groupClamp(group, state, commits.get(group), { partitions, starts, ends, places: places.get(group) })
    return clamp.compared === 0 && clamp.blocker?.kind !== 'unknown' ? [] : [clamp]
  })
  return plans.toSorted((a, b) => (a.group < b.group ? -1 : 1))
}

/** The decision for one group, from what was read. */
export function groupClamp(
  group: string,
  /** Undefined of a group that is not there. */
  state: string | undefined,
  commits: Commits | BrokerError | undefined,
  log: {
    readonly partitions: readonly TopicPartition[]
    readonly starts: ReadonlyMap<PartitionKey, Offset | BrokerError>
    readonly ends: ReadonlyMap<PartitionKey, Offset | BrokerError>
    readonly places: ReadonlyMap<PartitionKey, Offset> | undefined
  },
): GroupClamp {
  const unknown = (why: string): GroupClamp => ({ group, compared: 0, changes: [], blocker: { kind: 'unknown', why } })
  if (commits === undefined) return unknown('its commits could not be read')
  if (commits instanceof BrokerError) return unknown(commits.message)
  const changes: ClampChange[] = []
  let compared = 0
  for (const { topic, partition } of log.partitions) {
    const key = partitionKey({ topic, partition })
    const commit = commits.get(key)
    const place = log.places?.get(key)
    if (commit === undefined && place === undefined) continue
    const committed = commit?.offset
    const logStart = log.starts.get(key)
    const logEnd = log.ends.get(key)
    if (logStart === undefined || logEnd === undefined) return unknown(`the log of ${key} could not be read`)
    if (logStart instanceof BrokerError) return unknown(logStart.message)
    if (logEnd instanceof BrokerError) return unknown(logEnd.message)
    compared++
    const clamp = movedTo(committed, place, { start: logStart, end: logEnd })
    if (clamp.kind !== 'inside') changes.push({ topic, partition, committed, metadata: commit?.metadata ?? '', logStart, logEnd, clamp }) // prettier-ignore
  }
  const isBlocked = changes.length > 0 && state !== undefined && !isIdle(state)
  return { group, compared, changes, blocker: isBlocked ? { kind: 'active', state } : undefined }
}

/** A place that retention has passed, or that lies behind the end, says nothing of the log as it is. */
function movedTo(
  committed: Offset | undefined,
  place: Offset | undefined,
  log: { readonly start: Offset; readonly end: Offset },
): Moved | { readonly kind: 'inside' } {
  const isPlaceInside = place !== undefined && place >= log.start && place <= log.end
  if (committed === undefined) return isPlaceInside ? { kind: 'toPlace', to: place } : { kind: 'inside' }
  const isBehind = place !== undefined && committed < place
  if (isPlaceInside && (isBehind || committed > log.end)) return { kind: 'toPlace', to: place }
  return clampOf(committed, log)
}

/** The link whose groups are moved. */
export interface ClampedLink {
  readonly link: { readonly name: string }
  readonly state: LinkState
  readonly destination: Cluster
}

/**
 * Moves the commits of the plan, each group as a whole, and reads them again: what they are then is the outcome. The broker refuses groups with
 * members, and a group whose commits are no longer those of the plan is refused here.
 *
 * Holds the link while it moves any, so that no failover or other clamp works on it at the same time, and the brokers refuse it once the link is
 * another's.
 *
 * @returns one outcome a group of the plan
 * @throws GeorepError "conflict" when the link is held
 */
export async function applyClamp(
  { link, state, destination }: ClampedLink,
  plan: ClampPlan,
  by: Act,
  { signal, ...hooks }: { readonly signal: AbortSignal } & Pick<MoveOptions, 'beforeFirst'>,
): Promise<readonly ClampOutcome[]> {
  const settled = new Map<string, Outcome>()
  for (const clamp of plan.groups) {
    const outcome = settledBefore(clamp, plan)
    if (outcome !== undefined) settled.set(clamp.group, outcome)
  }
  const open = plan.groups.filter(({ group }) => !settled.has(group))
  if (open.length > 0) {
    await using acting = await actingOn(state, link.name, by, { signal })
    const { session } = acting
    session.keepRenewed()
    const options = { ...movingWith(session, { signal }), ...hooks }
    const before = await commitsOfGroups(destination, open.map(({ group }) => group), { ...options, needs: 'Read' }) // prettier-ignore
    const moved = await moveOffsets(destination, open.map(movesOf), before, options)
    for (const [group, outcome] of moved) settled.set(group, outcome)
  }
  return plan.groups.flatMap(({ group }) => {
    const outcome = settled.get(group)
    return outcome === undefined ? [] : [{ group, outcome }]
  })
}

/** A commit goes where the log begins or ends, and what the client put beside it is of its old place. */
export function movesOf({ group, changes }: GroupClamp): GroupMoves {
  return {
    group,
    moves: changes.map(({ topic, partition, committed, metadata, clamp }) => ({
      topic,
      partition,
      from: committed === undefined ? undefined : { offset: committed, metadata },
      to: { offset: clamp.to, metadata: '' },
    })),
  }
}

/** Whether the group is moved past records of the destination, which it has read on the source. */
export function isMovedOn({ changes }: GroupClamp): boolean {
  return changes.some(({ clamp }) => clamp.kind === 'toPlace')
}

function settledBefore({ blocker, changes }: GroupClamp, plan: ClampPlan): Outcome | undefined {
  if (blocker?.kind === 'active')
    return { kind: 'refused', why: `it has members (${blocker.state}); stop its consumers` }
  if (blocker?.kind === 'unknown') return { kind: 'unknown', why: blocker.why }
  return changes.length === 0 ? { kind: 'unchanged', why: whyUnchanged(plan) } : undefined
}

function partitionsOfMirrors(
  mirrors: readonly Pick<MirrorRecord, 'mirrorTopic' | 'partitions'>[],
): readonly TopicPartition[] {
  return mirrors.flatMap(({ mirrorTopic: topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  )
}
