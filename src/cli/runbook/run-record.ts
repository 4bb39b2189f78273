import type { RunData } from '../../history/record.ts'
import type { Line } from '../../runbook/journal-line.ts'
import type { Runbook, StepEntry } from '../../runbook/load.ts'
import type { StepOutcome } from '../../runbook/step.ts'
import type { RunEnd } from './run-end.ts'

/** A step of a run as its record has it, over all processes that carried the run on. */
export interface StepRecord {
  readonly id: string
  readonly kind: string
  readonly does: string
  readonly section: 'steps' | 'rollback'
  /** Null when it was not come to; `begun` when nobody has written down how it ended. */
  readonly outcome: StepOutcome | 'begun' | null
  readonly attempts: number
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly what: string | null
}

export function stepRecords({ steps, rollback }: Runbook, lines: readonly Line[]): readonly StepRecord[] {
  const of = (section: StepRecord['section'], entries: readonly StepEntry[]): readonly StepRecord[] =>
    entries.map(({ id, kind, does }): StepRecord => {
      const own = lines.filter(({ step }) => step === id)
      const last = own.at(-1)
      return {
        id,
        kind,
        does,
        section,
        outcome: last === undefined ? null : last.phase === 'intent' ? 'begun' : last.outcome,
        attempts: own.reduce((most, { attempt }) => Math.max(most, attempt), 0),
        startedAt: own[0]?.wall ?? null,
        endedAt: last === undefined || last.phase === 'intent' ? null : last.wall,
        what: last?.observed ?? null,
      }
    })
  return [...of('steps', steps), ...of('rollback', rollback)]
}

export interface RanRun {
  readonly runId: string
  readonly runbook: Runbook
  readonly file: string
  readonly lines: readonly Line[]
  readonly end: RunEnd
  /** The file. */
  readonly journal: string
}

/** What a run leaves behind in the history. */
export function runbookData(ran: RanRun): RunData {
  const { runbook, lines, end } = ran
  const { error } = end
  return {
    kind: 'runbook',
    mode: runbook.mode,
    scope: `link ${runbook.link}`,
    status: end.status,
    verdict: end.verdict,
    startedAt: lines[0]?.wall ?? end.at,
    endedAt: end.at,
    georepVersion: end.georep,
    operator: end.operator,
    ...(error === null ? {} : { error: { code: error.code, message: error.message, stateNow: null, data: null } }),
    clusters: end.clusters,
    ...carriedOutData(ran),
  }
}

/** What a record says of the steps that were carried out, whatever they were part of. */
export function carriedOutData({
  runbook,
  file,
  runId,
  journal,
  lines,
}: Pick<RanRun, 'runbook' | 'file' | 'runId' | 'journal' | 'lines'>): Readonly<Record<string, unknown>> {
  const records = stepRecords(runbook, lines)
  return {
    runbook: { name: runbook.name, file, hash: runbook.hash, run: runId, journal },
    variables: Object.fromEntries(runbook.variables),
    steps: records,
    approvals: records
      .filter(({ kind, outcome: one }) => kind === 'approve' && one === 'ok')
      .map(({ id, endedAt, what }) => ({ step: id, at: endedAt, how: what })),
  }
}
