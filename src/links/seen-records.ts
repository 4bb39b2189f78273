import { GeorepError, messageOf } from '../core/errors.ts'
import type { SeenRecord } from '../core/fingerprint.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { DeniedError } from '../kafka/denied.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { readStored, readWithTimes } from '../kafka/read.ts'
import { fingerprintOf } from '../kafka/records/fingerprint.ts'
import { CompressedError, recordsOf } from '../kafka/records/record.ts'
import type { TopicPartition } from '../kafka/topic-partition.ts'
import { MalformedError } from '../kafka/wire/reader.ts'

const readMs = 30_000
/** What is read at the most, as it is when nothing is compressed. */
const maxBytes = 256 * 1024 * 1024

/** All records of a range, or why they could not be read. */
export type SeenRecords = { readonly records: readonly SeenRecord[] } | { readonly none: string }

export interface SeeOptions {
  readonly signal: AbortSignal
  /** What was aborted, or is not decided yet, as well; markers never. Default: what a read-committed consumer sees. */
  readonly isAllWritten?: boolean
  /** So many of them, the first. */
  readonly atMost?: number
  readonly pageBytes?: number
}

/**
 * The records of one partition with offsets in [from, to), by what they are known on another cluster.
 *
 * @throws DeniedError when they may not be read
 */
export async function seenRecords(
  cluster: Cluster,
  at: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  { signal, isAllWritten = false, atMost = Infinity, pageBytes }: SeeOptions,
): Promise<SeenRecords> {
  const deadline = withDeadline(signal, readMs)
  const options = pageBytes === undefined ? { signal: deadline } : { signal: deadline, pageBytes }
  const records: SeenRecord[] = []
  let bytes = 0
  try {
    const reading = isAllWritten ? written(cluster, at, range, options) : readWithTimes(cluster, at, range, options)
    for await (const { record, isLogAppendTime } of reading) {
      records.push(fingerprintOf(record, isLogAppendTime))
      if (records.length >= atMost) break
      bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
      if (bytes > maxBytes) return { none: `more than ${maxBytes / 1024 / 1024} MiB would have to be read` }
    }
    return { records }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DeniedError) throw error
    if (deadline.aborted) return { none: `cluster "${cluster.name}" gave no record in ${readMs / 1_000} s` }
    const isOfCluster = [BrokerError, GeorepError, MalformedError, CompressedError].some(
      (type) => error instanceof type,
    )
    if (!isOfCluster) throw error
    return { none: messageOf(error) }
  }
}

async function* written(
  cluster: Cluster,
  at: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  options: { readonly signal: AbortSignal; readonly pageBytes?: number },
): ReturnType<typeof readWithTimes> {
  for await (const batch of readStored(cluster, at, range, options)) {
    if (batch.isControl) continue
    for (const record of recordsOf(batch)) {
      if (record.offset >= range.from && record.offset < range.to) {
        yield { record, isLogAppendTime: batch.isLogAppendTime }
      }
    }
  }
}
