/** One probe of the source, in monotonic milliseconds. */
export interface ProbeResult {
  readonly startedAt: number
  readonly endedAt: number
  /** Why it failed; `undefined` when the source answered in time. */
  readonly failure: string | undefined
}

export interface Detection {
  readonly failuresInARow: number
  /** Start of the first probe of the present row of failures. */
  readonly failingSince: number | undefined
  /** t2: the end of the probe that completed the row. Final: what answers after this does not take it back. */
  readonly lostAt: number | undefined
}

export const noFailureYet: Detection = { failuresInARow: 0, failingSince: undefined, lostAt: undefined }

/** The detector's state after one more probe; lost after `failuresNeeded` failures in a row. */
export function afterProbe(before: Detection, probe: ProbeResult, failuresNeeded: number): Detection {
  if (before.lostAt !== undefined) return before
  if (probe.failure === undefined) return noFailureYet
  const failuresInARow = before.failuresInARow + 1
  return {
    failuresInARow,
    failingSince: before.failingSince ?? probe.startedAt,
    lostAt: failuresInARow >= failuresNeeded ? probe.endedAt : undefined,
  }
}
