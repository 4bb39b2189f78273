import { isAcknowledged, ledgerCutAt, type LedgerEntry } from './ledger.ts'
import { type Measured, measured, unknown } from './measured.ts'
import type { Offset } from './offset.ts'

/** What was found in one destination partition when it was read from its start to its end. */
export interface DrainedPartition {
  readonly partition: number
  /** Every offset at which a sequence of this run was seen, in order. */
  readonly offsetsBySeq: ReadonlyMap<number, readonly Offset[]>
  /** Records that are no canary of this run and partition. */
  readonly foreign: number
  /** Why the end was not reached; `undefined` when it was. Missing before the end is late, not lost. */
  readonly incomplete: string | undefined
}

export interface PartitionLoss {
  readonly partition: number
  readonly acknowledged: number
  readonly records: Measured
  readonly ms: Measured
  /** Sequences acknowledged on the source and absent, lowest first. Empty while unknown. */
  readonly lost: readonly number[]
}

export interface Misplaced {
  readonly partition: number
  readonly seq: number
  readonly source: Offset
  readonly destination: Offset
}

export interface Repeated {
  readonly partition: number
  readonly seq: number
  readonly offsets: readonly Offset[]
}

export interface Rpo {
  /** Lost records over all partitions: acknowledged on the source and absent on the destination. */
  readonly records: Measured
  /** max(t0, t1) − acknowledgement of the oldest lost record, in the worst partition; 0 when none was lost. */
  readonly ms: Measured
  /** Lost in the partitions that were read to their end: a lower bound that holds also while `records` is unknown. */
  readonly lostAtLeast: number
  /** The N of "none observed of N". */
  readonly acknowledged: number
  readonly perPartition: readonly PartitionLoss[]
  /** Sends of unknown outcome: present on the destination, absent from a partition read to its end (not counted as lost), and not to be told. */
  readonly unknownSends: { readonly survived: number; readonly absent: number; readonly undetermined: number }
  /** Records whose destination offset is not the source's: only where the engine promises identical offsets is that an error. */
  readonly misplaced: readonly Misplaced[]
  /** Records seen more than once. */
  readonly repeated: readonly Repeated[]
  /** Found on the destination though the send is recorded as not written, or was never made: the ledger or the topic is not what we think. */
  readonly unexplained: readonly { readonly partition: number; readonly seq: number }[]
  readonly foreign: number
  /** Seconds cannot be resolved below the interval between two records of a partition: 1/R. */
  readonly resolutionMs: number
  /** R, sends per second and partition. */
  readonly rate: Measured
}

export interface RpoMarks {
  /** Fault injected, monotonic milliseconds. */
  readonly t0: number | undefined
  /**
   * When the destination had become writable. What the source acknowledges from then on is no loss of the failover, and no send without an answer: it is
   * a split brain, which is counted elsewhere.
   */
  readonly givenUpAt?: number | undefined
  readonly injectionUncertaintyMs: number
  /** Interval between two sends of one partition. */
  readonly everyMs: number
}

/**
 * The loss that the canary saw. What was acknowledged between the injection and the real death of the source (t1 > t0) counts as well:
 * acknowledged is acknowledged.
 *
 * A partition that has sends and was not drained to its end makes the totals null.
 */
