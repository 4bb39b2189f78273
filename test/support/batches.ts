import { type Batch, batchesOf, batchLayout } from '../../src/kafka/records/batch.ts'
import { crc32c } from '../../src/kafka/records/crc32c.ts'
import { batchFromRecords } from '../../src/kafka/records/record.ts'

export interface BatchChanges {
  readonly count?: number
  readonly valueBytes?: number
  readonly timestampMs?: bigint
  readonly leaderEpoch?: number
  /** Set in the attributes: 8 append time, 16 transactional, 32 control, 64 delete horizon, 5 to 7 an unknown compression. */
  readonly attributes?: number
  readonly producerId?: bigint
  /** What a marker is tells its key: version and type, two bytes each. */
  readonly key?: Buffer
  /** Of the header, where it is not the count less one. */
  readonly lastOffsetDelta?: number
}

/** The bytes of a batch as a broker has stored it from `baseOffset` on. The checksum is right, but of a batch whose count of offsets was changed. */
export function storedBatch(baseOffset: bigint, changes: BatchChanges = {}): Buffer {
  const { count = 1, valueBytes = 10, timestampMs = 1_700_000_000_000n } = changes
  const records = Array.from({ length: count }, () => ({
    key: changes.key ?? Buffer.from('k'),
    value: Buffer.alloc(valueBytes, 'v'),
  }))
  const producer = { producerId: changes.producerId ?? 77n, producerEpoch: 0 }
  const bytes = batchFromRecords(records, { timestampMs, producer, baseSequence: 5, isTransactional: false })
  bytes.writeBigInt64BE(baseOffset, batchLayout.baseOffset)
  bytes.writeInt32BE(changes.leaderEpoch ?? 0, batchLayout.leaderEpoch)
  bytes.writeInt16BE(changes.attributes ?? 0, batchLayout.attributes)
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchLayout.attributes)), batchLayout.crc)
  bytes.writeInt32BE(changes.lastOffsetDelta ?? count - 1, batchLayout.lastOffsetDelta)
  return bytes
}

export function batchAt(baseOffset: bigint, changes: BatchChanges = {}): Batch {
  return batchesOf(storedBatch(baseOffset, changes))[0]!
}
