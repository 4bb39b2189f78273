import type { ErrorCode, ErrorKind } from '../core/errors.ts'

/**
 * What a look at the world says of a step.
 *
 * - done: what it is to bring about is so
 * - notDone: it is not so; `what` says what would be done
 * - blocked: it is not so, and something stands in the way
 * - unknown: it could not be found out
 */
export type Observation =
  | { readonly kind: 'done' | 'notDone'; readonly what: string }
  | { readonly kind: 'blocked' | 'unknown'; readonly why: string }

/**
 * How it is known that a step is done, which is also what may be done about one that was begun and of which nobody knows how it ended.
 *
 * - check: it changes nothing; it is looked at until it is so or the time is up
 * - gate: it changes nothing; it is passed, or not
 * - observed: it is looked at after the effect; one that was cut short is looked at and, where it is not done, done
 * - repeatable: the effect ends well or not, and doing it twice is as good as once
 * - once: the effect ends well or not, and it is never repeated without being told so
 */
export type Certainty = 'check' | 'gate' | 'observed' | 'repeatable' | 'once'

export interface Deeds {
  readonly certainty: Certainty
  /** Is it true already? Changes nothing. Throws what keeps it from being found out. */
  readonly observe: (options: { readonly signal: AbortSignal }) => Promise<Observation>
  /** Makes it true. Of a check it is never called. @returns what came of it, for the journal */
  readonly apply: (options: { readonly signal: AbortSignal }) => Promise<string | undefined>
  /** What `apply` may take beyond the step's time-out, which it keeps itself, to leave things in order. */
  readonly graceMs?: number
}

export const failurePolicies = ['abort', 'continue', 'rollback'] as const
export type FailurePolicy = (typeof failurePolicies)[number]

/** A step of a runbook, on a link. */
export interface Step extends Deeds {
  readonly id: string
  readonly kind: string
  /** What it does, one sentence without a full stop. */
  readonly does: string
  /** For one attempt. */
  readonly timeoutMs: number
  readonly attempts: number
  readonly onFailure: FailurePolicy
}

/** Why a step did not end well. */
export interface StepError {
  readonly kind: ErrorKind
  readonly code: ErrorCode
  readonly message: string
}

/**
 * - ok: done by this run
 * - skipped: it was so already, or the operator said to leave it out
 * - fail: it is not so
 * - unknown: nobody knows whether it is so
 */
export type StepOutcome = 'ok' | 'skipped' | 'fail' | 'unknown'

/** How a step ended, in this process. */
export interface StepEnd {
  readonly step: Step
  readonly outcome: StepOutcome
  readonly attempts: number
  /** What was seen, or what stood in the way. */
  readonly what: string
  readonly error: StepError | undefined
  readonly startedAt: string
  readonly endedAt: string
  /** Its effect was begun by this process. */
  readonly isApplied: boolean
}
