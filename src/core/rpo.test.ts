import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry, SendOutcome } from './ledger.ts'
import { offset } from './offset.ts'
import { type DrainedPartition, rpoFrom } from './rpo.ts'

const marks = { t0: 10_000, injectionUncertaintyMs: 5, everyMs: 100 }

function ok(at: bigint, acknowledgedAt: number): SendOutcome {
  return { kind: 'ok', offset: offset(at), acknowledgedAt, acknowledgedWallMs: acknowledgedAt }
}
function entry(partition: number, seq: number, outcome: SendOutcome): LedgerEntry {
  return { partition, seq, scheduledAt: seq * 100, scheduledWallMs: seq * 100, outcome }
}
function drained(partition: number, found: Record<number, bigint[]>, incomplete?: string): DrainedPartition {
  const offsetsBySeq = new Map(Object.entries(found).map(([seq, all]) => [Number(seq), all.map(offset)]))
  return { partition, offsetsBySeq, foreign: 0, incomplete }
}

describe('rpo', () => {
  const entries = [
    entry(0, 0, ok(0n, 9_000)),
    entry(0, 1, ok(1n, 9_600)),
    entry(0, 2, ok(2n, 9_700)),
    entry(1, 0, ok(0n, 9_900)),
    entry(1, 1, ok(1n, 9_990)),
  ]

  it('is the count of what was acknowledged and is absent, and the age of the oldest of them in the worst partition', () => {
    const rpo = rpoFrom(entries, [drained(0, { 0: [0n] }), drained(1, { 0: [0n] })], marks)
    expect(rpo.records).toEqual({ value: 3, error: 0, unit: 'records', why: null })
    expect(rpo.ms).toEqual({ value: 400, error: 105, unit: 'ms', why: null })
    expect(rpo.perPartition.map(({ partition, lost, ms }) => [partition, lost, ms.value])).toEqual([
      [0, [1, 2], 400],
      [1, [1], 10],
    ])
    expect(rpo.acknowledged).toBe(5)
    expect(rpo.resolutionMs).toBe(100)
    expect(rpo.rate.value).toBe(10)
  })

  it('is zero of N when everything arrived', () => {
    const rpo = rpoFrom(entries, [drained(0, { 0: [0n], 1: [1n], 2: [2n] }), drained(1, { 0: [0n], 1: [1n] })], marks)
    expect([rpo.records.value, rpo.ms.value, rpo.acknowledged]).toEqual([0, 0, 5])
  })

  it('counts what was acknowledged after the injection, and measures up to that (t1 > t0)', () => {
    const late = [...entries, entry(1, 2, ok(2n, 10_250))]
    const rpo = rpoFrom(late, [drained(0, { 0: [0n], 1: [1n], 2: [2n] }), drained(1, { 0: [0n] })], marks)
    expect(rpo.records.value).toBe(2)
    expect(rpo.ms.value).toBe(10_250 - 9_990)
  })

  it('is unknown, with a lower bound, while a partition was not read to its end', () => {
    const rpo = rpoFrom(entries, [drained(0, { 0: [0n] }), drained(1, { 0: [0n] }, 'timed out')], marks)
    expect(rpo.records.value).toBeNull()
    expect(rpo.records.why).toContain('partition 1')
    expect(rpo.records.why).toContain('late, not lost')
    expect(rpo.ms.value).toBeNull()
    expect(rpo.lostAtLeast).toBe(2)
    expect(rpo.perPartition[1]?.lost).toEqual([])
  })

  it('is unknown when a partition that has sends was not read at all', () => {
    expect(rpoFrom(entries, [drained(0, {})], marks).records.value).toBeNull()
  })

  it('is unknown, not zero, when nothing was acknowledged', () => {
    const rpo = rpoFrom([entry(0, 0, { kind: 'unknown', why: 'x' })], [drained(0, {})], marks)
    expect([rpo.records.value, rpo.ms.value, rpo.acknowledged]).toEqual([null, null, 0])
    expect(rpoFrom([], [], marks).records.value).toBeNull()
  })

  it('knows the records but not the time without t0', () => {
    const rpo = rpoFrom(entries, [drained(0, {}), drained(1, {})], { ...marks, t0: undefined })
    expect(rpo.records.value).toBe(5)
    expect(rpo.ms.value).toBeNull()
    expect(rpo.ms.why).toContain('t0')
  })

  it('keeps unknown sends apart: present survived, absent is not lost', () => {
    const unsure: SendOutcome = { kind: 'unknown', why: 'timed out' }
    const rpo = rpoFrom(
      [entry(0, 0, ok(0n, 1)), entry(0, 1, unsure), entry(0, 2, unsure), entry(0, 3, { kind: 'pending' })],
      [drained(0, { 0: [0n], 1: [1n] })],
      marks,
    )
    expect(rpo.unknownSends).toEqual({ survived: 1, absent: 2, undetermined: 0 })
    expect(rpo.records.value).toBe(0)
    const unread = rpoFrom([entry(0, 0, unsure)], [drained(0, {}, 'timed out')], marks)
    expect(unread.unknownSends).toEqual({ survived: 0, absent: 0, undetermined: 1 })
  })

  it('names records at another offset, records seen twice, and records that nobody says they wrote', () => {
    const rpo = rpoFrom(
      [entry(0, 0, ok(0n, 1)), entry(0, 1, ok(1n, 2)), entry(0, 2, { kind: 'fail', why: 'refused' })],
      [{ ...drained(0, { 0: [0n], 1: [1n, 5n], 2: [6n], 9: [7n] }), foreign: 3 }],
      marks,
    )
    expect(rpo.misplaced).toEqual([{ partition: 0, seq: 1, source: 1n, destination: 5n }])
    expect(rpo.repeated).toEqual([{ partition: 0, seq: 1, offsets: [1n, 5n] }])
    expect(rpo.unexplained.map(({ seq }) => seq)).toEqual([2, 9])
    expect(rpo.foreign).toBe(3)
    expect(rpo.records.value).toBe(0)
  })

  it('equals the set difference, whatever arrives', () => {
    const send = fc.record({
      partition: fc.nat({ max: 3 }),
      kind: fc.constantFrom('ok', 'fail', 'unknown', 'pending'),
      hasArrived: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(send, { maxLength: 60 }), (sends) => {
        const entries = sends.map(
          ({ partition, kind }, seq) =>
          entry(partition, seq, kind === 'ok' ? ok(BigInt(seq), seq) : kind === 'pending' ? { kind } : { kind, why: 'x' }), // prettier-ignore
        )
        const found = [0, 1, 2, 3].map((partition) =>
          drained(
            partition,
            Object.fromEntries(
              sends.flatMap((one, seq) =>
                one.partition === partition && one.hasArrived ? [[seq, [BigInt(seq)]]] : [],
              ),
            ) as Record<number, bigint[]>,
          ),
        )
        const acked = sends.filter(({ kind }) => kind === 'ok')
        const rpo = rpoFrom(entries, found, marks)
        expect(rpo.records.value).toBe(acked.length === 0 ? null : acked.filter(({ hasArrived }) => !hasArrived).length)
        expect(rpo.lostAtLeast).toBe(acked.filter(({ hasArrived }) => !hasArrived).length)
        expect(rpo.unexplained.length).toBe(
          sends.filter(({ kind, hasArrived }) => kind === 'fail' && hasArrived).length,
        )
        const { survived, absent, undetermined } = rpo.unknownSends
        expect(survived + absent + undetermined).toBe(
          sends.filter(({ kind }) => kind === 'unknown' || kind === 'pending').length,
        )
      }),
    )
  })
})
