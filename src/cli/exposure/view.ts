import { type AfterFailover, type AfterFailoverStatus, compareAfterFailover } from '../../core/after-failover.ts'
import { type Bounds, compareBounds, notKnown, sumOfBounds } from '../../core/bounds.ts'
import { longestOf, type MissingAge } from '../../core/exposure-age.ts'
import { isNoLoss, type Loss, totalLoss } from '../../core/loss.ts'
import { ageOfUnread, futureWhy, type LagMethod } from '../../core/next-unread.ts'
import type { StretchBytes } from '../../core/stretch-bytes.ts'
import { isUntold } from '../../links/mirror-ages.ts'
import { lossView, seenView, type LossView, type SeenView } from '../figures.ts'
import { boundsView, type BoundsView, type GroupsOnLink, placesAfterFailover } from '../groups-after-failover.ts'
import { missedOfMirrors, type MissedOfMirror } from '../missed-tombstones.ts'
import { type Exposed, type MissingInPartition, whyNotKnown } from './look.ts'
import { whySourceSilent, type SourceSeen } from '../../engines/engine.ts'

/** What would be lost if the source of one link died now, as documents show it. */
export interface ExposureView {
  readonly link: string
  /** `refusal`: why one that answers cannot be asked. */
  readonly source: { readonly name: string; readonly isReachable: boolean; readonly refusal: string | null }
  /** When the source's ends were read: the least current of those that ever were. */
  readonly sourceSeen: SeenView
  readonly mirrors: number
  /** In offsets: markers, and what compaction took, are counted. */
  readonly records: LossView
  /** What retention took from the source before it was mirrored: no failover loses that any more, and it is not counted in `records`. */
  readonly lostAlready: LossView
  /** Of the batches as they are stored, read in full or in part. */
  readonly bytes: BytesView
  readonly age: AgeView
  /** The first that is missing of the partition where that is oldest; null when nothing is missing, or it is not known. */
  readonly oldest: OldestRecord | null
  /** Partitions where something is missing, or it is not known, most first. */
  readonly partitions: readonly ExposedPartition[]
  readonly rereads: BoundsView
  readonly skips: BoundsView
  /** Those that would read again, skip, or of which it is not known, worst first; and how many were looked at. */
  readonly groups: readonly ExposedGroup[]
  readonly groupsSeen: number
  /** Mirrors that may have kept keys which their sources have not: nothing would be lost, and those would be there again. */
  readonly missedTombstones: readonly MissedOfMirror[]
  /** What is not part of the figures, with the reason. */
  readonly unknown: readonly { readonly what: string; readonly why: string }[]
}

export interface BytesView {
  readonly kind: StretchBytes['kind']
  readonly bytes: bigint | null
  /** With the rest at the rate of what was read; null where all was read, or nothing tells the rate. */
  readonly about: bigint | null
  readonly why: string | null
}

export interface AgeView {
  readonly kind: MissingAge['kind']
  readonly ms: number | null
  readonly why: string | null
}

export interface OldestRecord {
  /** As the source has it. */
  readonly topic: string
  readonly partition: number
  /** Where it is, or the first offset that it can have. */
  readonly offset: bigint
  readonly at: string | null
  readonly method: LagMethod
  readonly isFuture: boolean
  readonly isLogAppendTime: boolean
}

export interface ExposedPartition {
  readonly topic: string
  readonly partition: number
  readonly sourceEnd: bigint | null
  readonly mirrored: bigint | null
  readonly records: LossView
  readonly lostAlready: LossView
  readonly age: AgeView
}

export interface ExposedGroup {
  readonly group: string
  readonly sourceState: string | null
  readonly destinationState: string | null
  readonly rereads: BoundsView
  readonly skips: BoundsView
  /** Of its worst partition. */
  readonly status: AfterFailoverStatus
  readonly why: string | null
  readonly partitions: number
}

