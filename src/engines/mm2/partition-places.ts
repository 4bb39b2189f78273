import { isCopiedAgain } from '../../core/copied-again.ts'
import { isAlike, type SeenRecord } from '../../core/fingerprint.ts'
import { minOffset, type Offset, offset } from '../../core/offset.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { differingAt, StretchMatch, type StretchRecords } from '../../core/stretch-match.ts'
import { placeBeforeRepeat, placeByRecords, placeBySync, type StretchEnds } from '../../core/sync-translation.ts'
import type { Stretch, SyncRuns } from '../../core/sync-runs.ts'
import { count, type Translated, unknown } from '../../core/translation.ts'
import type { StableLogSpan } from '../../kafka/log-spans.ts'
import type { OffsetRange, SeenRecords } from '../../links/seen-records.ts'

// Places of one partition, by its syncs. All places between two syncs share one reading of what is between them, on both sides, and so do those between syncs that
// are near.

export interface BothLogs {
  /** Undefined when the source does not answer, or cannot be asked. */
  readonly source: StableLogSpan | undefined
  /** Why the source was not asked; undefined where it was, and went away. */
  readonly silent?: string | undefined
  readonly destination: StableLogSpan
  /** Where the mirror was stopped, and the destination has gone its own way. */
  readonly stoppedAt: Offset | undefined
  /** The records with offsets in [from, to): of the source all that was written, of the destination what is committed. */
  readonly read: (side: 'source' | 'destination', range: OffsetRange) => Promise<SeenRecords>
  /** Compaction has taken nothing of this range on the destination; false when that is not known. */
  readonly isWhole: (range: OffsetRange) => Promise<boolean>
}

interface BothRanges {
  readonly here: OffsetRange
  readonly there: OffsetRange
}

/** Places between two syncs. */
interface Asked {
  readonly stretch: Stretch
  readonly own: readonly Offset[]
  readonly ranges: BothRanges | undefined
}

const stretchesAtOnce = 4
/** Offsets of several stretches that are read together, on either side. */
const together = 2_000n
/** Offsets of a stretch that are read, on either side. Between syncs that lie further apart, only what is at the place that they make likely is compared. */
const wide = 20_000n
/** So many are looked through for one record, and not held. */
const widest = 200_000n
/** Around such a place, to either side; and between stretches that are read together. */
const near = 500n
/** Beyond the last sync, the source is read further than the destination reaches: markers and compaction take offsets. */
const margin = 1_000n

/** Where each of these places is. */
export async function partitionPlaces(
  runs: SyncRuns,
  logs: BothLogs,
  places: readonly Offset[],
): Promise<ReadonlyMap<Offset, Translated>> {
  const found = new Map<Offset, Translated>()
  const ends = endsOf(logs)
  const stretches = new Map<string, { readonly stretch: Stretch; readonly own: Offset[] }>()
  const known = new Map<number, Promise<boolean>>()
  const isClean = async (index: number): Promise<boolean> => {
    const clean = known.get(index) ?? isPassed(runs, index, logs, ends)
    known.set(index, clean)
    return await clean
  }
  for (const place of new Set(places)) {
    const at = await whereIs({ runs, isClean }, place, logs, ends)
    if ('kind' in at) found.set(place, at)
    else {
      const key = `${at.from.up}/${at.from.down}`
      const same = stretches.get(key)
      if (same === undefined) stretches.set(key, { stretch: at, own: [place] })
      else same.own.push(place)
    }
  }
  const asked = [...stretches.values()].map(({ stretch, own }) => ({ stretch, own, ranges: rangesOf(stretch, own, logs, ends) })) // prettier-ignore
  await sideBySide(readTogether(asked), stretchesAtOnce, async (some) => {
    const records = some.length > 1 ? await readBoth(spanOf(some), logs) : { none: 'each is read for itself' }
    for (const one of some) {
      for (const [place, translated] of await placesIn(one, records, logs, ends)) found.set(place, translated)
    }
  })
  return found
}

function endsOf({ source, destination, stoppedAt }: BothLogs): StretchEnds {
  const end = stoppedAt === undefined ? destination.stable : minOffset(stoppedAt, destination.stable)
  return { sourceStart: source?.start, start: destination.start, end, isStopped: stoppedAt !== undefined }
}

