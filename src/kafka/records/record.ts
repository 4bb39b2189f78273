import { MalformedError, Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { batchLayout, type Batch, type ProducerIdentity } from './batch.ts'
import { plainBytes } from './codecs/plain.ts'
import { crc32c } from './crc32c.ts'

export interface KafkaRecord {
  readonly offset: bigint
  readonly timestampMs: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** A record takes some hundred bytes of memory, and may take seven in a batch and hardly any in a compressed one. No producer puts so many together. */
const maxRecords = 2 ** 22

/** The batch is compressed in a way that this reader does not undo. */
export class CompressedError extends Error {
  override readonly name = 'CompressedError'
}

/**
 * The records of a data batch, after `loadCodecs`. Control batches hold markers, not records: ask `isControl` first.
 *
 * @throws CompressedError for a codec that Kafka does not have
 * @throws MalformedError when the bytes are not records, or more than can be held
 */
export function recordsOf(batch: Batch): readonly KafkaRecord[] {
  if (batch.recordCount > maxRecords) throw new MalformedError(`a record batch of ${batch.recordCount} records`)
  const reader = new Reader(plainRecords(batch))
  const records: KafkaRecord[] = []
  let before = batch.baseOffset - 1n
  for (let index = 0; index < batch.recordCount; index++) {
    const record = new Reader(reader.bytes(reader.varint()))
    record.int8()
    const timestampDelta = record.varlong()
    const offset = batch.baseOffset + BigInt(record.varint())
    if (offset < batch.baseOffset || offset > batch.lastOffset) {
      throw new MalformedError(`a record at ${offset.toString()} outside of its batch`)
    }
    if (offset <= before)
      throw new MalformedError(`a record at ${offset.toString()} behind one at ${before.toString()}`)
    before = offset
    records.push({
      offset,
      timestampMs: batch.isLogAppendTime ? batch.maxTimestampMs : batch.baseTimestampMs + timestampDelta,
      key: bytesOrNull(record),
      value: bytesOrNull(record),
      headers: headersOf(record),
    })
    assertAllRead(record, 'a record')
  }
  assertAllRead(reader, 'a record batch')
  return records
}

function plainRecords(batch: Batch): Buffer {
  if (batch.compression === undefined) throw new CompressedError('records are compressed with an unknown codec')
  return plainBytes(batch.bytes.subarray(batchLayout.records), batch.compression)
}

function assertAllRead(reader: Reader, what: string): void {
  if (reader.remaining > 0) throw new MalformedError(`${what} with ${reader.remaining} bytes too many`)
}

function headersOf(record: Reader): readonly RecordHeader[] {
  const count = record.varint()
  if (count < 0 || count > record.remaining) throw new MalformedError(`a record with ${count} headers`)
  return Array.from({ length: count }, () => ({
    key: record.bytes(record.varint()).toString('utf8'),
    value: bytesOrNull(record),
  }))
}

function bytesOrNull(record: Reader): Buffer | null {
  const length = record.varint()
  return length < 0 ? null : record.bytes(length)
}

/** What a batch of our own holds; offsets are given by the broker. */
export interface NewRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** An uncompressed batch as a produce request wants it, all records with the time `timestampMs`. */
export function batchFromRecords(
  records: readonly NewRecord[],
  options: {
    readonly timestampMs: bigint
    readonly producer: ProducerIdentity
    readonly baseSequence: number
    readonly isTransactional: boolean
  },
): Buffer {
  const body = new Writer()
  for (const [index, record] of records.entries()) {
    const one = new Writer()
    one.int8(0)
    one.varlong(0n)
    one.varint(index)
    for (const field of [record.key, record.value]) {
      one.varint(field?.length ?? -1)
      if (field !== null) one.bytes(field)
    }
    one.varint(0)
    body.varint(one.size)
    for (const chunk of one.finish()) body.bytes(chunk)
  }
  const batch = Buffer.concat([Buffer.alloc(batchLayout.records), ...body.finish()])
  batch.writeInt32BE(batch.length - batchLayout.leaderEpoch, batchLayout.batchLength)
  batch.writeInt32BE(-1, batchLayout.leaderEpoch)
  batch.writeInt8(2, batchLayout.magic)
  batch.writeInt16BE(options.isTransactional ? 16 : 0, batchLayout.attributes)
  batch.writeInt32BE(records.length - 1, batchLayout.lastOffsetDelta)
  batch.writeBigInt64BE(options.timestampMs, batchLayout.baseTimestamp)
  batch.writeBigInt64BE(options.timestampMs, batchLayout.maxTimestamp)
  batch.writeBigInt64BE(options.producer.producerId, batchLayout.producerId)
  batch.writeInt16BE(options.producer.producerEpoch, batchLayout.producerEpoch)
  batch.writeInt32BE(options.baseSequence, batchLayout.baseSequence)
  batch.writeInt32BE(records.length, batchLayout.recordCount)
  batch.writeUInt32BE(crc32c(batch.subarray(batchLayout.attributes)), batchLayout.crc)
  return batch
}
