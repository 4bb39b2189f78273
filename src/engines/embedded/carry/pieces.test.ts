import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchAt, storedBatch } from '../../../../test/support/batches.ts'
import { type Batch, batchesOf, batchLayout, isChecksumRight, rewriteForAppend } from '../../../kafka/records/batch.ts'
import { crc32c } from '../../../kafka/records/crc32c.ts'
import { batchFromStored, recordsOf, storedRecordsOf } from '../../../kafka/records/record.ts'
import { type Hidden, isHidden, piecesOf } from './pieces.ts'

const mostHidden = 10_000_000n

const transactional = 16
const control = 32

/** The offset behind it. */
const endOf = (piece: Batch | Hidden): bigint => (isHidden(piece) ? piece.until : piece.lastOffset + 1n)

/** In words: `3..4` for a batch, `(5..6)` for what is hidden. */
function shown(pieces: readonly (Batch | Hidden)[]): readonly string[] {
  return pieces.map((piece) => isHidden(piece) ? `(${piece.from}..${piece.until - 1n})` : `${piece.baseOffset}..${piece.lastOffset}`) // prettier-ignore
}

function cut(
  batches: readonly Batch[],
  expected = 0n,
  aborted: { producerId: bigint; firstOffset: bigint }[] = [],
): readonly string[] {
  const { pieces, next, why } = piecesOf(batches, { expected, aborted, mostHidden })
  expect(why).toBeUndefined()
  expect(next).toBe(pieces.length === 0 ? expected : endOf(pieces.at(-1)!))
  return shown(pieces)
}

/** A marker as a broker writes it: a key of version and type. */
function marker(offset: bigint, isCommit: boolean): Batch {
  const key = Buffer.from([0, 0, 0, isCommit ? 1 : 0])
  const body = Buffer.concat([Buffer.from([2 * key.length]), key, Buffer.from([1, 0])])
  const bytes = batchFromStored([{ offset, timestampMs: 5n, body }], { compression: 'none', producer: { producerId: 77n, producerEpoch: 0 }, baseSequence: -1 }) // prettier-ignore
  bytes.writeInt16BE(transactional | control, batchLayout.attributes)
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchLayout.attributes)), batchLayout.crc)
  return batchesOf(bytes)[0]!
}

/** A batch of which compaction has left the records at these offsets. */
function compacted(base: bigint, last: bigint, offsets: readonly bigint[], attributes = 0): Batch {
  const whole = storedRecordsOf(batchAt(base, { count: Number(last - base) + 1 }))
  const kept = whole.filter(({ offset }) => offsets.includes(offset))
  // Deltas are of the batch's base, which stays.
  const bytes = batchFromStored(whole, { compression: 'none' })
  const records = kept.map(({ offset, body }) => {
    const head = Buffer.from([0, 0, 2 * Number(offset - base)])
    return Buffer.concat([Buffer.from([2 * (head.length + body.length)]), head, body])
  })
  const batch = Buffer.concat([bytes.subarray(0, batchLayout.records), ...records])
  batch.writeInt32BE(batch.length - 12, batchLayout.batchLength)
  batch.writeInt32BE(kept.length, batchLayout.recordCount)
  batch.writeInt16BE(attributes, batchLayout.attributes)
  batch.writeUInt32BE(crc32c(batch.subarray(batchLayout.attributes)), batchLayout.crc)
  return batchesOf(batch)[0]!
}