/** The stretch to look in, or the translation where there is nothing to look for. */
async function whereIs(
  { runs, isClean }: { readonly runs: SyncRuns; readonly isClean: (index: number) => Promise<boolean> },
  place: Offset,
  logs: BothLogs,
  ends: StretchEnds,
): Promise<Stretch | Translated> {
  const { source, destination } = logs
  if (source !== undefined && place > source.end) {
    return unknown(`the place is ${count(place - source.end, 'offset')} past the end of the source, ${source.end.toString()}`) // prettier-ignore
  }
  const { last } = runs
  if (last === undefined) return withoutSyncs(place, logs, ends)
  if (last.down >= destination.end) {
    return unknown(`a sync tells of offset ${last.down.toString()}, and the destination ends at ${destination.end.toString()}: its topic was made anew`) // prettier-ignore
  }
  const index = runs.indexFor(place)
  if (index === undefined) return beforeAll(runs, place, logs)
  for (const suspect of runs.suspects(index)) {
    if (await isClean(suspect)) continue
    const before = runs.indexFor(place, suspect)
    if (before === undefined) break
    return placeBeforeRepeat(runs.stretch(before), place, ends)
  }
  return runs.stretch(index)
}

/** Where nothing was ever copied, nothing can be skipped. */
function withoutSyncs(place: Offset, { source, destination }: BothLogs, ends: StretchEnds): Translated {
  if (destination.end > 0n) return unknown('MirrorMaker has written no sync of this partition')
  if (source === undefined) return { kind: 'bounded', to: ends.end, reread: place, why: 'nothing is on the destination yet' } // prettier-ignore
  if (place <= source.start)
    return { kind: 'exact', to: ends.end, by: 'start', why: 'nothing is on the destination yet' }
  const reread = place - source.start
  return { kind: 'bounded', to: ends.end, reread, why: 'nothing is on the destination yet: what still comes of these is read again' } // prettier-ignore
}

/** Before the first sync, which tells something only where nothing stands before it on the destination. */
function beforeAll(
  { first }: SyncRuns,
  place: Offset,
  { source, destination, ...logs }: BothLogs,
): Translated | Stretch {
  if (first === undefined || first.down > destination.start) {
    return unknown(`the first sync is of offset ${first?.up.toString() ?? ''}, behind the place`)
  }
  if (source === undefined && first.down === destination.start) {
    return { kind: 'bounded', to: first.down, reread: 0n, why: `${notCompared(logs)}; all that is on the destination is behind the place` } // prettier-ignore
  }
  return { from: { up: place, down: first.down }, to: first }
}

/** A place behind the stretch skips nothing that stands in it. */
async function isPassed(runs: SyncRuns, index: number, logs: BothLogs, ends: StretchEnds): Promise<boolean> {
  return (await hasNoTurn(runs, index, logs)) || (await isRepeated(runs, index, logs, ends))
}

/** What a worker copied in the stretch, the last one has copied once more, as the records on both sides show. */
async function isRepeated(runs: SyncRuns, index: number, logs: BothLogs, ends: StretchEnds): Promise<boolean> {
  const { source, destination, read } = logs
  const { last: up } = runs
  const { from, to } = runs.stretch(index)
  if (source === undefined || to === undefined || up === undefined) return false
  const here = { from: earlier(from.up, up.up), to: source.end }
  const there = { from: later(from.down, destination.start), to: to.down }
  const behind = { from: up.down, to: ends.end }
  if ([here, there, behind].some((range) => range.to - range.from > wide)) return false
  const [records, rest] = await Promise.all([readBoth({ here, there }, logs), read('destination', behind)])
  if ('none' in records || 'none' in rest) return false
  return isCopiedAgain({ source: records.source, stretch: records.destination, behind: rest.records, up: up.up })
}

/**
 * No worker came, in this stretch, to the record of the sync at its end and went back before it: that record would stand there more than once. By the destination
 * alone, so that it works without the source.
 */
