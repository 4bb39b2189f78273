import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyFields,
  body,
  crc32cByBits,
  damage,
  damaged,
  encoded,
  int16,
  int32,
  int64,
  only,
  orOwnError,
  within,
} from '../../../test/support/any-batches.ts'
import { batchesOf, batchLayout, isChecksumRight, rewriteForAppend } from './batch.ts'
import { crc32cDelta } from './crc32c.ts'

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
