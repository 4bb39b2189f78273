/**
 * How the time of the next unread record was found.
 *
 * - exact: it is the record's own
 * - approx: the next record that is there, or one written within a second of it
 * - est: of the batch that the record is in, whose codec is not known; it is not younger than that
 */
export type LagMethod = 'exact' | 'approx' | 'est'

export interface NextUnread {
  /** Milliseconds of the epoch. */
  readonly timestampMs: bigint
  readonly method: LagMethod
  /** The broker's clock and not the producer's: KIP-32. */
  readonly isLogAppendTime: boolean
}

/** What a stored batch tells of its records. */
export interface BatchTimes {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly recordCount: number
  readonly baseTimestampMs: bigint
  readonly maxTimestampMs: bigint
  readonly isLogAppendTime: boolean
  readonly isControl: boolean
}

interface RecordTime {
  readonly offset: bigint
  readonly timestampMs: bigint
}

const spansLittleMs = 1_000n

/**
 * The first record at or after an offset, in batches as they are stored.
 *
 * @param timesOf the records of a batch, or undefined when they cannot be read; asked only where the header does not tell
 * @returns 'none' when none of the batches has such a record, undefined when it has no time
 */
export function nextUnread<B extends BatchTimes>(
  offset: bigint,
  batches: readonly B[],
  timesOf: (batch: B) => readonly RecordTime[] | undefined,
): NextUnread | 'none' | undefined {
  for (const batch of batches) {
    if (batch.isControl || batch.lastOffset < offset || batch.recordCount === 0) continue
    const found = within(offset, batch, timesOf)
    if (found === 'none') continue
    return found.timestampMs < 0n ? undefined : { ...found, isLogAppendTime: batch.isLogAppendTime }
  }
  return 'none'
}

function within<B extends BatchTimes>(
  offset: bigint,
  batch: B,
  timesOf: (batch: B) => readonly RecordTime[] | undefined,
): Omit<NextUnread, 'isLogAppendTime'> | 'none' {
  const { baseOffset, lastOffset, recordCount, baseTimestampMs, maxTimestampMs } = batch
  // Compaction takes records out of a batch, and leaves its first time.
  const isWhole = BigInt(recordCount) === lastOffset - baseOffset + 1n
  if (batch.isLogAppendTime && isWhole) {
    return { timestampMs: maxTimestampMs, method: offset < baseOffset ? 'approx' : 'exact' }
  }
  if (offset <= baseOffset && isWhole) {
    return { timestampMs: baseTimestampMs, method: offset === baseOffset ? 'exact' : 'approx' }
  }
  const records = timesOf(batch)
  if (records !== undefined) {
    const record = records.find((one) => one.offset >= offset)
    if (record === undefined) return 'none'
    return { timestampMs: record.timestampMs, method: record.offset === offset ? 'exact' : 'approx' }
  }
  if (batch.isLogAppendTime) return { timestampMs: maxTimestampMs, method: 'approx' }
  return { timestampMs: baseTimestampMs, method: maxTimestampMs - baseTimestampMs <= spansLittleMs ? 'approx' : 'est' }
}

export interface LagAge {
  /** Never below zero. */
  readonly lagMs: number
  /** The record is from later than now: one of the clocks is wrong, and the figure with it. */
  readonly isFuture: boolean
}

/** Why an age is not known that `isFuture`. */
export const futureWhy = 'the time of its next record is of the future'

/** How long ago the next unread record was written; 0 when none is left to be read. */
export function ageOfUnread(next: NextUnread | 'none', now: Date): LagAge {
  if (next === 'none') return { lagMs: 0, isFuture: false }
  const { timestampMs } = next
  const ms = BigInt(now.getTime()) - timestampMs
  return ms < 0n ? { lagMs: 0, isFuture: true } : { lagMs: Number(ms), isFuture: false }
}
