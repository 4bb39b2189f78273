import { describe, expect, it } from 'vitest'
import {
  acknowledgedFrom,
  acknowledgementSpan,
  ledgerCounts,
  ledgerCutAt,
  type LedgerEntry,
  type SendOutcome,
} from './ledger.ts'
import { offset } from './offset.ts'

function ok(acknowledgedAt: number): SendOutcome {
  return { kind: 'ok', offset: offset(0n), acknowledgedAt, acknowledgedWallMs: 1_000_000 + acknowledgedAt }
}
const entries: readonly LedgerEntry[] = (
  [
    ok(110),
    ok(205),
    { kind: 'fail', why: 'refused' },
    { kind: 'unknown', why: 'timed out' },
    { kind: 'pending' },
  ] as const
).map((outcome, seq) => ({
  partition: 0,
  seq,
  scheduledAt: seq * 100,
  scheduledWallMs: 1_000_000 + seq * 100,
  outcome,
}))

describe('ledger', () => {
  it('counts what is still pending as unknown', () => {
    expect(ledgerCounts(entries)).toEqual({ sends: 5, ok: 2, fail: 1, unknown: 2 })
  })

  it('splits by the instant of the acknowledgement, not of the send', () => {
    expect(acknowledgedFrom(entries, 111).map(({ seq }) => seq)).toEqual([1])
    expect(acknowledgedFrom(entries, 110).map(({ seq }) => seq)).toEqual([0, 1])
  })

  it('is cut at an instant: what was acknowledged from then on is unknown, and nothing else changes', () => {
    const kinds = (at: number): readonly string[] => ledgerCutAt(entries, at, 'cut').map(({ outcome }) => outcome.kind)
    expect(kinds(205)).toEqual(['ok', 'unknown', 'fail', 'unknown', 'pending'])
    expect(kinds(206)).toEqual(['ok', 'ok', 'fail', 'unknown', 'pending'])
  })

  it('has no first and last acknowledgement without any', () => {
    expect(acknowledgementSpan(entries)).toEqual({ first: 110, last: 205 })
    expect(acknowledgementSpan(entries.slice(2))).toBeUndefined()
  })
})
