/** One write or one read that was due at an instant of the open-loop schedule (monotonic milliseconds). */
export interface Slot {
  readonly dueAt: number
  /** When it was done; `undefined` when it failed, or was not done while we looked. */
  readonly doneAt: number | undefined
}

export interface SteadyStateOptions {
  /** max(t6, t7): nothing before it counts, good or bad. */
  readonly earliest: number
  /** How long writes and reads have to hold. */
  readonly holdMs: number
  /** A slot done later than this after it was due counts as failed. */
  readonly lateAfterMs: number
  /** Until when the slots were watched. Slots that are not yet late then are no evidence, neither way. */
  readonly observedUntil: number
}

export type SteadyState = { readonly at: number } | { readonly at: undefined; readonly why: string }

interface Trouble {
  readonly from: number
  readonly to: number
}

/**
 * The first instant from `earliest` on after which canary writes and reads hold for `holdMs`: no failed and no late slot, of which
 * there must have been some.
 */
export function steadyStateFrom(
  writes: readonly Slot[],
  reads: readonly Slot[],
  { earliest, holdMs, lateAfterMs, observedUntil }: SteadyStateOptions,
): SteadyState {
  const slots = [...writes, ...reads]
  const troubles = slots
    .map((slot) => troubleOf(slot, lateAfterMs, observedUntil))
    .filter((trouble) => trouble !== undefined)
    .filter(({ to }) => to >= earliest)
    .toSorted((a, b) => a.from - b.from)
  const goodAts = slots
    .filter(({ dueAt, doneAt }) => doneAt !== undefined && doneAt - dueAt <= lateAfterMs && doneAt >= earliest)
    .map(({ doneAt }) => doneAt as number)
    .toSorted((a, b) => a - b)

  let at = earliest
  let next = 0
  for (const { from, to } of troubles) {
    if (from > at + holdMs) break
    if (to < at) continue
    while (next < goodAts.length && (goodAts[next] as number) <= to) next++
    const recovered = goodAts[next]
    if (recovered === undefined) return { at: undefined, why: 'writes or reads failed or were late up to the end' }
    at = recovered
  }
  if (observedUntil < at + holdMs) {
    return { at: undefined, why: `watched for ${Math.max(0, Math.round(observedUntil - at))} ms of the ${holdMs} ms` }
  }
  for (const [name, some] of [['write', writes] as const, ['read', reads] as const]) {
    const isSeen = some.some(({ doneAt }) => doneAt !== undefined && doneAt >= at && doneAt <= at + holdMs)
    if (!isSeen) return { at: undefined, why: `no canary ${name} was seen in the time that had to hold` }
  }
  return { at }
}

/** The time during which this slot shows that the service was not steady; `undefined` when it does not. */
function troubleOf({ dueAt, doneAt }: Slot, lateAfterMs: number, observedUntil: number): Trouble | undefined {
  if (doneAt === undefined) return dueAt + lateAfterMs <= observedUntil ? { from: dueAt, to: dueAt } : undefined
  return doneAt - dueAt > lateAfterMs ? { from: dueAt, to: doneAt } : undefined
}
