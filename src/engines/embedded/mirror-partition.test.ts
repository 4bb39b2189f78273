import { describe, expect, it } from 'vitest'
import { batchAt } from '../../../test/support/batches.ts'
import { reasonNotToAppend } from './mirror-partition.ts'

describe('reasonNotToAppend', () => {
  it('lets a batch pass that begins where the mirror ends', () => {
    expect(reasonNotToAppend(batchAt(0n), 0n)).toBeUndefined()
    expect(reasonNotToAppend(batchAt(7n, { count: 3 }), 7n)).toBeUndefined()
  })

  it.each([0, 1, 2, 3, 4])('lets compression %i pass', (attributes) => {
    expect(reasonNotToAppend(batchAt(0n, { attributes }), 0n)).toBeUndefined()
  })

  it.each([
    ['of a transaction', { attributes: 16 }, 5n, 'the source holds transactions (at source offset 5)'],
    ['that is a marker', { attributes: 48 }, 5n, 'the source holds transactions (at source offset 5)'],
    [
      'that is a control batch of another kind',
      { attributes: 32 },
      5n,
      'the source holds transactions (at source offset 5)',
    ],
    [
      'that lost records to compaction',
      { count: 2, lastOffsetDelta: 4 },
      5n,
      'the source is or was compacted: a batch at source offset 5 has 2 records up to offset 9',
    ],
    [
      'with a delete horizon',
      { attributes: 64 },
      5n,
      'the source is or was compacted: a batch at source offset 5 has 1 records up to offset 5',
    ],
    ['with append times', { attributes: 8 }, 5n, "the source's record times are append times (at source offset 5)"],
    ['with a codec of the future', { attributes: 5 }, 5n, 'a batch at source offset 5 has an unknown compression'],
    ['behind a gap', {}, 3n, 'the source does not hold offsets 3 to 4'],
    ['that begins before the end of the mirror', { count: 4 }, 6n, 'the mirror ends at 6, inside a source batch that begins at source offset 5'], // prettier-ignore
  ])('holds back a batch %s', (_, changes, expected, reason) => {
    expect(reasonNotToAppend(batchAt(5n, changes), expected)).toBe(reason)
  })
})
