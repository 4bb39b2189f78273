import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedError } from '../wire/reader.ts'
import {
  batchesOf,
  batchLayout,
  isChecksumRight,
  OldFormatError,
  rewriteForAppend,
  sequenceAfter,
  type Batch,
} from './batch.ts'
import { batchFromRecords, type NewRecord } from './record.ts'

const producer = { producerId: 4711n, producerEpoch: 3 }

function batchBytes(records: readonly NewRecord[], baseOffset = 0n): Buffer {
  const bytes = batchFromRecords(records, { timestampMs: 1_000n, producer, baseSequence: 9, isTransactional: false })
  bytes.writeBigInt64BE(baseOffset, batchLayout.baseOffset)
  return bytes
}
const two: readonly NewRecord[] = [
  { key: Buffer.from('a'), value: Buffer.from('one') },
  { key: null, value: null },
]

function only(bytes: Buffer): Batch {
  const batches = batchesOf(bytes)
  expect(batches).toHaveLength(1)
  return batches[0]!
}

describe('batchesOf', () => {
  it('reads the header', () => {
    expect(only(batchBytes(two, 7n))).toMatchObject({
      baseOffset: 7n,
      lastOffset: 8n,
      leaderEpoch: -1,
      compression: 'none',
      isLogAppendTime: false,
      isTransactional: false,
      isControl: false,
      hasDeleteHorizon: false,
      baseTimestampMs: 1_000n,
      maxTimestampMs: 1_000n,
      producerId: 4711n,
      producerEpoch: 3,
      baseSequence: 9,
      recordCount: 2,
    })
  })

  it.each([
    [8, 'isLogAppendTime'],
    [16, 'isTransactional'],
    [32, 'isControl'],
    [64, 'hasDeleteHorizon'],
  ] as const)('reads attribute bit %d as %s', (bit, name) => {
    const bytes = batchBytes(two)
    bytes.writeInt16BE(bit, batchLayout.attributes)
    const flags = { isLogAppendTime: false, isTransactional: false, isControl: false, hasDeleteHorizon: false }
    expect(only(bytes)).toMatchObject({ ...flags, [name]: true })
  })

  it.each([
    [0, 'none'],
    [1, 'gzip'],
    [2, 'snappy'],
    [3, 'lz4'],
    [4, 'zstd'],
    [5, undefined],
    [7, undefined],
  ])('reads compression %d as %s', (code, compression) => {
    const bytes = batchBytes(two)
    bytes.writeInt16BE(code, batchLayout.attributes)
    expect(only(bytes).compression).toBe(compression)
  })

  it('gives views on the bytes, not copies', () => {
    const bytes = batchBytes(two)
    expect(only(bytes).bytes.buffer).toBe(bytes.buffer)
  })

  it('leaves out a last batch that is cut, wherever the cut is', () => {
    const bytes = Buffer.concat([batchBytes(two, 0n), batchBytes(two, 2n)])
    const first = batchBytes(two).length
    for (let length = 0; length < bytes.length; length++) {
      expect(batchesOf(bytes.subarray(0, length)), `cut at ${length}`).toHaveLength(length < first ? 0 : 1)
    }
    expect(batchesOf(bytes).map(({ baseOffset }) => baseOffset)).toEqual([0n, 2n])
  })

  it.each([0, 1])('refuses message format %d', (magic) => {
    const bytes = batchBytes(two)
    bytes.writeInt8(magic, batchLayout.magic)
    expect(() => batchesOf(bytes)).toThrow(OldFormatError)
  })

  it.each([
    ['message format 3', (bytes: Buffer) => bytes.writeInt8(3, batchLayout.magic)],
    ['message format -1', (bytes: Buffer) => bytes.writeInt8(-1, batchLayout.magic)],
    ['a length of 0', (bytes: Buffer) => bytes.writeInt32BE(0, batchLayout.batchLength)],
    ['a length below 0', (bytes: Buffer) => bytes.writeInt32BE(-12, batchLayout.batchLength)],
    ['the lowest length', (bytes: Buffer) => bytes.writeInt32BE(-(2 ** 31), batchLayout.batchLength)],
    ['a length shorter than a header', (bytes: Buffer) => bytes.writeInt32BE(48, batchLayout.batchLength)],
    ['a base offset below 0', (bytes: Buffer) => bytes.writeBigInt64BE(-1n, batchLayout.baseOffset)],
    ['an end below its start', (bytes: Buffer) => bytes.writeInt32BE(-1, batchLayout.lastOffsetDelta)],
    ['more records than offsets', (bytes: Buffer) => bytes.writeInt32BE(3, batchLayout.recordCount)],
    ['a count below 0', (bytes: Buffer) => bytes.writeInt32BE(-1, batchLayout.recordCount)],
  ])('refuses %s', (_, damage) => {
    const bytes = batchBytes(two)
    damage(bytes)
    expect(() => batchesOf(bytes)).toThrow(MalformedError)
  })

  it.each([
    ['the same offsets again', 0n],
    ['offsets that overlap', 1n],
  ])('refuses %s in the next batch', (_, baseOffset) => {
    expect(() => batchesOf(Buffer.concat([batchBytes(two, 0n), batchBytes(two, baseOffset)]))).toThrow(MalformedError)
  })

  it('takes fewer records than offsets, and a gap before the next batch, as compaction leaves them', () => {
    const first = batchBytes(two)
    first.writeInt32BE(5, batchLayout.lastOffsetDelta)
    const batches = batchesOf(Buffer.concat([first, batchBytes(two, 100n)]))
    expect(batches.map(({ lastOffset }) => lastOffset)).toEqual([5n, 101n])
  })

  it('answers any bytes with batches or with an error of its own, in no time', () => {
    const whole = batchBytes(two)
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one)),
      damage.map((changes) => {
        const copy = Buffer.concat([whole, whole])
        for (const [index, byte] of changes) copy[index] = byte
        return copy
      }),
    )
    fc.assert(
      fc.property(bytes, (one) => {
        try {
          for (const batch of batchesOf(one)) expect(batch.bytes.length).toBeGreaterThanOrEqual(batchLayout.records)
        } catch (error) {
          if (!(error instanceof MalformedError || error instanceof OldFormatError)) throw error
        }
      }),
      { numRuns: 2_000, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: true },
    )
  })
})

