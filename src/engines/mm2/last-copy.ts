import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import type { SeenRecord } from '../../core/fingerprint.ts'
import { isCandidate } from '../../core/record-match.ts'
import type { OffsetRange, SeenRecords } from '../../links/seen-records.ts'

// How far one partition of a mirror is, by the last record on the destination. A worker copies in order, and begins again no further on than Connect has written
// down: what stands on the source before any record that was copied was copied as well. Whether the last one is the furthest is not known, as a worker may have
// gone back; so the place is one up to which nothing is missing, and more may be there.

/** Both logs of a partition, as far as they are looked at. */
export interface LastLook {
  /** From where Connect goes on, as it has written it down; undefined where it has not yet. */
  readonly written: bigint | undefined
  /** What the source has, its end read after the last record of the destination. */
  readonly source: OffsetRange
  /** Nothing but age and size takes records from the source. */
  readonly isDeletedOnly: boolean
  /** The last record of the destination. */
  readonly last: SeenRecord
  /** Of the source, the offset before which no record has the time of that one. */
  readonly first: bigint
  /** All that was written to the source at these offsets, up to the first record that `isLast`. */
  readonly read: (range: OffsetRange, isLast: (record: SeenRecord) => boolean) => Promise<SeenRecords>
  /** The source still has all that was ever written at these offsets. */
  readonly isWhole: (range: OffsetRange) => Promise<boolean>
}

/** Offsets of the source that are looked through for one record. */
const wide = 20_000n

/**
 * Up to which offset of the source the mirror holds everything, at least. Of records that are alike the copy counts as that of the first: nothing that is
 * missing is called there.
 *
 * @returns undefined where the last record does not tell
 */
export async function placeByLastCopy(look: LastLook): Promise<bigint | undefined> {
  const { written = 0n, source, last, first } = look
  // The copy is of the record that was written down last, or of one behind it; what is gone from there on may be what it is of.
  const least = written > 0n ? written - 1n : 0n
  if (least < source.from || last.isLogAppendTime || last.timestampMs < 0n) return undefined
  const from = look.isDeletedOnly && first > least ? first : least
  const to = from + wide < source.to ? from + wide : source.to
  const isCopied = (record: SeenRecord): boolean => isCandidate(record, last, 'sameTime')
  const read = await look.read({ from, to }, isCopied)
  const copied = 'none' in read ? undefined : read.records.find(isCopied)
  if (copied === undefined) return undefined
  const behind = copied.offset + 1n
  return look.isDeletedOnly || (await look.isWhole({ from: least, to: behind })) ? behind : undefined
}

/** Does a connector that is told this copy records as they are, in order, and none left out? */
export function isInOrder(config: ConnectorConfig, written: bigint | undefined): boolean {
  const inFlight = config['producer.override.max.in.flight.requests.per.connection'] ?? '1'
  const isSent = inFlight === '1' || config['producer.override.enable.idempotence'] === 'true'
  const resets = ['source.consumer.', 'consumer.'].map((prefix) => config[`${prefix}auto.offset.reset`] ?? 'earliest')
  const isFromStart = written !== undefined || resets.every((reset) => reset === 'earliest')
  return isSent && isFromStart && (config['transforms'] ?? '').trim() === ''
}
