import { MalformedError } from '../wire/reader.ts'
import { crc32c, crc32cDelta } from './crc32c.ts'

/** Where the fields of a record batch stand: Kafka message format v2, KIP-98. */
const at = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

/** Base offset and length, which are not counted in `batchLength`. */
const prefixLength = 12

/** The largest offset that has one behind it. */
const maxOffset = 2n ** 63n - 2n

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof compressions)[number]

/** One stored batch: its header read, its bytes a view on what was fetched. */
export interface Batch {
  readonly bytes: Buffer
  readonly baseOffset: bigint
  /** Offset of the last record, or of the last that compaction removed. */
  readonly lastOffset: bigint
  readonly leaderEpoch: number
  readonly compression: Compression | undefined
  /** Record times are the append time of the whole batch, KIP-32. */
  readonly isLogAppendTime: boolean
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly hasDeleteHorizon: boolean
  readonly baseTimestampMs: bigint
  readonly maxTimestampMs: bigint
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** What `batchesOf` found behind the last whole batch. */
export class OldFormatError extends Error {
  override readonly name = 'OldFormatError'
}

/**
 * The whole batches of a fetch answer, in order. A cut last batch, which a broker may send, is left out.
 *
 * @throws MalformedError when lengths or offsets contradict each other
 * @throws OldFormatError for message formats 0 and 1
 */
export function batchesOf(bytes: Buffer): readonly Batch[] {
  const batches: Batch[] = []
  for (let start = 0; bytes.length - start >= at.records;) {
    const magic = bytes.readInt8(start + at.magic)
    if (magic === 0 || magic === 1) throw new OldFormatError(`a record batch has the message format ${magic}`)
    if (magic !== 2) throw new MalformedError(`a record batch has the message format ${magic}`)
    const length = prefixLength + bytes.readInt32BE(start + at.batchLength)
    if (length < at.records) throw new MalformedError(`a record batch of ${length} bytes`)
    if (length > bytes.length - start) break
    const batch = batchFrom(bytes.subarray(start, start + length))
    const before = batches.at(-1)
    if (before !== undefined && batch.baseOffset <= before.lastOffset) {
      throw new MalformedError(
        `a record batch at ${batch.baseOffset.toString()} behind one that ends at ${before.lastOffset.toString()}`,
      )
    }
    batches.push(batch)
    start += length
  }
  return batches
}

function batchFrom(bytes: Buffer): Batch {
  const attributes = bytes.readInt16BE(at.attributes)
  const baseOffset = bytes.readBigInt64BE(at.baseOffset)
  const lastOffsetDelta = bytes.readInt32BE(at.lastOffsetDelta)
  const lastOffset = baseOffset + BigInt(lastOffsetDelta)
  const recordCount = bytes.readInt32BE(at.recordCount)
  const isPlaced = baseOffset >= 0n && lastOffsetDelta >= 0 && lastOffset <= maxOffset
  if (!isPlaced || recordCount < 0 || recordCount > lastOffsetDelta + 1) {
    throw new MalformedError(
      `a record batch at ${baseOffset.toString()} with ${recordCount} records up to +${lastOffsetDelta}`,
    )
  }
  return {
    bytes,
    baseOffset,
    lastOffset,
    leaderEpoch: bytes.readInt32BE(at.leaderEpoch),
    compression: compressions[attributes & 7],
    isLogAppendTime: (attributes & 8) !== 0,
    isTransactional: (attributes & 16) !== 0,
    isControl: (attributes & 32) !== 0,
    hasDeleteHorizon: (attributes & 64) !== 0,
    baseTimestampMs: bytes.readBigInt64BE(at.baseTimestamp),
    maxTimestampMs: bytes.readBigInt64BE(at.maxTimestamp),
    producerId: bytes.readBigInt64BE(at.producerId),
    producerEpoch: bytes.readInt16BE(at.producerEpoch),
    baseSequence: bytes.readInt32BE(at.baseSequence),
    recordCount,
  }
}

/** Is the checksum right? Brokers check it on append; a reader of what someone else stored may want to. */
export function isChecksumRight(batch: Batch): boolean {
  return batch.bytes.readUInt32BE(at.crc) === crc32c(batch.bytes.subarray(at.attributes))
}

/** The identity under which a batch is appended idempotently, KIP-98. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Transactional and delete horizon (KIP-534): a producer without a transaction may send neither. Record times stay as they are. */
const notForAppend = 16 | 64

/**
 * Makes a fetched batch one that `producer` may append, in place: base offset 0 as a produce request wants it, producer, epoch and sequence
 * replaced, no longer of a transaction or with a delete horizon, and the CRC corrected by arithmetic. The records are not looked at. A CRC that was
 * wrong stays wrong, so that the broker refuses it.
 */
export function rewriteForAppend(batch: Batch, producer: ProducerIdentity, baseSequence: number): void {
  const { bytes } = batch
  bytes.writeBigInt64BE(0n, at.baseOffset)
  let crc = bytes.readUInt32BE(at.crc)
  const attributes = bytes.readInt16BE(at.attributes)
  if ((attributes & notForAppend) !== 0) {
    const difference = Buffer.alloc(2)
    difference.writeInt16BE(attributes & notForAppend)
    bytes.writeInt16BE(attributes & ~notForAppend, at.attributes)
    crc ^= crc32cDelta(difference, bytes.length - at.lastOffsetDelta)
  }
  const changed = bytes.subarray(at.producerId, at.recordCount)
  const before = Buffer.from(changed)
  bytes.writeBigInt64BE(producer.producerId, at.producerId)
  bytes.writeInt16BE(producer.producerEpoch, at.producerEpoch)
  bytes.writeInt32BE(baseSequence, at.baseSequence)
  for (const [index, byte] of changed.entries()) before[index] = (before[index] as number) ^ byte
  crc ^= crc32cDelta(before, bytes.length - at.recordCount)
  bytes.writeUInt32BE(crc >>> 0, at.crc)
}

/** Sequence numbers wrap from 2^31 − 1 to 0. */
export function sequenceAfter(sequence: number, recordCount: number): number {
  return (sequence + recordCount) % 2 ** 31
}

export { at as batchLayout }