export function exposureView(seen: Exposed, unmirrored: ExposureView['unknown'], now: Date): ExposureView {
  const { target, seen: source, partitions, bytes, groups } = seen
  const silent = whySourceSilent(source)
  const ages = partitions.map((one) => ageOf(one, source, now))
  const losses = partitions.map(({ partition }) => partition.loss)
  const rows = partitions
    .map((one, index) => ({ one, age: ages[index] ?? { kind: 'exact' as const, ms: 0 } }))
    .filter(({ one }) => !isNoLoss(one.partition.loss) || !isNoLoss(one.lostAlready))
  const exposed = exposedGroups(groups)
  const mirrors = new Set(partitions.map(({ mirror }) => mirror))
  return {
    link: target.link.name,
    source: { name: target.source.name, isReachable: source.isSourceReachable, refusal: source.sourceRefusal ?? null },
    sourceSeen: leastCurrent(partitions, now),
    mirrors: mirrors.size,
    records: lossView(lossAtLeast(losses)),
    lostAlready: lossView(totalLoss(partitions.map(({ lostAlready }) => lostAlready))),
    bytes: bytesView(bytes),
    age: ageView(longestOf(ages)),
    oldest: oldestOf(partitions, now),
    partitions: rows.toSorted(byRecords).map(({ one, age }) => exposedPartition(one, age)),
    rereads: totalOf(
      exposed.map(({ rereads }) => rereads),
      groups,
    ),
    skips: totalOf(
      exposed.map(({ skips }) => skips),
      groups,
    ),
    groups: exposed
      .filter(({ status }) => status !== 'OK')
      .map((one) => ({ ...one, rereads: boundsView(one.rereads), skips: boundsView(one.skips) })),
    groupsSeen: exposed.length,
    missedTombstones: missedOfMirrors([...mirrors], now),
    unknown: [
      ...unmirrored,
      ...(silent === undefined ? [] : [{ what: 'groups whose offsets were never copied', why: silent }]),
      ...groups.unknown.map(({ side, group, why }) => ({ what: `${group === undefined ? 'groups' : `group ${group}`} on the ${side}`, why })), // prettier-ignore
    ],
  }
}

/** As `totalLoss`, and where that is not known what is known of it. */
function lossAtLeast(losses: readonly Loss[]): Loss {
  const total = totalLoss(losses)
  if (total.kind !== 'unknown') return total
  const known = totalLoss(losses.filter(({ kind }) => kind !== 'unknown' && kind !== 'atMost'))
  return known.kind === 'unknown' || known.records === 0n
    ? total
    : { ...total, kind: 'atLeast', records: known.records }
}

/** Is one of the figures only a bound, or not known? That not all bytes were read is none of it. */
export function isUndetermined({ records, lostAlready, bytes, age, rereads, skips, unknown }: ExposureView): boolean {
  const figures = [records.kind, lostAlready.kind, age.kind, rereads.kind, skips.kind]
  return figures.some((kind) => kind !== 'exact') || bytes.kind === 'unknown' || unknown.length > 0
}

function ageOf({ mirror, partition, next }: MissingInPartition, source: SourceSeen, now: Date): MissingAge {
  const { loss } = partition
  const why = whyNotKnown(partition, source)
  if (loss.kind === 'exact' || loss.kind === 'atMost') {
    if (loss.records === 0n || next === undefined) return { kind: 'exact', ms: 0 }
    if (isUntold(next)) return { kind: 'unknown', why: next.why }
    const { lagMs: ms, isFuture } = ageOfUnread(next, now)
    if (isFuture) return { kind: 'unknown', why: futureWhy }
    return loss.kind === 'exact' ? { kind: 'exact', ms } : { kind: 'atMost', ms, why }
  }
  const { sourceSeenAt } = mirror
  if (loss.kind === 'unknown' || loss.records === 0n || !(sourceSeenAt instanceof Date)) return { kind: 'unknown', why }
  // What was missing when the source was seen last is at least as old as that.
  return { kind: 'atLeast', ms: Math.max(0, now.getTime() - sourceSeenAt.getTime()), why }
}

function leastCurrent(partitions: readonly MissingInPartition[], now: Date): SeenView {
  const seen = partitions.map(({ mirror, partition }) => seenView(partition.sourceEnd?.isCurrent === true ? 'now' : mirror.sourceSeenAt, now)) // prettier-ignore
  // Of what was never read nothing is known, and the figures say so.
  const known = seen.filter(({ ageMs }) => ageMs !== null).toSorted((a, b) => (b.ageMs ?? 0) - (a.ageMs ?? 0))
  return known[0] ?? seen[0] ?? seenView('now', now)
}