async function hasNoTurn(runs: SyncRuns, index: number, logs: BothLogs): Promise<boolean> {
  const { read, isWhole, destination } = logs
  const { from, to } = runs.stretch(index)
  if (to === undefined) return true
  if (runs.isTurn(index)) return await isOfOtherSource(runs, index, logs)
  if (to.down - from.down > widest || to.down >= destination.stable) return false
  const end = await read('destination', { from: to.down, to: to.down + 1n })
  const last = 'none' in end ? undefined : end.records[0]
  if (last === undefined) return false
  const range = { from: later(from.down + 1n, destination.start), to: to.down }
  let records = 0n
  for (let at = range.from; at < range.to; at += wide) {
    const seen = await read('destination', { from: at, to: earlier(at + wide, range.to) })
    if ('none' in seen || seen.records.some((one) => isAlike(one, last))) return false
    records += BigInt(seen.records.length)
  }
  // Of two that are the same, compaction takes the first.
  return records === range.to - range.from || (await isWhole(range))
}

/** The source's topic was made anew: what stands up to this stretch is not of the one that is there, and nobody there has it to read. */
async function isOfOtherSource(runs: SyncRuns, index: number, { source, read }: BothLogs): Promise<boolean> {
  if (source === undefined || source.end === 0n) return false
  const known = runs.indexFor(offset(source.end - 1n), index)
  if (known === undefined) return false
  const sync = runs.stretch(known).from
  if (sync.up < source.start) return false
  const [here, there] = await Promise.all([
    read('source', { from: sync.up, to: sync.up + 1n }),
    read('destination', { from: sync.down, to: sync.down + 1n }),
  ])
  if ('none' in here || 'none' in there) return false
  return differingAt(sync, { source: here.records, destination: there.records, sourceTo: sync.up + 1n }) !== undefined
}

/** What has to be read of a stretch; undefined when the source does not answer. */
function rangesOf(
  { from, to }: Stretch,
  places: readonly Offset[],
  { source }: BothLogs,
  ends: StretchEnds,
): BothRanges | undefined {
  if (source === undefined) return undefined
  const there = { from: from.down, to: earlier(to === undefined ? ends.end : to.down + 1n, ends.end) }
  // A place that is far ahead of all that was copied needs no more of the source than that.
  const highest = earlier(
    places.reduce((a, b) => (a > b ? a : b)),
    from.up + wide,
  )
  const reach = later(from.up + (there.to - there.from) + margin, highest)
  const here = { from: from.up, to: earlier(to === undefined ? reach : to.up + 1n, source.end) }
  return { here, there }
}

/** Stretches that lie near to each other on both sides, in some that are read together. */
function readTogether(asked: readonly Asked[]): readonly (readonly Asked[])[] {
  const groups: Asked[][] = []
  for (const one of asked.toSorted((a, b) => (a.stretch.from.down < b.stretch.from.down ? -1 : 1))) {
    const last = groups.at(-1)
    const [span, more] = [last?.[0]?.ranges === undefined ? undefined : spanOf(last), one.ranges]
    const isNear = span !== undefined && more !== undefined && isNextTo(span.here, more.here) && isNextTo(span.there, more.there) // prettier-ignore
    if (isNear) last?.push(one)
    else groups.push([one])
  }
  return groups
}

/** It costs no more to read what is between them than to ask for each, and they do not come to more than one reading may be. */
function isNextTo(range: OffsetRange, next: OffsetRange): boolean {
  return next.from >= range.from && next.from <= range.to + near && later(next.to, range.to) - range.from <= together
}

function spanOf(some: readonly Asked[]): BothRanges {
  const ranges = some.flatMap((one) => (one.ranges === undefined ? [] : [one.ranges]))
  const span = (all: readonly OffsetRange[]): OffsetRange => ({
    from: all.map(({ from }) => from).reduce(earlier),
    to: all.map(({ to }) => to).reduce((a, b) => later(a, b)),
  })
  return { here: span(ranges.map(({ here }) => here)), there: span(ranges.map(({ there }) => there)) }
}

function notCompared({ silent = 'the source does not answer' }: Pick<BothLogs, 'silent'>): string {
  return `not compared: ${silent}`
}

