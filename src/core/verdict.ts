import type { Measured } from './measured.ts'

/** Exit codes: pass 0, fail (objective missed) 3, unknown 4, splitBrain 1. */
export type DrillVerdict = 'pass' | 'fail' | 'unknown' | 'splitBrain'

/** `undefined` = no objective for that figure. */
export interface Objectives {
  readonly rtoMs: number | undefined
  readonly rpoMs: number | undefined
  readonly rpoRecords: number | undefined
}

export type ObjectiveName = keyof Objectives

export interface DrillActuals {
  readonly rtoService: Measured
  /** How long the service had been away when we stopped looking; `undefined` when it came back. */
  readonly rtoAtLeastMs: number | undefined
  readonly rpoMs: Measured
  /** Of the partitions of which it is known; holds also while `rpoMs` is null. */
  readonly rpoAtLeastMs: number
  readonly rpoRecords: Measured
  /** Seen lost; holds also while `rpoRecords` is null. */
  readonly lostAtLeast: number
  /** The N of "none observed of N". */
  readonly acknowledged: number
  /** Records at another offset than the source's, where the engine promises identical ones; 0 where it does not. */
  readonly misplaced: number
  /** Records that arrived and that a group will not read; `undefined` when no group took part. */
  readonly skipped: Measured | undefined
  /** Of them, those that were seen: it holds also while `skipped` is unknown. */
  readonly skippedAtLeast: number
  /** Records of the source that the mirror took after it was opened; `undefined` when none was seen, and not all was looked at. */
  readonly mirroredLate: number | undefined
}

/** How far the clock of each cluster is ahead of the observer's. */
export interface Clocks {
  readonly source: Measured
  readonly destination: Measured
}

/** A clock that is off by more than this part of an objective makes the seconds that it tells no good. */
const clockPart = 0.1

/** Whether clients went on writing to the old source after the destination had become writable. */
export type SplitBrainEvidence =
  | { readonly kind: 'checked'; readonly acknowledgedAfterT5: number }
  | { readonly kind: 'unknown'; readonly why: string }
  /** A drill that leaves the source alone, such as a practice drill. */
  | { readonly kind: 'notExercised'; readonly why: string }

export interface Validity {
  /** The observer's own event loop: while it stood still, no instant was seen on time. `undefined` when it was not measured. */
  readonly loopDelayP99Ms: number | undefined
  readonly canaryEveryMs: number
}

export type Finding =
  | { readonly kind: 'splitBrain'; readonly acknowledgedAfterT5: number }
  | { readonly kind: 'splitBrainUnknown'; readonly why: string }
  | { readonly kind: 'splitBrainNotExercised'; readonly why: string }
  | {
      readonly kind: 'objectiveMissed'
      readonly objective: ObjectiveName
      readonly limit: number
      readonly actual: number
      readonly error: number | null
      /** The actual is a lower bound. */
      readonly isLowerBound: boolean
    }
  | {
      readonly kind: 'objectiveUnknown'
      readonly objective: ObjectiveName
      readonly limit: number
      readonly why: string
    }
  /** Met, but the error bar reaches beyond the limit. */
  | {
      readonly kind: 'withinErrorBar'
      readonly objective: ObjectiveName
      readonly limit: number
      readonly actual: number
      readonly error: number
    }
  | { readonly kind: 'misplaced'; readonly records: number }
  | { readonly kind: 'skippedByGroups'; readonly records: number }
  | { readonly kind: 'skippedByGroupsUnknown'; readonly why: string }
  | { readonly kind: 'mirroredLate'; readonly records: number }
  | {
      readonly kind: 'clockSkew'
      readonly cluster: keyof Clocks
      readonly skewMs: number
      readonly errorMs: number
      /** The tenth of the objective beyond which it is. */
      readonly limitMs: number
    }
  /** By no act of the drill: what was measured is not what was to be. */
  | { readonly kind: 'lostForReal'; readonly why: string }
  | { readonly kind: 'observerTooSlow'; readonly loopDelayP99Ms: number; readonly canaryEveryMs: number }
  | { readonly kind: 'observerNotMeasured' }
  /** Never "zero lost": a canary is a sample. */
  | { readonly kind: 'noneLostObserved'; readonly of: number }

export interface Judgement {
  readonly verdict: DrillVerdict
  readonly findings: readonly Finding[]
}

/**
 * The verdict, and everything that led to it.
 *
 * - Split brain outranks all. Then over a limit and unknown at once is `fail`, with both among the findings.
 * - A value above its limit fails, whatever its error bar: the bar is not a licence. A value at or below its limit passes, and when the bar
 *   reaches above it the finding `withinErrorBar` says so.
 * - A figure that is unknown is over its limit nevertheless when a lower bound of it is: a service that did not come back in time, or enough
 *   records seen lost.
 * - Without a valid observer (event loop delay p99 above the canary's interval) the times decide nothing, while counted records still do.
 * - A source that was lost for real, and not by the drill, leaves figures of something else: they are no pass.
 * - Misplaced records fail: every committed offset on that partition then names another record than the group thinks. Records skipped by a group
 *   fail: for that group they are lost.
 */
