import type { ErrorKind } from '../core/errors.ts'
import type { Verdict } from '../core/outcome.ts'

/** What an operator's script must do next. Documented in the README; never renumbered. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  limitMissed: 3,
  unknown: 4,
  refused: 5,
  incomplete: 6,
  conflict: 7,
  timedOut: 8,
  interrupted: 130,
  terminated: 143,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export const exitCodeOfError = {
  usage: ExitCode.usage,
  config: ExitCode.usage,
  refused: ExitCode.refused,
  unsupported: ExitCode.refused,
  conflict: ExitCode.conflict,
  unreachable: ExitCode.failed,
  denied: ExitCode.failed,
  failed: ExitCode.failed,
  unknown: ExitCode.unknown,
  incomplete: ExitCode.incomplete,
  timedOut: ExitCode.timedOut,
  interrupted: ExitCode.interrupted,
} as const satisfies Record<ErrorKind, ExitCode>

export const exitCodeOfVerdict = {
  done: ExitCode.ok,
  failed: ExitCode.failed,
  refused: ExitCode.refused,
  unknown: ExitCode.unknown,
  incomplete: ExitCode.incomplete,
  timedOut: ExitCode.timedOut,
} as const satisfies Record<Verdict, ExitCode>
