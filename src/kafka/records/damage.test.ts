import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { snappyCompress } from 'hysnappy'
import { beforeAll, describe, expect, it } from 'vitest'
import { MalformedError } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import {
  type Batch,
  batchesOf,
  batchLayout,
  type Compression,
  compressions,
  isChecksumRight,
  OldFormatError,
  rewriteForAppend,
} from './batch.ts'
import { loadCodecs } from './codecs/plain.ts'
import { crc32cDelta } from './crc32c.ts'
import { CompressedError, type KafkaRecord, recordsOf } from './record.ts'

// What a source may hand out: batches of every kind, and then anything that may become of their bytes. fast-check prints the seed of what fails.

const within = { interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true } as const
const int16 = { min: -(2 ** 15), max: 2 ** 15 - 1 } as const
const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const

beforeAll(async () => {
  await loadCodecs([{ compression: 'zstd' }])
})

/** As the definition of it has it, bit by bit: shares nothing with what is tested. */
function crc32cByBits(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78)
  }
  return ~crc >>> 0
}

type Fields = Omit<Batch, 'bytes' | 'lastOffset'> & { readonly lastOffsetDelta: number }

/** Bytes of a batch that says all this, around a body. Its checksum is right. */
function encoded(fields: Fields, body: Uint8Array): Buffer {
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
const anyFields = fieldsWith(fc.constantFrom(...compressions, undefined))
const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 5_000, size: 'max' }))

const plainFields: Fields = {
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
const record = fc.record({
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
const filledBatch = fc
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

function recordBytes(one: GivenRecord, offsetDelta: number): Buffer {
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
function compressed(plain: Buffer, codec: Compression): Buffer {
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

function only(bytes: Buffer): Batch {
  const batches = batchesOf(bytes)
  expect(batches).toHaveLength(1)
  return batches[0]!
}

/** What may become of bytes on a disk or on the way: cut, and some of them changed, above all those that say how long and how many. */
const damage = fc.record({
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

function damaged(whole: Buffer, { cut, flips, bytes: changes, lengths, base }: Damage): Buffer {
  const bytes = Buffer.from(whole)
  for (const [field, value] of lengths) bytes.writeInt32BE(value, field)
  if (base !== null) bytes.writeBigInt64BE(base, batchLayout.baseOffset)
  for (const bit of flips) bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7)
  for (const [index, byte] of changes) bytes[index % bytes.length] = byte
  return bytes.subarray(0, cut === null ? bytes.length : cut % (bytes.length + 1))
}

const ownErrors = [MalformedError, OldFormatError, CompressedError]
/** Undefined when an error of its own was raised; any other is thrown on. */
function orOwnError<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (ownErrors.some((type) => error instanceof type)) return undefined
    throw error
  }
}

describe('batchesOf', () => {
  it('reads every header field as it was written, of batches one behind another with or without a gap', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyFields, body, fc.nat(3)), { minLength: 1, maxLength: 4 }), (some) => {
        let next = 0n
        const placed = some.map(([fields, records, gap]) => {
          const baseOffset = next + BigInt(gap)
          next = baseOffset + BigInt(fields.lastOffsetDelta) + 1n
          return [{ ...fields, baseOffset }, records] as const
        })
        const all = Buffer.concat(placed.map(([fields, records]) => encoded(fields, records)))
        const read = batchesOf(all)
        expect(read.map(({ bytes: _, ...fields }) => fields)).toEqual(
          placed.map(([{ lastOffsetDelta, ...fields }]) => ({
            ...fields,
            lastOffset: fields.baseOffset + BigInt(lastOffsetDelta),
          })),
        )
        expect(Buffer.concat(read.map(({ bytes }) => bytes)).equals(all)).toBe(true)
      }),
      { numRuns: 200, ...within },
    )
  })

  it('answers damage with batches that hold together, or with an error of its own', () => {
    fc.assert(
      fc.property(fc.array(filledBatch, { minLength: 1, maxLength: 3 }), damage, (some, what) => {
        const bytes = damaged(Buffer.concat(some.map((one) => one.bytes)), what)
        let [end, next] = [0, -1n]
        for (const batch of orOwnError(() => batchesOf(bytes)) ?? []) {
          expect(batch.bytes.byteOffset - bytes.byteOffset).toBe(end)
          end += batch.bytes.length
          expect(end).toBeLessThanOrEqual(bytes.length)
          expect(batch.baseOffset).toBeGreaterThanOrEqual(next)
          next = batch.lastOffset + 1n
          // It is asked for next, as 64 bits.
          expect(next).toBeLessThanOrEqual(int64.max)
          expect(batch.recordCount).toBeGreaterThanOrEqual(0)
          expect(BigInt(batch.recordCount)).toBeLessThanOrEqual(next - batch.baseOffset)
        }
      }),
      { numRuns: 1_000, ...within },
    )
  })
})

