/** A figure with its error, in one unit. `value` is null when it could not be determined, and `why` says the reason. */
export interface Measured {
  readonly value: number | null
  /** Plus or minus, in `unit`; null where the figure is exact by construction or unknown. */
  readonly error: number | null
  readonly unit: 'ms' | 'records' | 'records/s'
  readonly why: string | null
}

export function measured(
  value: number,
  unit: Measured['unit'],
  error: number | null = null,
  why: string | null = null,
): Measured {
  return { value: tenths(value), error: error === null ? null : tenths(error), unit, why }
}

/** No clock here is better than a tenth of a millisecond. */
function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

/** Unknown is a value of its own, never zero. */
export function unknown(unit: Measured['unit'], why: string): Measured {
  return { value: null, error: null, unit, why }
}
