import type { ErrorKind } from '../core/errors.ts'
import type { RanSteps } from './run-steps.ts'

export interface RunOutcome {
  readonly status: 'completed' | 'failed' | 'aborted' | 'interrupted' | 'incomplete'
  readonly verdict: 'pass' | 'fail' | 'unknown'
  /** Undefined when there is nothing that a script would have to see to. */
  readonly kind: ErrorKind | undefined
}

/**
 * What steps, and the rollback that came of them, amount to.
 *
 * @param isAnythingBegun some effect was begun, by this process or one before it
 */
export function runOutcome(
  ran: RanSteps,
  { isAnythingBegun, rollback }: { readonly isAnythingBegun: boolean; readonly rollback: RanSteps | undefined },
): RunOutcome {
  const { stoppedAt } = ran
  if (stoppedAt === undefined) return { status: 'completed', verdict: 'pass', kind: undefined }
  const why = rollback?.stoppedAt ?? stoppedAt
  const kind = why.error?.kind ?? 'failed'
  const verdict = why.outcome === 'unknown' ? 'unknown' : 'fail'
  if (kind === 'interrupted') return { status: 'interrupted', verdict: 'unknown', kind }
  if (kind === 'conflict') return { status: 'incomplete', verdict, kind }
  if (rollback !== undefined && rollback.stoppedAt === undefined) return { status: 'failed', verdict: 'fail', kind: 'failed' } // prettier-ignore
  if (why.outcome === 'unknown') return { status: isAnythingBegun ? 'incomplete' : 'failed', verdict, kind: 'unknown' }
  return isAnythingBegun ? { status: 'incomplete', verdict, kind: 'incomplete' } : { status: 'failed', verdict, kind }
}

/** Of an abort: all of the rollback done, or not. */
export function abortOutcome({ stoppedAt }: RanSteps): RunOutcome {
  if (stoppedAt === undefined) return { status: 'aborted', verdict: 'fail', kind: undefined }
  const kind = stoppedAt.error?.kind ?? 'failed'
  if (kind === 'interrupted' || kind === 'conflict') return { status: 'incomplete', verdict: 'unknown', kind }
  return { status: 'incomplete', verdict: stoppedAt.outcome === 'unknown' ? 'unknown' : 'fail', kind: stoppedAt.outcome === 'unknown' ? 'unknown' : 'incomplete' } // prettier-ignore
}
