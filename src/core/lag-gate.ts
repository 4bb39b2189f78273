/** One partition of a mirror or a group, as the gate sees it. */
export interface GatedLag {
  /** For messages: `mirror orders/0 of link east-west`. */
  readonly what: string
  readonly status: string
  /** Undefined when it is not known; 0 when nothing is unread. */
  readonly lagMs: number | undefined
  /** The time of the next unread record is of the future. */
  readonly isFuture: boolean
  /** Why it is not known, where a cluster answered that. */
  readonly why: string | undefined
}

export interface Gate {
  /** `over` also where something else is unknown. */
  readonly verdict: 'within' | 'over' | 'unknown'
  readonly limitMs: number
  /** The worst first. */
  readonly over: readonly { readonly what: string; readonly lagMs: number }[]
  readonly unknown: readonly { readonly what: string; readonly why: string }[]
  /** How many were looked at: stopped mirrors have no lag, and are not part of it. */
  readonly counted: number
}

/**
 * Is all lag known, and within the limit? What is not known is not within.
 *
 * @param unknown what else is not known: links that could not be asked, topics without a mirror
 */
export function lagGate(
  limitMs: number,
  lags: readonly GatedLag[],
  unknown: readonly { readonly what: string; readonly why: string }[],
): Gate {
  const counted = lags.filter(({ status }) => status !== 'STOPPED')
  const over = counted
    .flatMap(({ what, lagMs, status }) =>
      status !== 'STALE' && lagMs !== undefined && lagMs > limitMs ? [{ what, lagMs }] : [],
    )
    .toSorted((a, b) => b.lagMs - a.lagMs)
  const isOver = new Set(over.map(({ what }) => what))
  const notKnown = [
    ...unknown,
    ...counted.flatMap((one) => {
      const why = isOver.has(one.what) ? undefined : whyUnknown(one)
      return why === undefined ? [] : [{ what: one.what, why }]
    }),
    ...(counted.length === 0 && unknown.length === 0 ? [{ what: 'lag', why: 'nothing matches that has any' }] : []),
  ]
  const verdict = over.length > 0 ? 'over' : notKnown.length > 0 ? 'unknown' : 'within'
  return { verdict, limitMs, over, unknown: notKnown, counted: counted.length }
}

function whyUnknown({ status, lagMs, isFuture, why }: GatedLag): string | undefined {
  const because = why === undefined ? '' : `: ${why}`
  if (status !== 'OK' && status !== 'LAGGING' && status !== 'PAUSED') return `it is ${status}${because}`
  if (lagMs === undefined) return `the time of its next record is not known${because}`
  return isFuture ? 'the time of its next record is of the future' : undefined
}
