import type { Measured } from './measured.ts'

/** How one figure came out over several runs. */
export interface Distribution {
  readonly unit: Measured['unit']
  readonly min: number | null
  readonly median: number | null
  readonly p90: number | null
  readonly max: number | null
  /** The widest of the error bars. */
  readonly error: number | null
  readonly known: number
  /** Runs in which it could not be determined. They have no place in the order, and nothing is put in theirs. */
  readonly unknown: number
}

export function distributionOf(figures: readonly (Measured | undefined)[], unit: Measured['unit']): Distribution {
  const known = figures
    .flatMap((one) => (one === undefined || one.value === null ? [] : [one.value]))
    .toSorted((a, b) => a - b)
  const errors = figures.flatMap((one) => (one?.error == null ? [] : [one.error]))
  return {
    unit,
    min: known[0] ?? null,
    median: quantile(known, 0.5),
    p90: quantile(known, 0.9),
    max: known.at(-1) ?? null,
    error: errors.length === 0 ? null : Math.max(...errors),
    known: known.length,
    unknown: figures.length - known.length,
  }
}

/** Nearest rank: a value that was measured, never one between two. */
function quantile(sorted: readonly number[], part: number): number | null {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null
}
