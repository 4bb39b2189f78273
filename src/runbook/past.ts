import type { Line } from './journal-line.ts'

/**
 * What the journal says of a step.
 *
 * - none: it was not begun, or an attempt ended without doing it
 * - done: it ended well
 * - unknown: its effect was begun and nobody has written down how it ended
 */
export type PastOf = 'none' | 'done' | 'unknown'

export interface Past {
  readonly of: (step: string) => PastOf
  /** Attempts that are on record. */
  readonly attemptsOf: (step: string) => number
  /** Some effect was begun, that of a gate not counted. */
  readonly isAnythingBegun: boolean
}

export const noPast: Past = { of: () => 'none', attemptsOf: () => 0, isAnythingBegun: false }

/** @param gates steps that change nothing though they are begun and end */
export function pastFrom(lines: readonly Line[], gates: ReadonlySet<string>): Past {
  const states = new Map<string, PastOf>()
  const attempts = new Map<string, number>()
  for (const { step, phase, outcome, attempt } of lines) {
    if (step === null) continue
    attempts.set(step, Math.max(attempts.get(step) ?? 0, attempt))
    if (phase === 'intent') states.set(step, 'unknown')
    if (phase !== 'result') continue
    if (outcome === 'ok' || outcome === 'skipped') states.set(step, 'done')
    else states.set(step, outcome === 'unknown' ? 'unknown' : 'none')
  }
  return {
    of: (step) => states.get(step) ?? 'none',
    attemptsOf: (step) => attempts.get(step) ?? 0,
    isAnythingBegun: lines.some(({ phase, step }) => phase === 'intent' && step !== null && !gates.has(step)),
  }
}
