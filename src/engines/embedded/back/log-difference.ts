import { isAlike } from '../../../core/fingerprint.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { LastBatch } from '../../../kafka/last-batch.ts'
import { readStored } from '../../../kafka/read.ts'
import type { Batch } from '../../../kafka/records/batch.ts'
import { fingerprintOf } from '../../../kafka/records/fingerprint.ts'
import { recordsOf } from '../../../kafka/records/record.ts'
import type { TopicPartition } from '../../../kafka/topic-partition.ts'

/** How many offsets are looked back at first, and how much more each time: hidden offsets may stand behind the last record. */
const window = 64n

/** One partition's log, with where it starts. */
export interface Log extends TopicPartition {
  readonly cluster: Cluster
  readonly start: bigint
}

/**
 * Why two logs that hold the same up to `end` do not, as far as the last records of the mirror before it tell; undefined when they do, and when retention
 * has left none of them on one side. Records are compared, not batches: a mirror may have been compressed otherwise.
 *
 * @throws BrokerError, MalformedError: it could not be looked at
 */
export async function logDifference(
  mirror: Log,
  source: Log,
  end: bigint,
  options: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const last = await lastDataBefore(mirror, end, options)
  if (last === undefined || last.lastOffset < source.start) return undefined
  const range = { from: last.baseOffset < source.start ? source.start : last.baseOffset, to: last.lastOffset + 1n }
  const there = new Map<bigint, ReturnType<typeof fingerprintOf>>()
  for await (const batch of readStored(source.cluster, source, range, options)) {
    if (batch.isControl) continue
    for (const record of recordsOf(batch)) there.set(record.offset, fingerprintOf(record, batch.isLogAppendTime))
  }
  for (const record of recordsOf(last)) {
    if (record.offset < range.from) continue
    const other = there.get(record.offset)
    if (other !== undefined && isAlike(fingerprintOf(record, last.isLogAppendTime), other)) continue
    const what = other === undefined ? 'has none' : 'has another one'
    return `the record at offset ${record.offset.toString()} of "${mirror.cluster.name}" is not on "${source.cluster.name}", which ${what} there`
  }
  return undefined
}

/** The last batch of records that ends before the offset. What was aborted there before the two were a mirror and its source is hidden in the other. */
async function lastDataBefore(
  log: Log,
  end: bigint,
  options: { readonly signal: AbortSignal },
): Promise<Batch | undefined> {
  for (let back = window; ; back *= window) {
    const from = end - back < log.start ? log.start : end - back
    if (from >= end) return undefined
    const last = new LastBatch()
    for await (const batch of readStored(log.cluster, log, { from, to: end }, options)) {
      if (batch.lastOffset < end) last.read(batch)
    }
    if (last.batch !== undefined || from === log.start) return last.batch
  }
}
