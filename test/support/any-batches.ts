import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { snappyCompress } from 'hysnappy'
import { expect } from 'vitest'
import { type Batch, batchesOf, batchLayout, type Compression, compressions } from '../../src/kafka/records/batch.ts'
import type { KafkaRecord } from '../../src/kafka/records/record.ts'
import { isUnreadable } from '../../src/kafka/records/unreadable.ts'
import { Writer } from '../../src/kafka/wire/writer.ts'

// What a source may hand out: batches of every kind, and then anything that may become of their bytes. fast-check prints the seed of what fails.

export const within = { interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true } as const
export const int16 = { min: -(2 ** 15), max: 2 ** 15 - 1 } as const
export const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const
export const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const

/** As the definition of it has it, bit by bit: shares nothing with what is tested. */
export function crc32cByBits(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78)
  }
  return ~crc >>> 0
}

type Fields = Omit<Batch, 'bytes' | 'lastOffset'> & { readonly lastOffsetDelta: number }

/** Bytes of a batch that says all this, around a body. Its checksum is right. */
export function encoded(fields: Fields, body: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(batchLayout.records), body])
  const flags = [fields.isLogAppendTime, fields.isTransactional, fields.isControl, fields.hasDeleteHorizon]
  const codec = fields.compression === undefined ? 5 : compressions.indexOf(fields.compression)
  const attributes = flags.reduce((bits, flag, n) => bits | (flag ? 8 << n : 0), codec)
  bytes.writeBigInt64BE(fields.baseOffset, batchLayout.baseOffset)
  bytes.writeInt32BE(bytes.length - batchLayout.leaderEpoch, batchLayout.batchLength)
  bytes.writeInt32BE(fields.leaderEpoch, batchLayout.leaderEpoch)
  bytes.writeInt8(2, batchLayout.magic)
  bytes.writeInt16BE(attributes, batchLayout.attributes)
  bytes.writeInt32BE(fields.lastOffsetDelta, batchLayout.lastOffsetDelta)
  bytes.writeBigInt64BE(fields.baseTimestampMs, batchLayout.baseTimestamp)
  bytes.writeBigInt64BE(fields.maxTimestampMs, batchLayout.maxTimestamp)
  bytes.writeBigInt64BE(fields.producerId, batchLayout.producerId)
  bytes.writeInt16BE(fields.producerEpoch, batchLayout.producerEpoch)
  bytes.writeInt32BE(fields.baseSequence, batchLayout.baseSequence)
  bytes.writeInt32BE(fields.recordCount, batchLayout.recordCount)
  bytes.writeUInt32BE(crc32cByBits(bytes.subarray(batchLayout.attributes)), batchLayout.crc)
  return bytes
}

/** Any header that a broker may have stored, the ends of every range included. */
const fieldsWith = (compression: fc.Arbitrary<Compression | undefined>): fc.Arbitrary<Fields> =>
  fc
    .record({
      baseOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      lastOffsetDelta: fc.oneof(fc.nat(20), fc.nat()),
      leaderEpoch: fc.integer(int32),
      compression,
      isLogAppendTime: fc.boolean(),
      isTransactional: fc.boolean(),
      isControl: fc.boolean(),
      hasDeleteHorizon: fc.boolean(),
      baseTimestampMs: fc.bigInt(int64),
      maxTimestampMs: fc.bigInt(int64),
      producerId: fc.bigInt(int64),
      producerEpoch: fc.integer(int16),
      baseSequence: fc.integer(int32),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ share, ...fields }) => ({ ...fields, recordCount: Math.round(share * (fields.lastOffsetDelta + 1)) }))
    // One more than the largest number there is cannot be counted.
    .map((fields) => ({ ...fields, recordCount: Math.min(fields.recordCount, int32.max) }))
export const anyFields = fieldsWith(fc.constantFrom(...compressions, undefined))
export const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 5_000, size: 'max' }))

export const plainFields: Fields = {
  baseOffset: 0n,
  lastOffsetDelta: 0,
  leaderEpoch: 0,
  compression: 'none',
  isLogAppendTime: false,
  isTransactional: false,
  isControl: false,
  hasDeleteHorizon: false,
  baseTimestampMs: 0n,
  maxTimestampMs: 0n,
  producerId: -1n,
  producerEpoch: -1,
  baseSequence: -1,
  recordCount: 1,
}

