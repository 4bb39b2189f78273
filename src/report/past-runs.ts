import { type DrillView, drillViewFrom } from './drill-view.ts'
import type { Figure } from './figure-text.ts'

/** What of a past run stands beside this one. */
export interface PastRun {
  readonly id: string
  readonly startedAt: string
  readonly endedAt: string
  readonly verdict: string
  readonly status: string
  readonly rto: Figure
  readonly rpoRecords: Figure
  readonly rpoMs: Figure
  /** The run that the report is of. */
  readonly isThis: boolean
}

/**
 * The runs of the same scope, exercise and mode up to this one, which is among them, oldest first. Runs of another mode are no history of this one: a
 * sandbox and a practice drill measure different things, and their figures are never put side by side.
 */
export function pastRunsOf(
  view: Pick<DrillView, 'id' | 'kind' | 'mode' | 'scenario' | 'scope' | 'startedAt'>,
  runs: readonly Readonly<Record<string, unknown>>[],
): readonly PastRun[] {
  return runs
    .map(drillViewFrom)
    .filter((one) => one.kind === view.kind)
    .filter((one) => one.mode === view.mode && one.scenario === view.scenario && one.scope === view.scope)
    .filter(({ startedAt }) => startedAt <= view.startedAt)
    .map(({ id, startedAt, endedAt, verdict, status, rto, rpo }) => ({
      id,
      startedAt,
      endedAt,
      verdict,
      status,
      rto: rto.service,
      rpoRecords: rpo.records,
      rpoMs: rpo.ms,
      isThis: id === view.id,
    }))
    .toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))
}
