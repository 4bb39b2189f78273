import type { DrillView } from './drill-view.ts'
import type { Send } from './record-parts.ts'

/** One send of the canary. Times are in milliseconds after the fault, or after the first send where the fault cannot be placed. */
export interface Sent {
  readonly partition: number
  readonly dueMs: number
  /** Undefined: it was not acknowledged. */
  readonly acknowledgedMs: number | undefined
  readonly outcome: Send['outcome']
}

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface CanarySide {
  /** By the time at which they were due. */
  readonly sends: readonly Sent[]
  readonly ok: number
  readonly fail: number
  /** Those that nobody waited for any more are among them. */
  readonly unknown: number
  /** From when a send was due to its acknowledgement; undefined when none was acknowledged. */
  readonly latency: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | undefined
  /** The longest time between two acknowledgements, or before the first one; undefined when there was none. */
  readonly silence: Span | undefined
}

export interface CanaryView {
  /** Whether the times count from the fault (t0). */
  readonly isPlaced: boolean
  readonly source: CanarySide
  readonly destination: CanarySide
  /** The longest time in which neither side acknowledged anything. */
  readonly outage: Span | undefined
  /** From the first send to the last send or acknowledgement. */
  readonly span: Span
}

/** The canary's ledger on both sides, on one axis of time. Undefined where the record has none, or an empty one. */
export function canaryViewFrom({ ledger, marks }: Pick<DrillView, 'ledger' | 'marks'>): CanaryView | undefined {
  if (ledger === undefined || ledger.source.length + ledger.destination.length === 0) return undefined
  const faultMs = faultIn(ledger, marks)
  const zero =
    faultMs ?? extremes([...ledger.source, ...ledger.destination].map(({ scheduledMs }) => scheduledMs)).fromMs
  const [source, destination] = [ledger.source, ledger.destination].map((rows) =>
    sideOf(rows.map((row) => sentFrom(row, zero)).toSorted((a, b) => a.dueMs - b.dueMs)),
  ) as [CanarySide, CanarySide]
  const all = [...source.sends, ...destination.sends]
  return {
    isPlaced: faultMs !== undefined,
    source,
    destination,
    outage: longestSilence(all),
    span: extremes(all.flatMap(({ dueMs, acknowledgedMs }) => [dueMs, acknowledgedMs ?? dueMs])),
  }
}

/**
 * t0 on the wall clock, by which the ledger goes. The record has the marks relative to t0 only; the destination's first acknowledgement is t6, and
 * the source's last is t1, so either of them tells.
 */
function faultIn(ledger: NonNullable<DrillView['ledger']>, { t1, t6 }: DrillView['marks']): number | undefined {
  const acknowledged = (rows: readonly Send[]): readonly number[] =>
    rows.flatMap(({ acknowledgedMs }) => (acknowledgedMs === null ? [] : [acknowledgedMs]))
  const first = acknowledged(ledger.destination)
  if (t6 !== undefined && first.length > 0) return extremes(first).fromMs - t6
  const last = acknowledged(ledger.source)
  return t1 !== undefined && last.length > 0 ? extremes(last).toMs - t1 : undefined
}

function sentFrom({ partition, scheduledMs, acknowledgedMs, outcome }: Send, zero: number): Sent {
  return {
    partition,
    dueMs: scheduledMs - zero,
    acknowledgedMs: acknowledgedMs === null ? undefined : acknowledgedMs - zero,
    outcome,
  }
}

function sideOf(sends: readonly Sent[]): CanarySide {
  const latencies = sends
    .flatMap(({ dueMs, acknowledgedMs }) => (acknowledgedMs === undefined ? [] : [Math.max(0, acknowledgedMs - dueMs)]))
    .toSorted((a, b) => a - b)
  const ok = sends.filter(({ outcome }) => outcome === 'ok').length
  const fail = sends.filter(({ outcome }) => outcome === 'fail').length
  return {
    sends,
    ok,
    fail,
    unknown: sends.length - ok - fail,
    latency:
      latencies.length === 0
        ? undefined
        : { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), maxMs: quantile(latencies, 1) },
    silence: longestSilence(sends),
  }
}

/** Counted from the first send, and up to the last acknowledgement: after it nobody may have written. */
function longestSilence(sends: readonly Sent[]): Span | undefined {
  const times = sends.flatMap(({ acknowledgedMs }) => acknowledgedMs ?? []).toSorted((a, b) => a - b)
  if (times.length === 0) return undefined
  let before = extremes(sends.map(({ dueMs }) => dueMs)).fromMs
  let longest: Span | undefined
  for (const at of times) {
    if (longest === undefined || at - before > longest.toMs - longest.fromMs) longest = { fromMs: before, toMs: at }
    before = at
  }
  return longest
}

/** The smallest that so large a share is at or below. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

/** Not Math.min(...values): a ledger has more rows than a call takes arguments. */
function extremes(values: readonly number[]): Span {
  let [fromMs = 0] = values
  let toMs = fromMs
  for (const value of values) {
    if (value < fromMs) fromMs = value
    if (value > toMs) toMs = value
  }
  return { fromMs, toMs }
}
