import { type Measured, measured, unknown } from './measured.ts'

/** One append to a topic that takes append times. */
export interface ClockSample {
  /** The asking side's wall clock when it sent, milliseconds. */
  readonly sentMs: number
  /** From sending to the answer. */
  readonly roundTripMs: number
  /** The broker's clock when it appended. */
  readonly appendedMs: number
}

/** The broker tells whole milliseconds, and so does the wall clock here. */
const resolutionMs = 1

/**
 * How far the broker's clock is ahead of ours: its time minus the middle between sending and answer, by the sample whose answer came quickest. It may
 * have appended at either end of that time, so the error is half of it.
 */
export function clockSkewFrom(samples: readonly ClockSample[]): Measured {
  const [best] = samples.toSorted((a, b) => a.roundTripMs - b.roundTripMs)
  if (best === undefined) return unknown('ms', 'the clock was not asked')
  const { sentMs, roundTripMs, appendedMs } = best
  return measured(appendedMs - (sentMs + roundTripMs / 2), 'ms', roundTripMs / 2 + resolutionMs)
}
