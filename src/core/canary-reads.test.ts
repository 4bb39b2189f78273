import { describe, expect, it } from 'vitest'
import { type CanaryRead, readSlots, sequenceBreaks, writeSlots } from './canary-reads.ts'
import type { LedgerEntry } from './ledger.ts'
import { offset } from './offset.ts'

function reads(partition: number, seqs: readonly (number | undefined)[]): readonly CanaryRead[] {
  return seqs.map((seq, index) => ({
    partition,
    offset: offset(BigInt(index)),
    canary: seq === undefined ? undefined : { runId: 'r', seq },
    readAt: index,
  }))
}

describe('sequence breaks', () => {
  it('finds none where every written record came once', () => {
    const breaks = sequenceBreaks(
      [...reads(0, [4, undefined, 5, 8]), ...reads(1, [0])],
      'r',
      (_, seq) => seq < 6 || seq > 7,
    )
    expect(breaks.gaps).toEqual([])
    expect(breaks.repeats).toEqual([])
    expect([...breaks.first].map(([partition, { canary }]) => [partition, canary?.seq])).toEqual([
      [0, 4],
      [1, 0],
    ])
  })

  it('names what was written and not read, and what was read again', () => {
    const breaks = sequenceBreaks(reads(2, [0, 1, 5, 3, 5, 6]), 'r', (_, seq) => seq !== 3)
    expect(breaks.gaps).toEqual([{ partition: 2, after: 1, missing: [2, 4] }])
    expect(breaks.repeats.map(({ canary }) => canary?.seq)).toEqual([3, 5])
  })

  it('leaves other runs out', () => {
    expect(sequenceBreaks(reads(0, [0, 9]), 'other', () => true)).toEqual({ first: new Map(), gaps: [], repeats: [] })
  })
})

describe('slots', () => {
  const entries: readonly LedgerEntry[] = [
    {
      partition: 0,
      seq: 0,
      scheduledAt: 100,
      scheduledWallMs: 0,
      outcome: { kind: 'ok', offset: offset(7n), acknowledgedAt: 105, acknowledgedWallMs: 0 },
    },
    { partition: 0, seq: 1, scheduledAt: 200, scheduledWallMs: 0, outcome: { kind: 'fail', why: 'refused' } },
    {
      partition: 0,
      seq: 2,
      scheduledAt: 300,
      scheduledWallMs: 0,
      outcome: { kind: 'ok', offset: offset(8n), acknowledgedAt: 306, acknowledgedWallMs: 0 },
    },
  ]
  it('of writes are done when acknowledged', () => {
    expect(writeSlots(entries)).toEqual([
      { dueAt: 100, doneAt: 105 },
      { dueAt: 200, doneAt: undefined },
      { dueAt: 300, doneAt: 306 },
    ])
  })

  it('of reads are those acknowledged, done at the first read', () => {
    const some = [
      { partition: 0, offset: offset(7n), canary: undefined, readAt: 120 },
      { partition: 0, offset: offset(7n), canary: undefined, readAt: 500 },
      { partition: 1, offset: offset(8n), canary: undefined, readAt: 130 },
    ]
    expect(readSlots(entries, some)).toEqual([
      { dueAt: 100, doneAt: 120 },
      { dueAt: 300, doneAt: undefined },
    ])
  })
})
