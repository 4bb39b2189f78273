import type { Effect, OffsetPlan } from '../../core/offset-plan.ts'
import type { Outcome } from '../../core/outcome.ts'
import { activeText } from '../../kafka/group-members.ts'
import { carriedText } from '../../links/carried-offsets.ts'
import type { MoveBlocker, PlannedGroup } from '../../links/plan-moves.ts'
import type { ClusterView } from '../figures.ts'
import { whyOf } from '../verdict.ts'

/** What is printed of moves of committed offsets; the `data` of its JSON document. */
export interface MovesView {
  readonly act: OffsetPlan['act']
  readonly phase: 'planned' | 'done'
  readonly cluster: ClusterView
  readonly link: string | null
  /** The file that it was written to, or read from. */
  readonly plan: string | null
  /** Where the way back is, or would be, written. */
  readonly undo: string | null
  readonly groups: readonly GroupRow[]
  readonly moves: readonly MoveRow[]
}

export interface GroupRow {
  readonly group: string
  /** `movable`, or what stands against it, before; afterwards what became of it. */
  readonly outcome: Outcome['kind'] | 'movable'
  readonly why: string | null
  /** Commits that are not where they are to be. */
  readonly moves: number
  /** In offsets, over all partitions. Null where the plan is all that is known. */
  readonly rereads: bigint | null
  readonly skips: bigint | null
}

export interface MoveRow {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Null when nothing was committed. */
  readonly from: bigint | null
  /** Null when the commit is to be taken away. */
  readonly to: bigint | null
  readonly effect: Effect['kind'] | null
  readonly records: bigint | null
}

export function plannedRows(groups: readonly PlannedGroup[], allowSkip: boolean): Pick<MovesView, 'groups' | 'moves'> {
  return {
    groups: groups.map((one) => {
      const sum = (kind: 'rereads' | 'skips'): bigint =>
        one.moves.reduce((total, { effect }) => (effect.kind === kind ? total + effect.records : total), 0n)
      const outcome = expected(one, allowSkip)
      return {
        group: one.group,
        outcome: outcome.kind,
        why: outcome.kind === 'movable' ? null : whyOf(outcome),
        moves: one.moves.filter(({ effect }) => effect.kind !== 'none').length,
        rereads: sum('rereads'),
        skips: sum('skips'),
      }
    }),
    moves: groups.flatMap(({ group, moves }) =>
      moves.map(({ topic, partition, from, to, effect }) => ({
        group,
        topic,
        partition,
        from: from?.offset ?? null,
        to: to?.offset ?? null,
        effect: effect.kind,
        records: 'records' in effect ? effect.records : null,
      })),
    ),
  }
}

/** What would become of a group. */
export function expected(one: PlannedGroup, allowSkip: boolean): Outcome | { readonly kind: 'movable' } {
  if (one.blocker !== undefined) return outcomeOf(one.blocker)
  if (one.moves.every(({ effect }) => effect.kind === 'none')) return { kind: 'unchanged', why: 'it is there already' }
  const skip = allowSkip ? undefined : one.moves.find(({ effect }) => effect.kind === 'skips')
  if (skip?.effect.kind !== 'skips') return { kind: 'movable' }
  const why = `it would skip ${skip.effect.records.toString()} records of ${skip.topic}/${skip.partition} that it has not read; --allow-skip permits it` // prettier-ignore
  return { kind: 'refused', why }
}

function outcomeOf(blocker: MoveBlocker): Outcome {
  switch (blocker.kind) {
    case 'active':
      return { kind: 'refused', why: `it ${activeText(blocker.state, blocker.members)}; stop its consumers` }
    case 'carried':
      return { kind: 'refused', why: carriedText(blocker.link) }
    case 'impossible':
      return { kind: 'refused', why: blocker.why }
    case 'unknown':
      return { kind: 'unknown', why: blocker.why }
  }
}

/** Of a plan that was read from a file. */
export function rowsOfPlan(
  { groups }: Pick<OffsetPlan, 'groups'>,
  outcomes: ReadonlyMap<string, Outcome> | undefined,
): Pick<MovesView, 'groups' | 'moves'> {
  return { groups: groupRows(groups, outcomes), moves: moveRows(groups) }
}

export function groupRows(
  groups: OffsetPlan['groups'],
  outcomes: ReadonlyMap<string, Outcome> | undefined,
): readonly GroupRow[] {
  return groups.map(({ group, moves }) => {
    const outcome = outcomes?.get(group) ?? ({ kind: 'movable' } as const)
    const why = outcome.kind === 'movable' ? null : whyOf(outcome)
    return { group, outcome: outcome.kind, why, moves: moves.length, rereads: null, skips: null }
  })
}

export function moveRows(groups: OffsetPlan['groups']): readonly MoveRow[] {
  return groups.flatMap(({ group, moves }) =>
    moves.map(({ topic, partition, from, to }) => ({
      group,
      topic,
      partition,
      from: from?.offset ?? null,
      to: to?.offset ?? null,
      effect: null,
      records: null,
    })),
  )
}