function oldestOf(partitions: readonly MissingInPartition[], now: Date): OldestRecord | null {
  let oldest: { readonly record: OldestRecord; readonly timestampMs: bigint } | undefined
  for (const { mirror, partition, from, next } of partitions) {
    if (next === undefined || next === 'none' || isUntold(next) || from === undefined) continue
    // The first that is missing may be a later one.
    if (partition.loss.kind === 'atMost') continue
    const { timestampMs, method, isLogAppendTime } = next
    if (oldest !== undefined && oldest.timestampMs <= timestampMs) continue
    const place = { topic: mirror.record.sourceTopic, partition: partition.partition, offset: from }
    const { isFuture } = ageOfUnread(next, now)
    oldest = { timestampMs, record: { ...place, at: timeText(timestampMs), method, isFuture, isLogAppendTime } }
  }
  return oldest?.record ?? null
}

/** Producers may set any number for a time: null for what is none. */
function timeText(timestampMs: bigint): string | null {
  const time = new Date(Number(timestampMs))
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

type Row = { readonly one: MissingInPartition; readonly age: MissingAge }

/** What is not known first, then the most. */
function byRecords({ one: a }: Row, { one: b }: Row): number {
  const [left, right] = [a.partition.loss, b.partition.loss].map((loss) => (loss.kind === 'unknown' ? undefined : loss.records)) // prettier-ignore
  if (left === right) return 0
  if (left === undefined || right === undefined) return left === undefined ? -1 : 1
  return left > right ? -1 : 1
}

function exposedPartition({ mirror, partition, lostAlready }: MissingInPartition, age: MissingAge): ExposedPartition {
  return {
    topic: mirror.record.sourceTopic,
    partition: partition.partition,
    sourceEnd: partition.sourceEnd?.offset ?? null,
    mirrored: partition.mirrored ?? null,
    records: lossView(partition.loss),
    lostAlready: lossView(lostAlready),
    age: ageView(age),
  }
}

type GroupBounds = Omit<ExposedGroup, 'rereads' | 'skips'> & { readonly rereads: Bounds; readonly skips: Bounds }

/** Worst first. */
function exposedGroups(seen: GroupsOnLink): readonly GroupBounds[] {
  const byGroup = new Map<string, AfterFailover[]>()
  for (const { place, after } of placesAfterFailover(seen)) {
    const own = byGroup.get(place.group) ?? []
    byGroup.set(place.group, own)
    if (after !== undefined) own.push(after)
  }
  const groups = [...byGroup].map(([group, places]): GroupBounds => {
    const [worst, ...others] = places.toSorted(compareAfterFailover)
    const states = seen.states.get(group)
    return {
      group,
      sourceState: states?.source ?? null,
      destinationState: states?.destination ?? null,
      rereads: sumOfBounds(places.map(({ rereads }) => rereads)),
      skips: sumOfBounds(places.map(({ skips }) => skips)),
      status: worst?.status ?? 'OK',
      why: worst?.why ?? null,
      partitions: worst === undefined ? 0 : 1 + others.length,
    }
  })
  return groups.toSorted((a, b) => compareBounds(a.skips, b.skips) || compareBounds(a.rereads, b.rereads))
}

/** Of all groups together; what could not be asked may be anything. */
function totalOf(bounds: readonly Bounds[], { unknown, silent }: GroupsOnLink): BoundsView {
  const isMissing = unknown.length > 0 || (bounds.length === 0 && silent !== undefined)
  return boundsView(sumOfBounds(isMissing ? [...bounds, notKnown] : bounds))
}

function bytesView(bytes: StretchBytes): BytesView {
  return {
    kind: bytes.kind,
    bytes: bytes.kind === 'unknown' ? null : bytes.bytes,
    about: bytes.kind === 'atLeast' ? (bytes.about ?? null) : null,
    why: bytes.kind === 'exact' ? null : bytes.why,
  }
}

function ageView(age: MissingAge): AgeView {
  return {
    kind: age.kind,
    ms: age.kind === 'unknown' ? null : age.ms,
    why: age.kind === 'exact' ? null : age.why,
  }
}
