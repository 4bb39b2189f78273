import { z } from 'zod'
import type { ErrorCode, ErrorKind } from '../../core/errors.ts'
import { runStatuses } from '../../history/record.ts'
import type { Line } from '../../runbook/journal-line.ts'
import type { StepError } from '../../runbook/step.ts'
import { exitCodeOfError } from '../exit.ts'
import type { RunOutcome } from '../../runbook/outcome.ts'
import type { RanSteps } from '../../runbook/run-steps.ts'

export interface CarriedOut {
  readonly outcome: RunOutcome
  /** Where it stands; undefined when it is through. */
  readonly stoppedAt: RanSteps['stoppedAt']
  readonly isRolledBack: boolean
  /** As the journal has it. */
  readonly end: RunEnd
}

const errorKinds = Object.keys(exitCodeOfError) as readonly ErrorKind[] as readonly [ErrorKind, ...ErrorKind[]]
const errorCode = z.custom<ErrorCode>((value) => typeof value === 'string' && value.startsWith('GR-'))
const cluster = z.object({ name: z.string(), clusterId: z.string() })

/** What a journal says last of a run that has come to its end, or to a stop. */
const runEnd = z.object({
  event: z.literal('ended'),
  status: z.enum(runStatuses),
  verdict: z.enum(['pass', 'fail', 'unknown']),
  /** Nothing is left to be resumed. */
  isOver: z.boolean(),
  error: z.object({ kind: z.enum(errorKinds), code: errorCode, message: z.string() }).nullable(),
  clusters: z.object({ source: cluster, destination: cluster }),
  operator: z.string(),
  /** Its version. */
  georep: z.string(),
  at: z.iso.datetime(),
})
export type RunEnd = Readonly<z.output<typeof runEnd>>

/** How the run was ended, when the journal says last that it was, with all that a record needs. */
export function runEndIn(lines: readonly Line[]): RunEnd | undefined {
  return runEnd.safeParse(lines.at(-1)?.facts).data
}

/** Under which id the process that has written last to the journal saves its record: that of the run, `<id>r2` of the second one, and so on. */
export function recordIdOf(runId: string, lines: readonly Line[]): string {
  const sittings = lines.filter(({ step, facts }) => step === null && facts !== undefined && facts['event'] !== 'ended').length // prettier-ignore
  return sittings === 1 ? runId : `${runId}r${sittings}`
}

/** The run that such a record is of, by the id of the record or its beginning. */
export function runOfRecord(recordId: string): string {
  return recordId.replace(/r\d+$/, '')
}

/** What a script is to be told of a run that is not through, or was taken back. */
export function runError(
  { outcome: { kind }, stoppedAt, isRolledBack }: Omit<CarriedOut, 'end'>,
  { runId, name, isAbort }: { readonly runId: string; readonly name: string; readonly isAbort: boolean },
): StepError | undefined {
  if (kind === undefined || stoppedAt === undefined) return undefined
  const where = `run "${runId}" of runbook "${name}" stands at step "${stoppedAt.step.id}": ${stoppedAt.what}`
  if (isRolledBack) return { kind, code: 'GR-RUN-ROLLED-BACK', message: `${where}; it was taken back` }
  if (isAbort) return { kind, code: 'GR-ABORT-INCOMPLETE', message: `${where}; not all of it could be taken back` }
  return { kind, code: kind === 'interrupted' ? 'GR-RUN-INTERRUPTED' : 'GR-RUN-STOPPED', message: where }
}