describe('recordsOf', () => {
  it('reads records as they were written, in every codec, with holes between them', () => {
    fc.assert(
      fc.property(filledBatch, ({ bytes, expected }) => {
        expect(recordsOf(only(bytes))).toEqual(expected)
      }),
      { numRuns: 200, ...within },
    )
  })

  it('answers damage with records in order and in place, or with an error of its own', () => {
    fc.assert(
      fc.property(filledBatch, damage, ({ bytes }, what) => {
        for (const batch of orOwnError(() => batchesOf(damaged(bytes, what))) ?? []) expectInPlace(batch)
      }),
      { numRuns: 1_000, ...within },
    )
  })

  it('answers damage beneath the codec, which the codec does not see, in the same way', () => {
    fc.assert(
      fc.property(filledBatch, damage, ({ plain, fields }, { lengths: _, base: __, ...what }) => {
        const inside = damaged(plain, { ...what, lengths: [], base: null })
        expectInPlace(only(encoded(fields, compressed(inside, fields.compression!))))
      }),
      { numRuns: 1_000, ...within },
    )
  })

  it('refuses records that are twice at one offset, or go back', () => {
    const one = record.map((given) => ({ ...given, hole: 0 }))
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 6 }), fc.nat(), fc.nat(), (records, from, to) => {
        const count = records.length
        const deltas = records.map((_, delta) => delta)
        // One of them at the place of another before it.
        const behind = 1 + (from % (count - 1))
        deltas[behind] = to % behind
        const plain = Buffer.concat(records.map((given, n) => recordBytes(given, deltas[n]!)))
        const fields = { ...plainFields, recordCount: count, lastOffsetDelta: count - 1 }
        expect(() => recordsOf(only(encoded(fields, plain)))).toThrow(MalformedError)
      }),
      { numRuns: 100, ...within },
    )
  })

  it('refuses more records than it could hold, of a batch that is small', () => {
    const count = 2 ** 22 + 1
    const fields = { ...plainFields, compression: 'gzip', recordCount: count, lastOffsetDelta: count - 1 } as const
    const bytes = encoded(fields, gzipSync(Buffer.alloc(7 * count), { level: 1 }))
    expect(bytes.length).toBeLessThan(1024 * 1024)
    expect(() => recordsOf(only(bytes))).toThrow(`a record batch of ${count} records`)
  })

  function expectInPlace(batch: Batch): void {
    const records = orOwnError(() => recordsOf(batch))
    if (records === undefined) return
    expect(records).toHaveLength(batch.recordCount)
    let before = batch.baseOffset - 1n
    for (const { offset, key, value } of records) {
      expect(offset).toBeGreaterThan(before)
      expect(offset).toBeLessThanOrEqual(batch.lastOffset)
      before = offset
      for (const field of [key, value]) expect(field === null || Buffer.isBuffer(field)).toBe(true)
    }
  }
})

describe('crc32cDelta', () => {
  it('is the difference of both CRCs, whatever changes and wherever', () => {
    const change = fc.tuple(body, fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 60 }), body)
    fc.assert(
      fc.property(change, ([before, changed, after]) => {
        const crcOf = (side: 0 | 1): number => crc32cByBits(Buffer.concat([before, Buffer.from(changed.map((pair) => pair[side])), after])) // prettier-ignore
        const difference = Uint8Array.from(changed, ([was, is]) => was ^ is)
        expect((crcOf(0) ^ crcOf(1)) >>> 0).toBe(crc32cDelta(difference, after.length) >>> 0)
      }),
      { numRuns: 300, ...within },
    )
  })
})

describe('rewriteForAppend', () => {
  const identity = fc.record({ producerId: fc.bigInt(int64), producerEpoch: fc.integer(int16) })
  const rewrites = fc.array(fc.tuple(identity, fc.integer(int32)), { minLength: 1, maxLength: 3 })

  it('leaves the CRC that all bytes have, of any batch of any length, again and again', () => {
    fc.assert(
      fc.property(anyFields, body, rewrites, (fields, records, some) => {
        const bytes = encoded(fields, records)
        for (const [producer, baseSequence] of some) {
          const { baseOffset: _, lastOffset: __, bytes: ___, ...kept } = only(bytes)
          rewriteForAppend(only(bytes), producer, baseSequence)
          expect(bytes.readUInt32BE(batchLayout.crc)).toBe(crc32cByBits(bytes.subarray(batchLayout.attributes)))
          expect(isChecksumRight(only(bytes))).toBe(true)
          expect(only(bytes)).toMatchObject({ ...kept, ...producer, baseSequence, baseOffset: 0n, isTransactional: false, hasDeleteHorizon: false }) // prettier-ignore
          expect(bytes.subarray(batchLayout.records).equals(records)).toBe(true)
        }
      }),
      { numRuns: 200, ...within },
    )
  })

  it('leaves a CRC as wrong as it was: what the broker refuses, it refuses still', () => {
    fc.assert(
      fc.property(anyFields, body, damage, rewrites, (fields, records, what, some) => {
        for (const batch of orOwnError(() => batchesOf(damaged(encoded(fields, records), what))) ?? []) {
          const error = (): number => (batch.bytes.readUInt32BE(batchLayout.crc) ^ crc32cByBits(batch.bytes.subarray(batchLayout.attributes))) >>> 0 // prettier-ignore
          const before = error()
          for (const [producer, baseSequence] of some) rewriteForAppend(batch, producer, baseSequence)
          expect(error()).toBe(before)
        }
      }),
      { numRuns: 1_000, ...within },
    )
  })
})
