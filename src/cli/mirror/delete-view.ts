import type { Outcome } from '../../core/outcome.ts'
import type { MirrorDeletionPlan } from '../../engines/engine.ts'
import type { Style } from '../style.ts'
import { table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'

/** One mirror or pattern of `mirror delete` as documents show it. */
export interface DeletedRow {
  readonly name: string
  readonly kind: 'mirror' | 'pattern'
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** Its state before. */
  readonly state: string | null
  /** Deleted with it: what it holds, as the span of its offsets; null when the topic stays, or is not there. */
  readonly topicRecords: bigint | null
  /** The pattern that leaves the topic out from then on. */
  readonly leftOutOf: string | null
}

export function deletedRow(
  name: string,
  plan: MirrorDeletionPlan | undefined,
  outcome: Outcome | undefined,
): DeletedRow {
  return {
    name,
    kind: plan === undefined ? 'pattern' : 'mirror',
    outcome: outcome?.kind ?? 'planned',
    why: outcome === undefined ? null : whyOf(outcome),
    state: plan?.state?.state ?? null,
    topicRecords: plan?.withTopic === true ? (plan.records ?? null) : null,
    leftOutOf: plan?.pattern ?? null,
  }
}

export function renderMirrorDelete(rows: readonly DeletedRow[], style: Style): string {
  return table(
    [
      { title: 'NAME' },
      { title: 'KIND' },
      { title: 'STATE' },
      { title: 'OUTCOME' },
      { title: 'TOPIC-RECORDS', align: 'right' },
      { title: 'LEFT-OUT-OF' },
      { title: 'WHY' },
    ],
    rows.map(({ name, kind, state, outcome, topicRecords, leftOutOf, why }) => [
      name,
      kind,
      state ?? '-',
      outcomeCell(outcome, style),
      topicRecords ?? (kind === 'pattern' ? '-' : 'stay'),
      leftOutOf ?? '-',
      why ?? '',
    ]),
  )
}