/** @param shared records in which those of the stretch are; or none, and it is read for itself */
async function placesIn(
  { stretch, own: places, ranges }: Asked,
  shared: StretchRecords | { readonly none: string },
  logs: BothLogs,
  ends: StretchEnds,
): Promise<readonly (readonly [Offset, Translated])[]> {
  const each = (one: (place: Offset) => Translated): readonly (readonly [Offset, Translated])[] =>
    places.map((place) => [place, one(place)])
  if (ranges === undefined) return each((place) => placeBySync(stretch, place, ends, notCompared(logs))) // prettier-ignore
  const { here, there } = ranges
  if (here.to - here.from > wide || there.to - there.from > wide) {
    const found: (readonly [Offset, Translated])[] = []
    for (const place of places) found.push([place, await placeInWide(stretch, place, ranges, logs, ends)])
    return found
  }
  const records = 'none' in shared ? await readBoth(ranges, logs) : within(shared, ranges)
  if ('none' in records) return each((place) => placeBySync(stretch, place, ends, `not compared: ${records.none}`))
  const wrong = wrongIn(stretch, records)
  if (wrong !== undefined) return each(() => wrong)
  const match = new StretchMatch(records)
  if (!match.isShared) return each(() => unknown('no record between the syncs around it is on both sides'))
  return each((place) => placeByRecords(stretch, place, match.place(place), ends))
}

/** Only the place that the sync before it makes likely is looked at: where the next record is exactly there, it is the one. */
async function placeInWide(
  stretch: Stretch,
  place: Offset,
  { here, there }: BothRanges,
  logs: BothLogs,
  ends: StretchEnds,
): Promise<Translated> {
  const { from } = stretch
  const likely = from.down + (place - from.up)
  const records = await readBoth({ here: around(place, here), there: around(likely, there) }, logs)
  if ('none' in records) return placeBySync(stretch, place, ends, `not compared: ${records.none}`)
  const { at, unread, reread } = new StretchMatch(records).place(place)
  const isLikely = at !== undefined && unread !== undefined && at.offset - from.down === unread.offset - from.up
  if (isLikely && reread === 0n) return { kind: 'exact', to: offset(at.offset), by: 'record', why: undefined }
  const apart = there.to - there.from
  return placeBySync(stretch, place, ends, `the syncs around it are ${count(apart, 'offset')} apart, and what is likely to be the next record is not`) // prettier-ignore
}

function around(at: bigint, { from, to }: OffsetRange): OffsetRange {
  return { from: later(at - near, from), to: earlier(at + near, to) }
}

function within({ source, destination }: StretchRecords, { here, there }: BothRanges): StretchRecords {
  const of = (records: readonly SeenRecord[], { from, to }: OffsetRange): readonly SeenRecord[] => records.filter(({ offset: at }) => at >= from && at < to) // prettier-ignore
  return { source: of(source, here), destination: of(destination, there), sourceTo: here.to }
}

async function readBoth(
  { here, there }: BothRanges,
  { read, source, destination }: BothLogs,
): Promise<StretchRecords | { readonly none: string }> {
  const [own, other] = await Promise.all([
    read('source', { ...here, from: later(here.from, source?.start) }),
    read('destination', { ...there, from: later(there.from, destination.start) }),
  ])
  if ('none' in own) return own
  if ('none' in other) return other
  return { source: own.records, destination: other.records, sourceTo: here.to }
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function later(a: bigint, b: bigint | undefined): bigint {
  return b !== undefined && b > a ? b : a
}

/** A sync that is not true here is of other topics, which had these names before; one that is tells that both ends are. */
function wrongIn({ from, to }: Stretch, records: StretchRecords): Translated | undefined {
  // Before the first of all, what it begins with is no sync.
  const syncs = [...(from.down === to?.down ? [] : [from]), ...(to === undefined ? [] : [to])]
  const differing = syncs.map((sync) => differingAt(sync, records)).find((one) => one !== undefined)
  if (differing === undefined) return undefined
  const { source, destination } = differing
  const why = `the records that a sync says are one are not the same, at ${source.offset.toString()} on the source and ${destination.offset.toString()} on the destination: one of the topics was made anew, or records are changed on their way` // prettier-ignore
  return { ...unknown(why), differing }
}
