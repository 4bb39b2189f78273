import type { Line } from './journal-line.ts'
import type { Step } from './step.ts'

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

/** What the operator says about a step of which nobody knows how it ended. */
export type Decision = 'redo' | 'skip'
export type Decisions = ReadonlyMap<string, Decision>

/** Why a step is not come to again, whatever the world is like; undefined when it is. */
export function whyLeftOut(step: Pick<Step, 'id' | 'certainty'>, past: Past, decisions: Decisions): string | undefined {
  if (decisions.get(step.id) === 'skip') return 'left out, by the word of the operator'
  return past.of(step.id) === 'done' && isTakenFromJournal(step, past) ? 'done before, by the journal' : undefined
}

/** What cannot be looked at again is taken from the journal; so are checks, once something was changed that they would not pass any more. */
function isTakenFromJournal({ certainty }: Pick<Step, 'certainty'>, past: Past): boolean {
  if (certainty === 'check') return past.isAnythingBegun
  return certainty !== 'observed'
}

/** Why a step that is not seen to be done is not begun again either; undefined when it is. */
export function whyNotAgain(
  step: Pick<Step, 'id' | 'certainty'>,
  past: Past,
  decisions: Decisions,
): string | undefined {
  const isUnknown = step.certainty === 'once' && past.of(step.id) === 'unknown' && decisions.get(step.id) !== 'redo'
  return isUnknown ? 'it was begun, and nobody knows how it ended' : undefined
}

/** Steps that change nothing though they are begun and end. */
export function gatesOf(steps: readonly Pick<Step, 'id' | 'certainty'>[]): ReadonlySet<string> {
  return new Set(steps.filter(({ certainty }) => certainty === 'gate').map(({ id }) => id))
}

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
