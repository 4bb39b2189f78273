import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  anyFields,
  body,
  compressed,
  damage,
  damaged,
  encoded,
  filledBatch,
  int64,
  only,
  orOwnError,
  plainFields,
  record,
  recordBytes,
  within,
} from '../../../test/support/any-batches.ts'
import { MalformedError } from '../wire/reader.ts'
import { type Batch, batchesOf } from './batch.ts'
import { loadCodecs } from './codecs/plain.ts'
import { recordsOf } from './record.ts'

beforeAll(async () => {
  await loadCodecs([{ compression: 'zstd' }])
})

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
