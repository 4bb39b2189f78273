import type { MirrorStateName } from './mirror-state.ts'
import type { Offset } from './offset.ts'

/**
 * What the lag of one partition says.
 *
 * - OK: the mirror has all that the source has.
 * - LAGGING: records are missing, and how many is known.
 * - AHEAD: the mirror holds more than the source: one of them is not what it was.
 * - PAUSED: as LAGGING or OK, and nothing is carried until it is resumed.
 * - STALE: the source was not asked now, or did not tell; the figure is a lower bound, from when it was last seen.
 * - FAILED: the mirror does not go on.
 * - STOPPED: the mirror is a topic of its own; it has no lag.
 * - UNKNOWN: one of the ends was never read, or could not be read now.
 */
export type LagStatus = 'OK' | 'LAGGING' | 'PAUSED' | 'AHEAD' | 'STALE' | 'FAILED' | 'STOPPED' | 'UNKNOWN'

export interface MirrorLag {
  /** In records, below zero when AHEAD; undefined when it is not known, or the mirror stopped. */
  readonly records: bigint | undefined
  readonly status: LagStatus
}

/** The lag of one partition of a mirror. The mirror's end was read before the source's, so that a figure below zero is real. */
export function mirrorLag(
  state: MirrorStateName,
  sourceEnd: { readonly offset: Offset; readonly isCurrent: boolean } | undefined,
  mirrored: Offset | undefined,
): MirrorLag {
  if (state === 'STOPPED') return { records: undefined, status: 'STOPPED' }
  if (sourceEnd === undefined || mirrored === undefined) return { records: undefined, status: 'UNKNOWN' }
  const difference = sourceEnd.offset - mirrored
  if (!sourceEnd.isCurrent) {
    // The mirror may have gone on since the source's end was written down.
    const records = difference < 0n ? 0n : difference
    return { records, status: state === 'FAILED' ? 'FAILED' : 'STALE' }
  }
  if (difference < 0n) return { records: difference, status: 'AHEAD' }
  if (state === 'FAILED') return { records: difference, status: 'FAILED' }
  if (state === 'PAUSED') return { records: difference, status: 'PAUSED' }
  return { records: difference, status: difference === 0n ? 'OK' : 'LAGGING' }
}

const severity: Readonly<Record<LagStatus, number>> = {
  UNKNOWN: 0,
  AHEAD: 1,
  FAILED: 2,
  STALE: 3,
  LAGGING: 3,
  PAUSED: 3,
  OK: 4,
  STOPPED: 5,
}

/** Worst first: what is not known, what is wrong, then by records. */
export function compareLag(a: MirrorLag, b: MirrorLag): number {
  const bySeverity = severity[a.status] - severity[b.status]
  if (bySeverity !== 0) return bySeverity
  const [left, right] = [a.records ?? 0n, b.records ?? 0n]
  return left === right ? 0 : left > right ? -1 : 1
}