export function rpoFrom(
  sends: readonly LedgerEntry[],
  drained: readonly DrainedPartition[],
  { t0, givenUpAt, injectionUncertaintyMs, everyMs }: RpoMarks,
): Rpo {
  const entries = givenUpAt === undefined ? sends : ledgerCutAt(sends, givenUpAt, 'acknowledged after the failover')
  const drainedBy = new Map(drained.map((one) => [one.partition, one]))
  const entriesBy = byPartition(entries)
  const acknowledged = entries.filter(isAcknowledged)
  const t1 = acknowledged.reduce((last, { outcome }) => Math.max(last, outcome.acknowledgedAt), -Infinity)
  const lossUntil = t0 === undefined ? undefined : Math.max(t0, t1)
  const errorMs = everyMs + injectionUncertaintyMs

  const perPartition = [...entriesBy]
    .toSorted(([a], [b]) => a - b)
    .map(([partition, own]) => lossOf(partition, own, drainedBy.get(partition), lossUntil, errorMs))
  const unread = perPartition.find(({ records }) => records.value === null)
  const lostAtLeast = perPartition.reduce((sum, { lost }) => sum + lost.length, 0)
  const noSends = 'no record was acknowledged on the source, so nothing could be lost or kept'
  const why = acknowledged.length === 0 ? noSends : unread?.records.why

  return {
    records: why != null ? unknown('records', why) : measured(lostAtLeast, 'records', 0),
    ms: why != null ? unknown('ms', why) : worst(perPartition.map(({ ms }) => ms)),
    lostAtLeast,
    acknowledged: acknowledged.length,
    perPartition,
    unknownSends: fateOfUnknownSends(sends, drainedBy),
    misplaced: acknowledged.flatMap(({ partition, seq, outcome }) =>
      (drainedBy.get(partition)?.offsetsBySeq.get(seq) ?? [])
        .filter((found) => found !== outcome.offset)
        .map((destination) => ({ partition, seq, source: outcome.offset, destination })),
    ),
    repeated: drained.flatMap(({ partition, offsetsBySeq }) =>
      [...offsetsBySeq]
        .filter(([, offsets]) => offsets.length > 1)
        .map(([seq, offsets]) => ({ partition, seq, offsets })),
    ),
    unexplained: unexplainedIn(drained, entriesBy),
    foreign: drained.reduce((sum, one) => sum + one.foreign, 0),
    resolutionMs: everyMs,
    rate: measured(1_000 / everyMs, 'records/s'),
  }
}

function lossOf(
  partition: number,
  entries: readonly LedgerEntry[],
  drained: DrainedPartition | undefined,
  lossUntil: number | undefined,
  errorMs: number,
): PartitionLoss {
  const acknowledged = entries.filter(isAcknowledged)
  const late = drained === undefined ? 'it was not read' : drained.incomplete
  if (drained === undefined || late !== undefined) {
    const why = `partition ${partition} of the destination was not read to its end (${late ?? ''}): what is missing there is late, not lost`
    return {
      partition,
      acknowledged: acknowledged.length,
      records: unknown('records', why),
      ms: unknown('ms', why),
      lost: [],
    }
  }
  const lost = acknowledged.filter(({ seq }) => !drained.offsetsBySeq.has(seq))
  const oldest = lost.reduce((first, { outcome }) => Math.min(first, outcome.acknowledgedAt), Infinity)
  const ms =
    lossUntil === undefined
      ? unknown('ms', 'the instant of the fault (t0) is missing')
      : measured(lost.length === 0 ? 0 : lossUntil - oldest, 'ms', errorMs)
  return {
    partition,
    acknowledged: acknowledged.length,
    records: measured(lost.length, 'records', 0),
    ms,
    lost: lost.map(({ seq }) => seq).toSorted((a, b) => a - b),
  }
}

function byPartition(entries: readonly LedgerEntry[]): ReadonlyMap<number, readonly LedgerEntry[]> {
  const groups = new Map<number, LedgerEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.partition)
    if (group === undefined) groups.set(entry.partition, [entry])
    else group.push(entry)
  }
  return groups
}

/** The largest of them; unknown as soon as one is. */
function worst(figures: readonly Measured[]): Measured {
  return figures.reduce((a, b) => {
    if (a.value === null) return a
    return b.value === null || b.value > a.value ? b : a
  })
}

function fateOfUnknownSends(
  entries: readonly LedgerEntry[],
  drainedBy: ReadonlyMap<number, DrainedPartition>,
): Rpo['unknownSends'] {
  const fate = { survived: 0, absent: 0, undetermined: 0 }
  for (const { partition, seq, outcome } of entries) {
    if (outcome.kind === 'ok' || outcome.kind === 'fail') continue
    const drained = drainedBy.get(partition)
    if (drained?.offsetsBySeq.has(seq) === true) fate.survived++
    else if (drained !== undefined && drained.incomplete === undefined) fate.absent++
    else fate.undetermined++
  }
  return fate
}

function unexplainedIn(
  drained: readonly DrainedPartition[],
  entriesBy: ReadonlyMap<number, readonly LedgerEntry[]>,
): Rpo['unexplained'] {
  return drained.flatMap(({ partition, offsetsBySeq }) => {
    const written = new Set(
      entriesBy.get(partition)?.flatMap(({ seq, outcome }) => (outcome.kind === 'fail' ? [] : [seq])),
    )
    return [...offsetsBySeq.keys()].filter((seq) => !written.has(seq)).map((seq) => ({ partition, seq }))
  })
}