export function judge(
  actuals: DrillActuals,
  objectives: Objectives,
  evidence: {
    readonly splitBrain: SplitBrainEvidence
    /** See `DrillObservations`. */
    readonly lostForRealWhy?: string | undefined
    readonly validity: Validity
    readonly clocks: Clocks
  },
): Judgement {
  const validity = validityFinding(evidence.validity)
  const invalid = validity === undefined ? undefined : 'the observer was not fast enough, or not measured'
  const findings: readonly (Finding | undefined)[] = [
    splitBrainFinding(evidence.splitBrain),
    evidence.lostForRealWhy === undefined ? undefined : { kind: 'lostForReal', why: evidence.lostForRealWhy },
    ...compare('rtoMs', objectives.rtoMs, actuals.rtoService, actuals.rtoAtLeastMs, invalid),
    ...compare('rpoMs', objectives.rpoMs, actuals.rpoMs, actuals.rpoAtLeastMs, invalid),
    ...compare('rpoRecords', objectives.rpoRecords, actuals.rpoRecords, actuals.lostAtLeast, undefined),
    actuals.misplaced > 0 ? { kind: 'misplaced', records: actuals.misplaced } : undefined,
    ...skipFindings(actuals.skipped, actuals.skippedAtLeast),
    (actuals.mirroredLate ?? 0) > 0 ? { kind: 'mirroredLate', records: actuals.mirroredLate ?? 0 } : undefined,
    validity,
    ...(['source', 'destination'] as const).map((cluster) => clockFinding(cluster, evidence.clocks, objectives)),
    actuals.rpoRecords.value === 0 ? { kind: 'noneLostObserved', of: actuals.acknowledged } : undefined,
  ]
  const kept = findings.filter((finding) => finding !== undefined)
  return { verdict: verdictOfFindings(kept), findings: kept }
}

const weight = {
  splitBrain: 'splitBrain',
  objectiveMissed: 'fail',
  misplaced: 'fail',
  skippedByGroups: 'fail',
  mirroredLate: 'fail',
  objectiveUnknown: 'unknown',
  skippedByGroupsUnknown: 'unknown',
  splitBrainUnknown: 'unknown',
  lostForReal: 'unknown',
  observerTooSlow: 'unknown',
  observerNotMeasured: 'unknown',
  splitBrainNotExercised: 'pass',
  // RTO and RPO are told by the observer's clock alone; what the clusters' clocks tell has no objective.
  clockSkew: 'pass',
  withinErrorBar: 'pass',
  noneLostObserved: 'pass',
} as const satisfies Record<Finding['kind'], DrillVerdict>

function verdictOfFindings(findings: readonly Finding[]): DrillVerdict {
  const seen = new Set<DrillVerdict>(findings.map(({ kind }) => weight[kind]))
  const order: readonly DrillVerdict[] = ['splitBrain', 'fail', 'unknown']
  return order.find((verdict) => seen.has(verdict)) ?? 'pass'
}

function splitBrainFinding(evidence: SplitBrainEvidence): Finding | undefined {
  if (evidence.kind === 'unknown') return { kind: 'splitBrainUnknown', why: evidence.why }
  if (evidence.kind === 'notExercised') return { kind: 'splitBrainNotExercised', why: evidence.why }
  const { acknowledgedAfterT5 } = evidence
  return acknowledgedAfterT5 > 0 ? { kind: 'splitBrain', acknowledgedAfterT5 } : undefined
}

function validityFinding({ loopDelayP99Ms, canaryEveryMs }: Validity): Finding | undefined {
  if (loopDelayP99Ms === undefined) return { kind: 'observerNotMeasured' }
  return loopDelayP99Ms > canaryEveryMs ? { kind: 'observerTooSlow', loopDelayP99Ms, canaryEveryMs } : undefined
}

function clockFinding(
  cluster: keyof Clocks,
  clocks: Clocks,
  { rtoMs = Infinity, rpoMs = Infinity }: Objectives,
): Finding | undefined {
  const { value: skewMs, error } = clocks[cluster]
  const limitMs = Math.min(rtoMs, rpoMs) * clockPart
  const errorMs = error ?? 0
  // Not the error: a slow answer says nothing about the clock.
  return skewMs === null || Math.abs(skewMs) - errorMs <= limitMs
    ? undefined
    : { kind: 'clockSkew', cluster, skewMs, errorMs, limitMs }
}

function skipFindings(skipped: Measured | undefined, atLeast: number): readonly Finding[] {
  if (skipped === undefined) return []
  const records = skipped.value ?? atLeast
  return [
    ...(records > 0 ? [{ kind: 'skippedByGroups', records } as const] : []),
    ...(skipped.value === null ? [{ kind: 'skippedByGroupsUnknown', why: skipped.why ?? 'it was not measured' } as const] : []), // prettier-ignore
  ]
}

function compare(
  objective: ObjectiveName,
  limit: number | undefined,
  { value: actual, error, why }: Measured,
  atLeast: number | undefined,
  invalid: string | undefined,
): readonly Finding[] {
  if (limit === undefined) return []
  if (actual === null || invalid !== undefined) {
    const reason = why ?? invalid ?? 'it was not measured'
    const findings: Finding[] = [{ kind: 'objectiveUnknown', objective, limit, why: reason }]
    if (invalid === undefined && atLeast !== undefined && atLeast > limit) {
      findings.unshift({ kind: 'objectiveMissed', objective, limit, actual: atLeast, error: null, isLowerBound: true })
    }
    return findings
  }
  if (actual > limit) return [{ kind: 'objectiveMissed', objective, limit, actual, error, isLowerBound: false }]
  if (error !== null && actual + error > limit) return [{ kind: 'withinErrorBar', objective, limit, actual, error }]
  return []
}
