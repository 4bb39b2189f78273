import { isAcknowledged, type LedgerEntry } from './ledger.ts'
import type { Offset } from './offset.ts'
import type { Slot } from './steady-state.ts'

/** One record that a group member was handed. */
export interface CanaryRead {
  readonly partition: number
  readonly offset: Offset
  /** Of a canary record; `undefined` for any other. */
  readonly canary: { readonly runId: string; readonly seq: number } | undefined
  /** Monotonic milliseconds. */
  readonly readAt: number
}

export interface SequenceBreaks {
  /** First record read in each partition. */
  readonly first: ReadonlyMap<number, CanaryRead>
  /** Sequences between two reads that were written and that the group did not see. */
  readonly gaps: readonly { readonly partition: number; readonly after: number; readonly missing: readonly number[] }[]
  /** Reads of a sequence that is not above all before it: read again, or out of order. */
  readonly repeats: readonly CanaryRead[]
}

/**
 * How the reads of one run's records by one group member follow each other, per partition in the order of reading.
 *
 * @param wasWritten whether that sequence is in the log read here: those lost, or never sent, leave no gap
 */
export function sequenceBreaks(
  reads: readonly CanaryRead[],
  runId: string,
  wasWritten: (partition: number, seq: number) => boolean,
): SequenceBreaks {
  const first = new Map<number, CanaryRead>()
  const highest = new Map<number, number>()
  const gaps: { partition: number; after: number; missing: readonly number[] }[] = []
  const repeats: CanaryRead[] = []
  for (const read of reads) {
    const { partition, canary } = read
    if (canary?.runId !== runId) continue
    const { seq } = canary
    const before = highest.get(partition)
    if (before === undefined) first.set(partition, read)
    else if (seq <= before) {
      repeats.push(read)
      continue
    } else {
      const missing: number[] = []
      for (let one = before + 1; one < seq; one++) if (wasWritten(partition, one)) missing.push(one)
      if (missing.length > 0) gaps.push({ partition, after: before, missing })
    }
    highest.set(partition, seq)
  }
  return { first, gaps, repeats }
}

/** The sends as slots for `steadyStateFrom`: done when acknowledged. */
export function writeSlots(entries: readonly LedgerEntry[]): readonly Slot[] {
  return entries.map((entry) => ({
    dueAt: entry.scheduledAt,
    doneAt: isAcknowledged(entry) ? entry.outcome.acknowledgedAt : undefined,
  }))
}

/** The acknowledged sends as slots for `steadyStateFrom`: due when the schedule wanted them sent, done at the first read. */
export function readSlots(entries: readonly LedgerEntry[], reads: readonly CanaryRead[]): readonly Slot[] {
  const readAt = new Map<string, number>()
  for (const { partition, offset, readAt: at } of reads) {
    const key = `${partition}/${offset}`
    if (!readAt.has(key)) readAt.set(key, at)
  }
  return entries.filter(isAcknowledged).map(({ partition, scheduledAt, outcome }) => ({
    dueAt: scheduledAt,
    doneAt: readAt.get(`${partition}/${outcome.offset}`),
  }))
}
