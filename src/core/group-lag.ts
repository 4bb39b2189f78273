import type { Offset } from './offset.ts'

/**
 * What the lag of one partition of a consumer group says.
 *
 * - OK: the group has read all that is there.
 * - LAGGING: records are unread, and how many is known.
 * - AHEAD: the commit is past the end: the topic is not what it was.
 * - LOST: retention has passed the commit; the records are those that can still be read.
 * - STALE: the source was not asked now. The place is the one that was last copied to the destination.
 * - UNKNOWN: the place or an end is not known: nothing was committed there, or it could not be read.
 */
export type GroupLagStatus = 'OK' | 'LAGGING' | 'AHEAD' | 'LOST' | 'STALE' | 'UNKNOWN'

export interface GroupLag {
  /** In offsets, below zero when AHEAD; undefined when it is not known. */
  readonly records: bigint | undefined
  readonly status: GroupLagStatus
}

/** Of one partition, for a group. */
export interface ReadableLog {
  readonly start: Offset
  /** Up to where the group is to read: the high watermark, or for readers of what is committed the last stable offset. */
  readonly end: Offset
  /** Where that is not the end. */
  readonly highWatermark?: Offset
}

/**
 * The lag of one partition of a group. Commits were read before the ends, so that a figure below zero is real.
 *
 * @param committed undefined when nothing was committed
 * @param log undefined when it could not be read
 */
export function groupLag(committed: Offset | undefined, log: ReadableLog | undefined): GroupLag {
  if (log === undefined) return { records: undefined, status: 'UNKNOWN' }
  if (committed === undefined) {
    // Wherever a reader begins, there is nothing to be read. Of a log with records nobody knows where it would begin.
    return log.start === log.end ? { records: 0n, status: 'OK' } : { records: undefined, status: 'UNKNOWN' }
  }
  // What is in an open transaction was perhaps read by somebody who reads what is not committed, too.
  if (committed > log.end && committed <= (log.highWatermark ?? log.end)) return { records: 0n, status: 'OK' }
  if (committed > log.end) return { records: (log.highWatermark ?? log.end) - committed, status: 'AHEAD' }
  if (committed < log.start) return { records: log.end - log.start, status: 'LOST' }
  const records = log.end - committed
  return { records, status: records === 0n ? 'OK' : 'LAGGING' }
}

/** The lag by what was last known of a source that does not answer: how much more there is nobody knows. */
export function staleGroupLag(committed: Offset | undefined, lastEnd: Offset | undefined): GroupLag {
  if (committed === undefined || lastEnd === undefined) return { records: undefined, status: 'UNKNOWN' }
  return { records: lastEnd > committed ? lastEnd - committed : 0n, status: 'STALE' }
}

const severity: Readonly<Record<GroupLagStatus, number>> = { UNKNOWN: 0, AHEAD: 1, LOST: 2, STALE: 3, LAGGING: 3, OK: 4 } // prettier-ignore

/** Worst first: what is not known, what is wrong, then by records. */
export function compareGroupLag(a: GroupLag, b: GroupLag): number {
  const bySeverity = severity[a.status] - severity[b.status]
  if (bySeverity !== 0) return bySeverity
  const [left, right] = [a.records ?? 0n, b.records ?? 0n]
  return left === right ? 0 : left > right ? -1 : 1
}