const nullableBytes = fc.option(fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one)))
const headerKey = fc.uint8Array({ maxLength: 10 }).map((one) => Buffer.from(one))
export const record = fc.record({
  /** How many offsets compaction took away before it. */
  hole: fc.oneof(fc.constant(0), fc.nat(1_000)),
  timestampDelta: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(fc.record({ key: headerKey, value: nullableBytes }), {
    maxLength: 3,
  }),
})
type GivenRecord = typeof record extends fc.Arbitrary<infer T> ? T : never

/** A batch of records as compaction may have left them, in a codec, and what is to be read of it. */
export const filledBatch = fc
  .record({
    fields: fieldsWith(fc.constantFrom(...compressions)),
    records: fc.array(record, { minLength: 1, maxLength: 12 }),
    behind: fc.nat(5),
  })
  .map(({ fields, records, behind }) => {
    let delta = -1
    const deltas = records.map(({ hole }) => (delta += 1 + hole))
    const all: Fields = { ...fields, recordCount: records.length, lastOffsetDelta: delta + behind, isControl: false }
    const expected = records.map(({ timestampDelta, key, value, headers }, n): KafkaRecord => ({
      offset: all.baseOffset + BigInt(deltas[n]!),
      timestampMs: all.isLogAppendTime ? all.maxTimestampMs : all.baseTimestampMs + timestampDelta,
      key,
      value,
      headers,
    }))
    const plain = Buffer.concat(records.map((one, n) => recordBytes(one, deltas[n]!)))
    return { bytes: encoded(all, compressed(plain, all.compression!)), expected, plain, fields: all }
  })

export function recordBytes(one: GivenRecord, offsetDelta: number): Buffer {
  const writer = new Writer()
  const sized = (bytes: Buffer | null): void => {
    writer.varint(bytes?.length ?? -1)
    if (bytes !== null) writer.bytes(bytes)
  }
  writer.int8(0)
  writer.varlong(one.timestampDelta)
  writer.varint(offsetDelta)
  sized(one.key)
  sized(one.value)
  writer.varint(one.headers.length)
  for (const { key, value } of one.headers) {
    sized(key)
    sized(value)
  }
  const length = new Writer()
  length.varint(writer.size)
  return Buffer.concat([...length.finish(), ...writer.finish()])
}

/** LZ4 and zstd as frames of one block that is stored as it is. */
export function compressed(plain: Buffer, codec: Compression): Buffer {
  switch (codec) {
    case 'none':
      return plain
    case 'gzip':
      return gzipSync(plain)
    case 'snappy':
      return Buffer.from(snappyCompress(plain))
    case 'lz4': {
      const length = Buffer.alloc(4)
      length.writeUInt32LE((0x8000_0000 | plain.length) >>> 0)
      return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0]), length, plain, Buffer.alloc(4)])
    }
    case 'zstd': {
      const header = Buffer.alloc(3)
      header.writeUIntLE((plain.length << 3) | 1, 0, 3)
      return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), header, plain])
    }
  }
}

export function only(bytes: Buffer): Batch {
  const batches = batchesOf(bytes)
  expect(batches).toHaveLength(1)
  return batches[0]!
}

/** What may become of bytes on a disk or on the way: cut, and some of them changed, above all those that say how long and how many. */
export const damage = fc.record({
  cut: fc.option(fc.nat(), { freq: 3 }),
  flips: fc.array(fc.nat(), { maxLength: 4 }),
  bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
  lengths: fc.array(
    fc.tuple(
      fc.constantFrom(batchLayout.batchLength, batchLayout.lastOffsetDelta, batchLayout.recordCount),
      fc.oneof(fc.integer(int32), fc.constantFrom(int32.min, -1, 0, 1, int32.max), fc.nat(400)),
    ),
    { maxLength: 2 },
  ),
  base: fc.option(fc.bigInt(int64), { freq: 2 }),
})
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never

export function damaged(whole: Buffer, { cut, flips, bytes: changes, lengths, base }: Damage): Buffer {
  const bytes = Buffer.from(whole)
  for (const [field, value] of lengths) bytes.writeInt32BE(value, field)
  if (base !== null) bytes.writeBigInt64BE(base, batchLayout.baseOffset)
  for (const bit of flips) bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7)
  for (const [index, byte] of changes) bytes[index % bytes.length] = byte
  return bytes.subarray(0, cut === null ? bytes.length : cut % (bytes.length + 1))
}

/** Undefined when it cannot be read; any other error is thrown on. */
export function orOwnError<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isUnreadable(error)) return undefined
    throw error
  }
}
