/** A drill that passed. */
export interface PassedDrill {
  /** Wall clock, milliseconds. */
  readonly endedAtMs: number
}

export type DrillDue<Passed extends PassedDrill> =
  /** The last one is young enough. */
  | { readonly kind: 'done'; readonly last: Passed; readonly ageMs: number }
  /** It is too old, or there is none. */
  | { readonly kind: 'due'; readonly last: Passed | undefined; readonly ageMs: number | undefined }
  | { readonly kind: 'unknown'; readonly last: Passed; readonly why: string }

/** Clocks of two machines that share a history may be so far apart. */
const clockToleranceMs = 300_000

/** Whether a drill that has to be passed every so often is due. A pass that is yet to come is a clock that is wrong, and no proof. */
export function drillDue<Passed extends PassedDrill>(
  passed: readonly Passed[],
  { everyMs, nowMs }: { readonly everyMs: number; readonly nowMs: number },
): DrillDue<Passed> {
  const [last] = passed.toSorted((a, b) => b.endedAtMs - a.endedAtMs)
  if (last === undefined) return { kind: 'due', last, ageMs: undefined }
  const ageMs = nowMs - last.endedAtMs
  if (ageMs < -clockToleranceMs) {
    return { kind: 'unknown', last, why: 'the last drill that passed ended in the future: a clock is wrong' }
  }
  return { kind: ageMs > everyMs ? 'due' : 'done', last, ageMs: Math.max(0, ageMs) }
}
