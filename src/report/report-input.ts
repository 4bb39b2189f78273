import { type DrillView, drillViewFrom } from './drill-view.ts'
import { type PastRun, pastRunsOf } from './past-runs.ts'

/** Everything that a report is made of, whatever its form. */
export interface ReportInput {
  readonly view: DrillView
  /** SHA-256 of the record's file, by which the next record names it. */
  readonly hash: string
  /** Oldest first; this run is among them. */
  readonly pastRuns: readonly PastRun[]
  readonly chain: ChainState
  /** The end of the last run of this scope and mode that passed: null when there is none, undefined when that cannot be told. */
  readonly lastPassAt: string | null | undefined
  /** The version of georep that makes the report, which may not be the one of the drill. */
  readonly madeBy: string
  readonly madeAt: string
}

/** Whether the run history is one chain, as it was when the report was made. */
export interface ChainState {
  readonly records: number
  readonly problems: number
}

export interface ReportSources {
  /** The record, as it was read from its file. */
  readonly record: Readonly<Record<string, unknown>>
  readonly hash: string
  /** Whatever is left of every run in the folder, this one included. */
  readonly runs: readonly Readonly<Record<string, unknown>>[]
  readonly chain: ChainState
  readonly madeBy: string
  readonly madeAt: string
}

export function reportInputFrom({ record, hash, runs, chain, madeBy, madeAt }: ReportSources): ReportInput {
  const view = drillViewFrom(record)
  const pastRuns = pastRunsOf(view, runs)
  const passes = pastRuns.filter(({ verdict, status }) => verdict === 'pass' && status === 'completed')
  const lastPassAt = chain.problems > 0 ? undefined : (passes.at(-1)?.endedAt ?? null)
  return { view, hash, pastRuns, chain, lastPassAt, madeBy, madeAt }
}
