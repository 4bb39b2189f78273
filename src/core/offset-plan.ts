import type { Offset } from './offset.ts'

/** A committed offset, with what the client put beside it. */
export interface PlannedCommit {
  readonly offset: Offset
  readonly metadata: string
}

/** One commit that is to become another; undefined stands for none. */
export interface Move {
  readonly topic: string
  readonly partition: number
  readonly from: PlannedCommit | undefined
  readonly to: PlannedCommit | undefined
}

/** A group, moved as a whole or not at all. */
export interface GroupMoves {
  readonly group: string
  readonly moves: readonly Move[]
}

/** Where a move stands, by what is committed now: not begun, done, or neither, so that somebody else has committed meanwhile. */
export type Standing = 'asBefore' | 'done' | 'changed'

/** A move from a place to the same is done. */
export function standingOf({ from, to }: Pick<Move, 'from' | 'to'>, now: PlannedCommit | undefined): Standing {
  if (isSameCommit(now, to)) return 'done'
  return isSameCommit(now, from) ? 'asBefore' : 'changed'
}

export function isSameCommit(a: PlannedCommit | undefined, b: PlannedCommit | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.offset === b.offset && a.metadata === b.metadata
}

/** The moves that lead back. */
export function undone(groups: readonly GroupMoves[]): readonly GroupMoves[] {
  return groups.map(({ group, moves }) => ({
    group,
    moves: moves.map(({ topic, partition, from, to }) => ({ topic, partition, from: to, to: from })),
  }))
}

export type Effect =
  | { readonly kind: 'none' }
  /** Records that the group has read are read again. */
  | { readonly kind: 'rereads'; readonly records: bigint }
  /** Records that are there are never read by the group. */
  | { readonly kind: 'skips'; readonly records: bigint }
  /** It reads on where it would have been put anyway: what lies between is not there any more, or not there yet. */
  | { readonly kind: 'intoTheLog' }
  /** The group has no place any more, and the client decides. */
  | { readonly kind: 'forgets' }

/**
 * What a move means for the records of the partition, counted in offsets.
 *
 * A group that has committed nothing has read nothing: it would skip all that stands before the place that it is given.
 */
export function effectOf(
  { from, to }: Pick<Move, 'from' | 'to'>,
  log: { readonly start: Offset; readonly end: Offset },
): Effect {
  if (to === undefined) return { kind: from === undefined ? 'none' : 'forgets' }
  if (isSameCommit(from, to)) return { kind: 'none' }
  const reads = within(from?.offset ?? log.start, log)
  const difference = to.offset - reads
  if (difference > 0n) return { kind: 'skips', records: difference }
  if (difference < 0n) return { kind: 'rereads', records: -difference }
  return from?.offset === to.offset ? { kind: 'none' } : { kind: 'intoTheLog' }
}

function within(offset: Offset, { start, end }: { readonly start: Offset; readonly end: Offset }): Offset {
  if (offset < start) return start
  return offset > end ? end : offset
}

export type PlanAct = 'reset' | 'import' | 'clamp' | 'translate' | 'undo'

/** Commits of one cluster that are to be moved, as a file can hold it. */
export interface OffsetPlan {
  /** Of the plan, and of the one that undoes it. */
  readonly id: string
  readonly act: PlanAct
  readonly cluster: { readonly name: string; readonly clusterId: string }
  /** Held while the plan is applied: the topics are its stopped mirrors. Undefined when the groups are no link's. */
  readonly link: string | undefined
  readonly createdAt: Date
  /** Who made it, for people. */
  readonly createdBy: string
  /** Undefined for one that leads back. */
  readonly expiresAt: Date | undefined
  /** Groups may be moved past records that they have not read on this cluster. */
  readonly maySkip: boolean
  /** As they were when the plan was made: a topic of the same name is not the same topic. */
  readonly topics: readonly { readonly topic: string; readonly topicId: string; readonly partitions: number }[]
  readonly groups: readonly GroupMoves[]
}

/** The plan that restores what was there before. It may skip: the group has read what it was moved back from before. */
export function undoOf(plan: OffsetPlan): OffsetPlan {
  return { ...plan, act: 'undo', expiresAt: undefined, maySkip: true, groups: undone(plan.groups) }
}