describe('rewriteForAppend', () => {
  const nullableBytes = fc.option(fc.uint8Array({ maxLength: 700 }).map((one) => Buffer.from(one)))
  const records = fc.array(fc.record({ key: nullableBytes, value: nullableBytes }), { minLength: 1, maxLength: 20 })
  const identity = fc.record({
    producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    producerEpoch: fc.integer({ min: 0, max: 2 ** 15 - 1 }),
  })
  const sequence = fc.integer({ min: 0, max: 2 ** 31 - 1 })

  it('changes base offset, producer, epoch, sequence and CRC, nothing else, and the CRC is right', () => {
    fc.assert(
      fc.property(
        records,
        fc.bigInt({ min: 0n, max: 2n ** 40n }),
        identity,
        sequence,
        (some, from, to, baseSequence) => {
          const bytes = batchBytes(some, from)
          const before = Buffer.from(bytes)
          rewriteForAppend(only(bytes), to, baseSequence)
          expect(only(bytes)).toMatchObject({ ...to, baseSequence, baseOffset: 0n })
          expect(isChecksumRight(only(bytes))).toBe(true)
          const free = [
            [batchLayout.baseOffset, batchLayout.batchLength],
            [batchLayout.crc, batchLayout.attributes],
            [batchLayout.producerId, batchLayout.recordCount],
          ] as const
          for (const [start, end] of free) for (const one of [before, bytes]) one.fill(0, start, end)
          expect(bytes.equals(before)).toBe(true)
        },
      ),
    )
  })

  it('leaves a CRC that was wrong wrong', () => {
    const bytes = batchBytes(two)
    bytes[bytes.length - 1]! ^= 1
    expect(isChecksumRight(only(bytes))).toBe(false)
    rewriteForAppend(only(bytes), { producerId: 1n, producerEpoch: 0 }, 5)
    expect(isChecksumRight(only(bytes))).toBe(false)
  })
})

describe('sequenceAfter', () => {
  it.each([
    [0, 1, 1],
    [2 ** 31 - 2, 1, 2 ** 31 - 1],
    [2 ** 31 - 1, 1, 0],
    [2 ** 31 - 3, 10, 7],
  ])('goes on from %d by %d to %d', (sequence, count, expected) => {
    expect(sequenceAfter(sequence, count)).toBe(expected)
  })
})