describe('piecesOf', () => {
  it.each([
    ['a gap before a batch', [batchAt(0n), batchAt(5n)], true],
    ['a batch without some of its records', [compacted(0n, 4n, [0n, 2n, 4n])], true],
    ['a batch without any', [compacted(0n, 4n, [])], true],
    ['batches that follow each other, and a marker', [batchAt(0n, { attributes: transactional, count: 2 }), marker(2n, true), batchAt(3n)], false],
    ['what the mirror has', [batchAt(0n), batchAt(1n)], false],
    ['nothing', [], false],
  ])('tells that records are missing: %s', (_, batches, isHoled) => {
    expect(piecesOf(batches, { expected: 0n, aborted: [], mostHidden }).isHoled).toBe(isHoled)
  }) // prettier-ignore

  it('does not take what was aborted for missing, and a gap before it for nothing else', () => {
    const aborted = [{ producerId: 77n, firstOffset: 0n }]
    const isHoled = (from: bigint): boolean => piecesOf([batchAt(from, { attributes: transactional, count: 2 }), marker(from + 2n, false)], { expected: 0n, aborted, mostHidden }).isHoled // prettier-ignore
    expect([isHoled(0n), isHoled(1n)]).toEqual([false, true])
  })

  it('leaves batches as they are', () => {
    const batches = batchesOf(Buffer.concat([storedBatch(3n, { count: 2 }), storedBatch(5n, { attributes: 64 })]))
    const { pieces } = piecesOf(batches, { expected: 3n, aborted: [], mostHidden })
    expect(pieces).toEqual(batches)
    expect(pieces[0]).toBe(batches[0])
  })

  it('leaves out what the mirror has, and takes up what the source does not hold', () => {
    expect(cut([batchAt(0n, { count: 3 }), batchAt(9n)], 3n)).toEqual(['(3..8)', '9..9'])
    expect(cut([batchAt(7n)])).toEqual(['(0..6)', '7..7'])
    expect(cut([batchAt(0n)], 5n)).toEqual([])
  })

  it('hides markers and what was aborted, and nothing that was committed', () => {
    const batches = [batchAt(0n, { attributes: transactional, count: 2 }), batchAt(2n), marker(3n, false), batchAt(4n, { attributes: transactional }), marker(5n, true), batchAt(6n)] // prettier-ignore
    expect(cut(batches, 0n, [{ producerId: 77n, firstOffset: 0n }])).toEqual(['(0..1)', '2..2', '(3..3)', '4..4', '(5..5)', '6..6']) // prettier-ignore
    // From inside of the transaction, too.
    expect(cut(batches.slice(1), 2n, [{ producerId: 77n, firstOffset: 0n }])).toEqual(['2..2', '(3..3)', '4..4', '(5..5)', '6..6']) // prettier-ignore
  })

  it('makes a batch anew where compaction took records out of it, and hides these', () => {
    const batch = compacted(10n, 19n, [11n, 12n, 15n])
    expect(cut([batch], 10n)).toEqual(['(10..10)', '11..12', '(13..14)', '15..15', '(16..19)'])
    expect(cut([batch], 12n)).toEqual(['12..12', '(13..14)', '15..15', '(16..19)'])
    expect(cut([compacted(10n, 19n, [])], 10n)).toEqual(['(10..19)'])
  })

  it('makes a batch anew where the mirror ends inside of it', () => {
    expect(cut([batchAt(5n, { count: 4 }), batchAt(9n)], 7n)).toEqual(['7..8', '9..9'])
  })

  it('keeps append times as record times', () => {
    const source = storedBatch(5n, { count: 3, attributes: 8 })
    source.writeBigInt64BE(1_800_000_000_000n, batchLayout.maxTimestamp)
    source.writeUInt32BE(crc32c(source.subarray(batchLayout.attributes)), batchLayout.crc)
    const { pieces } = piecesOf(batchesOf(source), { expected: 5n, aborted: [], mostHidden })
    const [batch] = pieces as readonly Batch[]
    expect(batch!.isLogAppendTime).toBe(false)
    expect(recordsOf(batch!)).toEqual(recordsOf(batchesOf(source)[0]!))
    expect(recordsOf(batch!).map(({ timestampMs }) => timestampMs)).toEqual(Array(3).fill(1_800_000_000_000n))
  })

  it('stops before what it cannot read, and tells why', () => {
    const good = batchAt(0n)
    const hidden = Buffer.from(marker(1n, false).bytes)
    hidden[batchLayout.attributes + 1]! ^= transactional
    expect(piecesOf([good, ...batchesOf(hidden)], { expected: 0n, aborted: [], mostHidden })).toMatchObject({ pieces: [good], why: 'a batch at source offset 1 has a wrong checksum' }) // prettier-ignore
    const strange = piecesOf([good, batchAt(1n, { attributes: 5 })], { expected: 0n, aborted: [], mostHidden })
    expect(strange).toMatchObject({ pieces: [good], next: 1n, why: 'a batch at source offset 1 has an unknown compression' }) // prettier-ignore
    const hurt = Buffer.from(compacted(1n, 4n, [2n]).bytes)
    hurt[hurt.length - 1]! ^= 1
    const wrong = piecesOf([good, ...batchesOf(hurt)], { expected: 0n, aborted: [], mostHidden })
    expect(wrong).toMatchObject({ pieces: [good], next: 1n, why: 'a batch at source offset 1 has a wrong checksum' })
  })

  it('hides ten million offsets at once, and no more', () => {
    expect(cut([batchAt(10_000_000n)])).toEqual(['(0..9999999)', '10000000..10000000'])
    expect(piecesOf([batchAt(10_000_001n)], { expected: 0n, aborted: [], mostHidden })).toMatchObject({ pieces: [], why: 'the source has no records at 10000001 offsets from 0 on: more than 10000000 at once are not hidden' }) // prettier-ignore
    expect(piecesOf([batchAt(100_001n)], { expected: 0n, aborted: [], mostHidden: 100_000n }).why).toContain('more than 100000 at once are not hidden') // prettier-ignore
  })

  it('has each record at its offset, with its time and its bytes, and no hole, whatever compaction has left', () => {
    const logs = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 3 }), kept: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), time: fc.boolean() }), // prettier-ignore
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(logs, fc.integer({ min: 0, max: 20 }), (log, from) => {
        let at = 0n
        const batches = log.map(({ gap, kept, time }) => {
          const base = at + BigInt(gap)
          at = base + BigInt(kept.length)
          return compacted(
            base,
            at - 1n,
            kept.flatMap((is, n) => (is ? [base + BigInt(n)] : [])),
            time ? 8 : 0,
          )
        })
        const expected = BigInt(from)
        const { pieces, next } = piecesOf(batches, { expected, aborted: [], mostHidden })
        const wanted = batches.flatMap(recordsOf).filter(({ offset }) => offset >= expected)
        let position = expected
        const seen = pieces.flatMap((piece) => {
          expect(isHidden(piece) ? piece.from : piece.baseOffset).toBe(position)
          position = endOf(piece)
          if (isHidden(piece)) return []
          expect(isChecksumRight(piece)).toBe(true)
          return recordsOf(piece)
        })
        expect(seen).toEqual(wanted)
        expect(next).toBe(at > expected ? at : expected)
      }),
    )
  })
})

describe('a batch of a transaction, or with a delete horizon', () => {
  it.each([16, 64, 80])('is appended without (attributes %d), and its checksum is right', (attributes) => {
    const bytes = storedBatch(4n, { count: 3, attributes })
    bytes.writeUInt32BE(crc32c(bytes.subarray(batchLayout.attributes)), batchLayout.crc)
    const [batch] = batchesOf(bytes)
    const before = recordsOf(batch!)
    rewriteForAppend(batch!, { producerId: 9n, producerEpoch: 1 }, 17)
    const [after] = batchesOf(batch!.bytes)
    expect(after).toMatchObject({ isTransactional: false, hasDeleteHorizon: false, producerId: 9n, baseSequence: 17 })
    expect(isChecksumRight(after!)).toBe(true)
    expect(recordsOf(after!).map(({ timestampMs, value }) => [timestampMs, value])).toEqual(before.map(({ timestampMs, value }) => [timestampMs, value])) // prettier-ignore
  })
})
