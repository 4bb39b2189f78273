import { messageOf } from '../core/errors.ts'
import type { SeenRecord } from '../core/fingerprint.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { DeniedError } from '../kafka/denied.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import { type ReadOptions, readCommitted, readStored } from '../kafka/read.ts'
import { fingerprintOf } from '../kafka/records/fingerprint.ts'
import { recordsOf } from '../kafka/records/record.ts'
import type { TopicPartition } from '../kafka/topic-partition.ts'

const readMs = 30_000
/** What is read at the most, as it is when nothing is compressed. */
const defaultMaxBytes = 256 * 1024 * 1024

export interface OffsetRange {
  readonly from: bigint
  readonly to: bigint
}

/** All records of a range, or why they could not be read. */
export type SeenRecords = { readonly records: readonly SeenRecord[] } | { readonly none: string }

export interface SeeOptions extends ReadOptions {
  /** What was aborted, or is not decided yet, as well; markers never. Default: what a read-committed consumer sees. */
  readonly isAllWritten?: boolean
  /** So many of them, the first. */
  readonly atMost?: number
  /** This one, and none behind it. */
  readonly isLast?: (record: SeenRecord) => boolean
  readonly maxBytes?: number
}

/**
 * The records of one partition with offsets in [from, to), by what they are known on another cluster.
 *
 * @throws DeniedError when they may not be read
 */
export async function seenRecords(
  cluster: Cluster,
  at: TopicPartition,
  range: OffsetRange,
  { signal, isAllWritten = false, atMost = Infinity, isLast, maxBytes = defaultMaxBytes, ...reading }: SeeOptions,
): Promise<SeenRecords> {
  return await readOr(cluster, signal, async (deadline) => {
    const options = { ...reading, signal: deadline }
    const records: SeenRecord[] = []
    let bytes = 0
    // A batch at a time: to wait for each record would take longer than to look at it.
    for await (const batch of (isAllWritten ? readStored : readCommitted)(cluster, at, range, options)) {
      if (batch.isControl) continue
      for (const record of recordsOf(batch)) {
        if (record.offset < range.from || record.offset >= range.to) continue
        const seen = fingerprintOf(record, batch.isLogAppendTime)
        records.push(seen)
        if (records.length >= atMost || isLast?.(seen) === true) return { records }
        bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
        if (bytes > maxBytes) return { none: `more than ${maxBytes / 1024 / 1024} MiB would have to be read` }
      }
    }
    return { records }
  })
}

/**
 * Whether the log still has all that was ever written at these offsets, markers included: compaction takes records, and leaves their offsets out. False when
 * that cannot be read.
 */
export async function isUncompacted(
  cluster: Cluster,
  at: TopicPartition,
  range: OffsetRange,
  { signal, ...reading }: ReadOptions,
): Promise<boolean> {
  const read = await readOr(cluster, signal, async (deadline) => {
    let next = range.from
    for await (const { baseOffset, lastOffset, recordCount } of readStored(cluster, at, range, {
      ...reading,
      signal: deadline,
    })) {
      if (baseOffset > next || BigInt(recordCount) !== lastOffset - baseOffset + 1n) return { isWhole: false }
      next = lastOffset + 1n
    }
    return { isWhole: next >= range.to }
  })
  return 'isWhole' in read && read.isWhole
}

/** What is read within its time, or why it could not be. */
async function readOr<T extends object>(
  cluster: Cluster,
  signal: AbortSignal,
  read: (deadline: AbortSignal) => Promise<T>,
): Promise<T | { readonly none: string }> {
  const deadline = withDeadline(signal, readMs)
  try {
    return await read(deadline)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DeniedError) throw error
    if (deadline.aborted) return { none: `cluster "${cluster.name}" gave no record in ${readMs / 1_000} s` }
    if (!isOfCluster(error)) throw error
    return { none: messageOf(error) }
  }
}
