import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedError } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { batchesOf, batchLayout, isChecksumRight, OldFormatError, type Batch } from './batch.ts'
import { batchFromRecords, CompressedError, recordsOf, type KafkaRecord, type NewRecord } from './record.ts'

const producer = { producerId: 1n, producerEpoch: 0 }
const options = { timestampMs: 1_000n, producer, baseSequence: 0, isTransactional: false }

function only(bytes: Buffer): Batch {
  const batches = batchesOf(bytes)
  expect(batches).toHaveLength(1)
  return batches[0]!
}

/** A batch that says what it is told to and holds `body` as its records. */
function batchWith(body: Buffer, given: { count?: number; lastDelta?: number; attributes?: number } = {}): Batch {
  const { count = 1, lastDelta = count - 1, attributes = 0 } = given
  const bytes = Buffer.concat([batchFromRecords([], options).subarray(0, batchLayout.records), body])
  bytes.writeInt32BE(bytes.length - batchLayout.leaderEpoch, batchLayout.batchLength)
  bytes.writeInt16BE(attributes, batchLayout.attributes)
  bytes.writeInt32BE(lastDelta, batchLayout.lastOffsetDelta)
  bytes.writeInt32BE(count, batchLayout.recordCount)
  return only(bytes)
}

function body(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  const content = Buffer.concat(writer.finish())
  const length = new Writer()
  length.varint(content.length)
  return Buffer.concat([...length.finish(), content])
}

const nullableBytes = fc.option(fc.uint8Array({ maxLength: 1200 }).map((one) => Buffer.from(one)))

describe('batchFromRecords', () => {
  it('makes batches that are read as they were given, with a right checksum', () => {
    const records = fc.array(fc.record({ key: nullableBytes, value: nullableBytes }), { minLength: 1, maxLength: 20 })
    const given = fc.record({
      timestampMs: fc.bigInt({ min: 0n, max: 2n ** 45n }),
      producer: fc.record({ producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }), producerEpoch: fc.nat(30_000) }),
      baseSequence: fc.nat(),
      isTransactional: fc.boolean(),
    })
    fc.assert(
      fc.property(records, given, (some: readonly NewRecord[], header) => {
        const batch = only(batchFromRecords(some, header))
        expect(isChecksumRight(batch)).toBe(true)
        expect(batch).toMatchObject({
          ...header.producer,
          baseSequence: header.baseSequence,
          isTransactional: header.isTransactional,
          recordCount: some.length,
          lastOffset: BigInt(some.length - 1),
        })
        const expected = some.map((record, index) => ({
          ...record,
          offset: BigInt(index),
          timestampMs: header.timestampMs,
          headers: [],
        }))
        expect(recordsOf(batch)).toEqual(expected)
      }),
    )
  })
})

// kafkajs's own encoder, which shares no code with georep.
const require = createRequire(import.meta.url)
const encodeBatch = (
  require('kafkajs/src/protocol/recordBatch/v0') as {
    RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>
  }
).RecordBatch
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => unknown
const Long = require('kafkajs/src/utils/long') as { fromValue: (value: bigint | string) => unknown }

