import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { storedBatch } from '../../../../test/support/batches.ts'
import {
  batchesOf,
  batchLayout,
  isChecksumRight,
  OldFormatError,
  rewriteForAppend,
} from '../../../kafka/records/batch.ts'
import { MalformedError } from '../../../kafka/wire/reader.ts'
import { CompressedError } from '../../../kafka/records/record.ts'
import { isBatch, type Piece, piecesOf } from './pieces.ts'

const mostHidden = 10_000_000n
const producer = { producerId: 4_711n, producerEpoch: 2 }

/** What the appender would send of these bytes, in order, as a broker would take it: it checks the CRC, and gives the leader epoch itself. */
function appended(fetched: Buffer, from: bigint): readonly Buffer[] {
  const sent: Buffer[] = []
  for (const piece of cut(fetched, from)) {
    if (!isBatch(piece)) break
    rewriteForAppend(piece, producer, Number(piece.baseOffset - from))
    if (!isChecksumRight(piece)) break
    piece.bytes.writeInt32BE(0, batchLayout.leaderEpoch)
    sent.push(piece.bytes)
  }
  return sent
}

function cut(fetched: Buffer, expected: bigint): readonly Piece[] {
  try {
    return piecesOf(batchesOf(fetched), { expected, aborted: [], mostHidden }).pieces
  } catch (error) {
    if (error instanceof MalformedError || error instanceof OldFormatError || error instanceof CompressedError)
      return []
    throw error
  }
}

describe('an answer of the source that is damaged', () => {
  const from = 40n
  const counts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
  const lengths = fc.constantFrom(batchLayout.batchLength, batchLayout.lastOffsetDelta, batchLayout.recordCount)
  const damage = fc.record({
    flips: fc.array(fc.nat(), { maxLength: 3 }),
    bytes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    length: fc.option(fc.tuple(lengths, fc.oneof(fc.nat(300), fc.integer())), { freq: 3 }),
    cut: fc.option(fc.nat(), { freq: 3 }),
    /** Bytes that are there twice, or not at all. */
    moved: fc.option(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { freq: 3 }),
  })

  it('brings the batches of the source as they are, up to some one, and nothing else', () => {
    fc.assert(
      fc.property(counts, damage, (some, what) => {
        let offset = from
        const batches = some.map((count) => {
          const bytes = storedBatch(offset, { count, leaderEpoch: 3, valueBytes: 10 * count })
          offset += BigInt(count)
          return bytes
        })
        const whole = Buffer.concat(batches)
        let bytes = Buffer.from(whole)
        if (what.length !== null) bytes.writeInt32BE(what.length[1], what.length[0])
        for (const bit of what.flips) bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7)
        for (const [index, byte] of what.bytes) bytes[index % bytes.length] = byte
        if (what.moved !== null) {
          const [start, end, to] = what.moved.map((index) => index % bytes.length) as [number, number, number]
          bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(start, end), bytes.subarray(to)])
        }
        if (what.cut !== null) bytes = Buffer.from(bytes.subarray(0, what.cut % (bytes.length + 1)))
        const right = appended(whole, from)
        expect(right).toHaveLength(some.length)
        const sent = appended(bytes, from)
        expect(sent.map((one) => one.toString('hex'))).toEqual(right.slice(0, sent.length).map((one) => one.toString('hex'))) // prettier-ignore
      }),
      { numRuns: 1_000, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
    )
  })
})
