import type { Offset } from './offset.ts'

/**
 * What became of one send. A send is one attempt, so `fail` means that the record was surely not written; after `unknown` it may be
 * on either side. `pending` is unknown, too, once nobody waits for an answer any more.
 */
export type SendOutcome =
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'ok'
      readonly offset: Offset
      /** Monotonic milliseconds, and the wall clock of the same instant. */
      readonly acknowledgedAt: number
      readonly acknowledgedWallMs: number
    }
  | { readonly kind: 'fail'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string }

/** One canary send. Never changed: an outcome makes a new entry. */
export interface LedgerEntry {
  readonly partition: number
  readonly seq: number
  /** Monotonic milliseconds at which the schedule wanted it sent. Latency counts from here. */
  readonly scheduledAt: number
  readonly scheduledWallMs: number
  readonly outcome: SendOutcome
}

export interface LedgerCounts {
  readonly sends: number
  readonly ok: number
  readonly fail: number
  /** Those still pending are among them. */
  readonly unknown: number
}

export interface AcknowledgedEntry extends LedgerEntry {
  readonly outcome: Extract<SendOutcome, { kind: 'ok' }>
}

export function isAcknowledged(entry: LedgerEntry): entry is AcknowledgedEntry {
  return entry.outcome.kind === 'ok'
}

export function ledgerCounts(entries: readonly LedgerEntry[]): LedgerCounts {
  let ok = 0
  let fail = 0
  for (const { outcome } of entries) {
    if (outcome.kind === 'ok') ok++
    else if (outcome.kind === 'fail') fail++
  }
  return { sends: entries.length, ok, fail, unknown: entries.length - ok - fail }
}

/**
 * Entries whose acknowledgement arrived at `at` (monotonic) or later. On the source, with t5 (destination writable), each of them is evidence of
 * split brain: a client wrote to a side that had been given up.
 */
export function acknowledgedFrom(entries: readonly LedgerEntry[], at: number): readonly AcknowledgedEntry[] {
  return entries.filter(isAcknowledged).filter(({ outcome }) => outcome.acknowledgedAt >= at)
}

/**
 * The ledger as it would be had no acknowledgement come from `at` (monotonic) on: for a loss that is only simulated, where it would not have come,
 * and for a source that was given up, where it is no loss of the failover but a split brain. `acknowledgedFrom` has what is left out here.
 */
export function ledgerCutAt(entries: readonly LedgerEntry[], at: number, why: string): readonly LedgerEntry[] {
  return entries.map((entry) =>
    isAcknowledged(entry) && entry.outcome.acknowledgedAt >= at
      ? { ...entry, outcome: { kind: 'unknown', why } }
      : entry,
  )
}

/** First and last acknowledgement (monotonic); `undefined` when there was none. On the source the last is t1, on the destination the first is t6. */
export function acknowledgementSpan(
  entries: readonly LedgerEntry[],
): { readonly first: number; readonly last: number } | undefined {
  let first = Infinity
  let last = -Infinity
  for (const { outcome } of entries.filter(isAcknowledged)) {
    first = Math.min(first, outcome.acknowledgedAt)
    last = Math.max(last, outcome.acknowledgedAt)
  }
  return first === Infinity ? undefined : { first, last }
}
