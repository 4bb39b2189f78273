import { gzipSync } from 'node:zlib'
import { MalformedError, Reader } from '../wire/reader.ts'
import { sizeOfVarlong, Writer } from '../wire/writer.ts'
import { batchLayout, type Batch, compressions, type ProducerIdentity } from './batch.ts'
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
  /** UTF-8 by convention alone: brokers keep whatever bytes a producer has sent. */
  readonly key: Buffer
  readonly value: Buffer | null
}

/** A record takes some hundred bytes of memory, and may take seven in a batch and hardly any in a compressed one. No producer puts so many together. */
const maxRecords = 2 ** 22

/** The batch is compressed in a way that this reader does not undo. */
export class CompressedError extends Error {
  override readonly name = 'CompressedError'
}

/** A record as it is stored: what depends on its place in the batch is read, what the producer gave is left as it is. */
export interface StoredRecord {
  readonly offset: bigint
  readonly timestampMs: bigint
  /** Key, value and headers, each with its length. */
  readonly body: Buffer
}

/**
 * The records of a data batch as they are stored, after `loadCodecs`. Control batches hold markers, not records: ask `isControl` first.
 *
 * @throws CompressedError for a codec that Kafka does not have
 * @throws MalformedError when the bytes are not records, or more than can be held
 */
export function storedRecordsOf(batch: Batch): readonly StoredRecord[] {
  if (batch.recordCount > maxRecords) throw new MalformedError(`a record batch of ${batch.recordCount} records`)
  const reader = new Reader(plainRecords(batch))
  const records: StoredRecord[] = []
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
    const timestampMs = batch.isLogAppendTime ? batch.maxTimestampMs : batch.baseTimestampMs + timestampDelta
    records.push({ offset, timestampMs, body: record.bytes(record.remaining) })
  }
  assertAllRead(reader, 'a record batch')
  return records
}

/** As `storedRecordsOf`, with key, value and headers. */
export function recordsOf(batch: Batch): readonly KafkaRecord[] {
  return storedRecordsOf(batch).map(({ offset, timestampMs, body }) => {
    const record = new Reader(body)
    const read = {
      offset,
      timestampMs,
      key: bytesOrNull(record),
      value: bytesOrNull(record),
      headers: headersOf(record),
    }
    assertAllRead(record, 'a record')
    return read
  })
}

function plainRecords(batch: Batch): Buffer {
  if (batch.compression === undefined) throw new CompressedError('records are compressed with an unknown codec')
  return plainBytes(batch.bytes.subarray(batchLayout.records), batch.compression)
}

function assertAllRead(reader: Reader, what: string): void {
  if (reader.remaining > 0) throw new MalformedError(`${what} with ${reader.remaining} bytes too many`)
}

const noHeaders: readonly RecordHeader[] = []

function headersOf(record: Reader): readonly RecordHeader[] {
  const count = record.varint()
  if (count === 0) return noHeaders
  if (count < 0 || count > record.remaining) throw new MalformedError(`a record with ${count} headers`)
  return Array.from({ length: count }, () => ({
    key: record.bytes(record.varint()),
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

/** Key, value and headers, each with its length, as a record is stored. */
export function bodyOf({ key, value, headers }: Pick<KafkaRecord, 'key' | 'value' | 'headers'>): Buffer {
  const body = new Writer()
  const field = (bytes: Buffer | null): void => {
    body.varint(bytes?.length ?? -1)
    if (bytes !== null) body.bytes(bytes)
  }
  field(key)
  field(value)
  body.varint(headers.length)
  for (const header of headers) {
    field(header.key)
    field(header.value)
  }
  return Buffer.concat(body.finish())
}

interface BatchOptions {
  readonly producer: ProducerIdentity
  readonly baseSequence: number
}

/** An uncompressed batch as a produce request wants it, all records with the time `timestampMs`. */
export function batchFromRecords(
  records: readonly NewRecord[],
  options: BatchOptions & { readonly timestampMs: bigint; readonly isTransactional: boolean },
): Buffer {
  const stored = records.map((record, index): StoredRecord => {
    return { offset: BigInt(index), timestampMs: options.timestampMs, body: bodyOf({ ...record, headers: noHeaders }) }
  })
  return batchFromStored(stored, { ...options, compression: 'none' })
}

/** Who appends a batch that is still to be given to a producer. */
const nobody: BatchOptions = { producer: { producerId: -1n, producerEpoch: -1 }, baseSequence: -1 }

/**
 * A batch of records whose offsets follow each other, each with its own time; `rewriteForAppend` gives it to a producer. KIP-98.
 *
 * @param options.compression gzip is what Node undoes and makes by itself, and every client reads
 */
export function batchFromStored(
  records: readonly StoredRecord[],
  options: Partial<BatchOptions> & { readonly compression: 'none' | 'gzip'; readonly isTransactional?: boolean },
): Buffer {
  const { producer, baseSequence } = { ...nobody, ...options }
  const times = records.map(({ timestampMs }) => timestampMs)
  const [first = 0n] = times
  const plain = new Writer()
  for (const [index, { timestampMs, body }] of records.entries()) {
    const delta = timestampMs - first
    plain.varint(1 + sizeOfVarlong(delta) + sizeOfVarlong(BigInt(index)) + body.length)
    plain.int8(0)
    plain.varlong(delta)
    plain.varint(index)
    plain.bytes(body)
  }
  const stored = options.compression === 'gzip' ? [gzipSync(Buffer.concat(plain.finish()))] : plain.finish()
  const batch = Buffer.concat([Buffer.alloc(batchLayout.records), ...stored])
  batch.writeBigInt64BE(records[0]?.offset ?? 0n, batchLayout.baseOffset)
  batch.writeInt32BE(batch.length - batchLayout.leaderEpoch, batchLayout.batchLength)
  batch.writeInt32BE(-1, batchLayout.leaderEpoch)
  batch.writeInt8(2, batchLayout.magic)
  const attributes = compressions.indexOf(options.compression) | (options.isTransactional === true ? 16 : 0)
  batch.writeInt16BE(attributes, batchLayout.attributes)
  batch.writeInt32BE(records.length - 1, batchLayout.lastOffsetDelta)
  batch.writeBigInt64BE(first, batchLayout.baseTimestamp)
  batch.writeBigInt64BE(
    times.reduce((max, time) => (time > max ? time : max), first),
    batchLayout.maxTimestamp,
  )
  batch.writeBigInt64BE(producer.producerId, batchLayout.producerId)
  batch.writeInt16BE(producer.producerEpoch, batchLayout.producerEpoch)
  batch.writeInt32BE(baseSequence, batchLayout.baseSequence)
  batch.writeInt32BE(records.length, batchLayout.recordCount)
  batch.writeUInt32BE(crc32c(batch.subarray(batchLayout.attributes)), batchLayout.crc)
  return batch
}
