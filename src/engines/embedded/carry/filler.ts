import { type Batch, batchesOf } from '../../../kafka/records/batch.ts'
import { batchFromStored, recordsOf } from '../../../kafka/records/record.ts'

/** A broker takes so many at once in some hundredths of a second; compressed they are some hundred kilobytes. */
const recordsAtOnce = 100_000
const key = /^georep:filler:(\d{1,19})$/

/**
 * Records without values that stand where a source's log has none any more, below the offset `until` where it begins; they are deleted as soon as they all
 * stand. Each says up to where, so that whoever finds them later knows what is to be deleted. The key lets compacted topics take them, too.
 *
 * @param from where the batch begins; it ends at `until`, or earlier where these are too many
 */
export function fillerBatch(from: bigint, until: bigint): Batch {
  const left = until - from
  const text = Buffer.from(`georep:filler:${until.toString()}`)
  // Lengths as records have them: zigzag, of the key one byte, and −1 for a value that is none.
  const body = Buffer.concat([Buffer.from([2 * text.length]), text, Buffer.from([1, 0])])
  const count = left > BigInt(recordsAtOnce) ? recordsAtOnce : Number(left)
  const records = Array.from({ length: count }, (_, index) => ({ offset: from + BigInt(index), timestampMs: 0n, body }))
  return batchesOf(batchFromStored(records, { compression: 'gzip' }))[0] as Batch
}

/** Up to where the records of a batch are fillers; undefined for a batch that is none. Codecs have to be loaded. */
export function fillerUntil(batch: Batch): bigint | undefined {
  if (batch.isControl || batch.baseTimestampMs !== 0n || batch.compression !== 'gzip') return undefined
  const first = recordsOf(batch)[0]
  if (first === undefined || first.value !== null) return undefined
  const until = key.exec(first.key?.toString() ?? '')?.[1]
  return until === undefined ? undefined : BigInt(until)
}
