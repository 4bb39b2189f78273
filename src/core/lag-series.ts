import { type Measured, measured, unknown } from './measured.ts'

/** How far the canary's mirror was behind at an instant (monotonic milliseconds); undefined where the destination did not tell. */
export interface LagSample {
  readonly at: number
  readonly records: number | undefined
}

export interface LagFigures {
  /** The last that was seen before the fault. */
  readonly beforeFault: Measured
  readonly worstBeforeFault: Measured
  /** When the mirror was opened: what was acknowledged on the source by then and is not on the destination. */
  readonly atFailover: Measured
}

/**
 * The lag of the canary's mirror, acknowledged records that it does not hold.
 *
 * @param cutAt from when on the source's records could not be mirrored any more
 */
export function lagFrom(samples: readonly LagSample[], cutAt: number, atFailover: Measured): LagFigures {
  const before = samples.flatMap(({ at, records }) => (at <= cutAt && records !== undefined ? [records] : []))
  const last = before.at(-1)
  const nothing = unknown('records', 'the lag was not seen before the fault')
  return {
    beforeFault: last === undefined ? nothing : measured(last, 'records'),
    worstBeforeFault: last === undefined ? nothing : measured(Math.max(...before), 'records'),
    atFailover,
  }
}
