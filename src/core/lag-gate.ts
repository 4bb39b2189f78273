import { textFromDurationMs } from './duration.ts'
import { doubtTexts } from './loss.ts'
import type { LagLimit } from './lag-objectives.ts'
import { futureWhy } from './next-unread.ts'

/** One partition of a mirror or a group, as the gate sees it. */
export interface GatedLag {
  /** For messages: `mirror orders/0 of link east-west`. */
  readonly what: string
  readonly status: string
  /** Undefined when it is not known; 0 when nothing is unread. */
  readonly lagMs: number | undefined
  /** The next unread record may be a later one, so that `lagMs` is no less than the lag, and may be more. */
  readonly isUpperBound?: boolean
  /** The time of the next unread record is of the future. */
  readonly isFuture: boolean
  /** Why it is not known, where a cluster answered that. */
  readonly why: string | undefined
  /** Its own, where there is not one for all. */
  readonly limit?: LagLimit | undefined
}

export interface Gate {
  /** `over` also where something else is unknown. */
  readonly verdict: 'within' | 'over' | 'unknown'
  /** Null when each has its own. */
  readonly limitMs: number | null
  /** The worst first: what is over its limit by the largest factor. */
  readonly over: readonly OverLimit[]
  readonly unknown: readonly { readonly what: string; readonly why: string }[]
  /** How many were looked at: stopped mirrors have no lag, and are not part of it; nor is what has no limit. */
  readonly counted: number
  /** How many have no limit. */
  readonly unlimited: number
}

export interface OverLimit {
  readonly what: string
  readonly lagMs: number
  readonly limitMs: number
  /** The objective that was missed; null for a limit that was given for all. */
  readonly objective: string | null
}

/**
 * Is all lag known, and within the limit? What is not known is not within.
 *
 * @param limitMs of all; null when each has its own, or none
 * @param unknown what else is not known: links that could not be asked, topics without a mirror
 */
export function lagGate(
  limitMs: number | null,
  lags: readonly GatedLag[],
  unknown: readonly { readonly what: string; readonly why: string }[],
): Gate {
  const open = lags.filter(({ status }) => status !== 'STOPPED')
  const counted = open.flatMap((lag) => {
    const limit = limitMs === null ? lag.limit : { ms: limitMs, objective: undefined }
    return limit === undefined ? [] : [{ lag, limit, verdict: lagVerdict(lag, limit.ms) }]
  })
  const over = counted
    .flatMap(({ lag: { what, lagMs = 0 }, limit, verdict }): readonly OverLimit[] =>
      verdict.kind === 'over' ? [{ what, lagMs, limitMs: limit.ms, objective: limit.objective ?? null }] : [],
    )
    .toSorted((a, b) => b.lagMs / b.limitMs - a.lagMs / a.limitMs)
  const notKnown = [
    ...unknown,
    ...counted.flatMap(({ lag: { what }, verdict }) =>
      verdict.kind === 'unknown' ? [{ what, why: verdict.why }] : [],
    ),
    ...(counted.length === 0 && unknown.length === 0 ? [{ what: 'lag', why: 'nothing matches that has any' }] : []),
  ]
  const verdict = over.length > 0 ? 'over' : notKnown.length > 0 ? 'unknown' : 'within'
  return {
    verdict,
    limitMs,
    over,
    unknown: notKnown,
    counted: counted.length,
    unlimited: open.length - counted.length,
  }
}

export type LagVerdict =
  { readonly kind: 'within' } | { readonly kind: 'over' } | { readonly kind: 'unknown'; readonly why: string }

/** Whether one partition's lag is within its limit. A figure that is a lower bound, an upper one over the limit, or cannot be trusted, is unknown. */
export function lagVerdict(lag: Omit<GatedLag, 'what' | 'limit'>, limitMs: number): LagVerdict {
  const { status, lagMs, isFuture, isUpperBound = false, why } = lag
  const unknown = (text: string): LagVerdict => ({ kind: 'unknown', why: text })
  if (status !== 'STALE' && lagMs !== undefined && lagMs > limitMs) {
    return isUpperBound ? unknown(`it lags ${textFromDurationMs(lagMs)} at most: ${doubtTexts.LATE}`) : { kind: 'over' }
  }
  const because = why === undefined ? '' : `: ${why}`
  if (status !== 'OK' && status !== 'LAGGING' && status !== 'PAUSED') return unknown(`it is ${status}${because}`)
  if (lagMs === undefined) return unknown(`the time of its next record is not known${because}`)
  return isFuture ? unknown(futureWhy) : { kind: 'within' }
}