describe('recordsOf', () => {
  const header = fc.tuple(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 30 }))
  const record = fc.record({
    key: nullableBytes,
    value: nullableBytes,
    timestampDelta: fc.nat(2 ** 31 - 1),
    headers: fc.uniqueArray(header, { selector: ([key]) => key, maxLength: 4 }),
  })

  it.each([
    ['plain', 0],
    ['gzip', 1],
  ])("reads what kafkajs's encoder wrote, %s", async (_, compression) => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 10 }), async (some) => {
        const firstTimestamp = 1_700_000_000_000n
        const encoded = await encodeBatch({
          compression,
          firstOffset: Long.fromValue('40'),
          firstTimestamp: Number(firstTimestamp),
          maxTimestamp: Number(firstTimestamp),
          lastOffsetDelta: some.length - 1,
          producerId: Long.fromValue('7'),
          records: some.map(({ headers, ...one }, offsetDelta) =>
            encodeRecord({ ...one, offsetDelta, headers: Object.fromEntries(headers) }),
          ),
        })
        const batch = only(encoded.buffer)
        expect(isChecksumRight(batch)).toBe(true)
        const expected = some.map(({ key, value, timestampDelta, headers }, index): KafkaRecord => ({
          offset: 40n + BigInt(index),
          timestampMs: firstTimestamp + BigInt(timestampDelta),
          key,
          value,
          // An object puts names that look like an index first.
          headers: Object.entries(Object.fromEntries(headers)).map(([name, text]) => ({
            key: Buffer.from(name),
            value: Buffer.from(text),
          })),
        }))
        expect(recordsOf(batch)).toEqual(expected)
      }),
      { numRuns: 50 },
    )
  })

  it('reads a header without a value, and tells it from an empty one', () => {
    const one = body((writer) => {
      writer.int8(0)
      writer.varlong(0n)
      for (const field of [0, -1, -1, 2]) writer.varint(field)
      for (const length of [-1, 0]) {
        writer.varint(1)
        writer.bytes(Buffer.from('h'))
        writer.varint(length)
      }
    })
    expect(recordsOf(batchWith(one))[0]?.headers).toEqual([
      { key: Buffer.from('h'), value: null },
      { key: Buffer.from('h'), value: Buffer.alloc(0) },
    ])
  })

  it('gives the append time of the batch where the topic takes it', () => {
    const bytes = batchFromRecords([{ key: null, value: null }], options)
    bytes.writeInt16BE(8, batchLayout.attributes)
    bytes.writeBigInt64BE(2_000n, batchLayout.maxTimestamp)
    expect(recordsOf(only(bytes))[0]?.timestampMs).toBe(2_000n)
  })

  it.each([5, 6, 7])('does not undo compression %d, which Kafka does not have', (attributes) => {
    expect(() => recordsOf(batchWith(Buffer.alloc(10), { attributes }))).toThrow(CompressedError)
  })

  const valid = [0, 0, 0, 1, 1, 0]
  it.each([
    ['no bytes', []],
    ['a record length below 0', [1]],
    ['a record length beyond the batch', [100, ...valid]],
    ['a record of no bytes', [0]],
    ['a key longer than the record', [12, 0, 0, 0, 100, 1, 0]],
    ['more headers than bytes', [12, 0, 0, 0, 1, 1, 100]],
    ['a number of headers below 0', [12, 0, 0, 0, 1, 1, 1]],
    ['a header without a name', [16, 0, 0, 0, 1, 1, 2, 1, 1]],
    ['an offset before the batch', [12, 0, 0, 1, 1, 1, 0]],
    ['an offset behind the batch', [12, 0, 0, 2, 1, 1, 0]],
    ['bytes behind the last header', [14, ...valid, 9]],
    ['bytes behind the last record', [12, ...valid, 9]],
  ])('refuses %s', (_, bytes) => {
    expect(() => recordsOf(batchWith(Buffer.from(bytes)))).toThrow(MalformedError)
  })

  it('takes the record that the cases above are made from', () => {
    expect(recordsOf(batchWith(Buffer.from([12, ...valid])))).toHaveLength(1)
  })

  it('refuses a record count that the bytes cannot hold, without allocating for it', () => {
    const batch = batchWith(Buffer.from([12, ...valid]), { count: 2 ** 31 - 1 })
    expect(() => recordsOf(batch)).toThrow(MalformedError)
  })

  it.each([
    ['is none', Buffer.from('not gzip at all')],
    ['is cut', gzipSync(Buffer.from([12, ...valid])).subarray(0, -6)],
    ['has a wrong checksum', Buffer.concat([gzipSync(Buffer.from([12, ...valid])).subarray(0, -8), Buffer.alloc(8)])],
    ['is empty', Buffer.alloc(0)],
  ])('refuses gzip that %s', (_, bytes) => {
    expect(() => recordsOf(batchWith(bytes, { attributes: 1 }))).toThrow(MalformedError)
  })

  it.each([2, 3, 4])('refuses bytes that are not of their codec %d', (attributes) => {
    expect(() => recordsOf(batchWith(Buffer.alloc(10), { attributes }))).toThrow(MalformedError)
  })

  it('refuses gzip that inflates beyond all measure', () => {
    const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 })
    expect(() => recordsOf(batchWith(bomb, { attributes: 1 }))).toThrow(MalformedError)
  })

  it('answers any damage with records or with an error of its own', () => {
    const plain = batchFromRecords(
      Array.from({ length: 4 }, (_, n) => ({ key: Buffer.from(`k${n}`), value: Buffer.alloc(20, n) })),
      options,
    )
    const inflated = plain.subarray(batchLayout.records)
    const gzipped = batchWith(gzipSync(inflated), { count: 4, attributes: 1 }).bytes
    const damage = fc.tuple(
      fc.constantFrom(plain, gzipped),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(200),
    )
    fc.assert(
      fc.property(damage, ([whole, changes, cut]) => {
        const bytes = Buffer.from(whole.subarray(0, Math.max(0, whole.length - Math.max(0, cut - 100))))
        for (const [index, byte] of changes) if (index < bytes.length) bytes[index] = byte
        try {
          for (const batch of batchesOf(bytes)) recordsOf(batch)
        } catch (error) {
          const isOwn = [MalformedError, OldFormatError, CompressedError].some((type) => error instanceof type)
          if (!isOwn) throw error
        }
      }),
      { numRuns: 5_000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true },
    )
  })
})
