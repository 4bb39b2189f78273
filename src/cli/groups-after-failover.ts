import {
  type AfterFailover,
  afterFailover,
  type AfterFailoverStatus,
  compareAfterFailover,
} from '../core/after-failover.ts'
import { type Bounds, type BoundsKind, kindOfBounds } from '../core/bounds.ts'
import { offset } from '../core/offset.ts'
import { identicalOffsets, type MappedPlace, type OffsetMapping, type SourcePlace } from '../core/offset-mapping.ts'
import { type LinkTarget, type LinkView, type MirrorView, whySourceSilent, type SourceSeen } from '../engines/engine.ts'
import { DeniedError } from '../kafka/denied.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import { type BothSides, groupsOnBothSides, type PlaceOnBothSides } from '../links/both-sides.ts'
import { isUntold } from '../links/mirror-ages.ts'
import { engineOf } from './open.ts'
import { seenView, type SeenView } from './figures.ts'
import type { Paint, Style } from './style.ts'

// Where groups would stand after a failover now: the same figures in `offset show`, `lag --after-failover`, `exposure` and a failover's dry run.

/** In documents: a bound is null where it says nothing. */
export interface BoundsView {
  readonly kind: BoundsKind
  readonly atLeast: bigint | null
  readonly atMost: bigint | null
}

export function boundsView(bounds: Bounds): BoundsView {
  const kind = kindOfBounds(bounds)
  return { kind, atLeast: kind === 'unknown' ? null : bounds.atLeast, atMost: bounds.atMost ?? null }
}

/** For a column: `12`, `>=12`, `<=12`, `3..12` or `unknown`. */
export function boundsText({ kind, atLeast, atMost }: BoundsView): string {
  switch (kind) {
    case 'exact':
      return String(atLeast)
    case 'atLeast':
      return `>=${String(atLeast)}`
    case 'atMost':
      return `<=${String(atMost)}`
    case 'between':
      return `${String(atLeast)}..${String(atMost)}`
    case 'unknown':
      return 'unknown'
  }
}

/** In documents: how one partition of a group would be. */
export interface AfterFailoverView {
  readonly status: AfterFailoverStatus
  /** Null when it is not known. */
  readonly at: bigint | null
  readonly lag: bigint | null
  readonly rereads: BoundsView
  readonly skips: BoundsView
  readonly why: string | null
}

export function afterFailoverView({ status, at, lag, rereads, skips, why }: AfterFailover): AfterFailoverView {
  return {
    status,
    at: at ?? null,
    lag: lag ?? null,
    rereads: boundsView(rereads),
    skips: boundsView(skips),
    why: why ?? null,
  }
}

export interface GroupsOnLink extends BothSides {
  readonly link: string
  /** Why nothing could be asked of the source; undefined where it could. */
  readonly silent: string | undefined
  /** Of the topics that were looked at. */
  readonly mirrors: readonly MirrorView[]
  readonly mapping: OffsetMapping
}

/** Asks both clusters of the link for the groups that match in these mirrors; with the source dead the destination alone. */
export async function lookAtGroups(
  target: LinkTarget,
  { mirrors, ...seen }: SourceSeen & Pick<LinkView, 'mirrors'>,
  group: readonly string[] | undefined,
  options: { readonly signal: AbortSignal },
): Promise<GroupsOnLink> {
  const { source, destination, link } = target
  const silent = whySourceSilent(seen)
  const groups = [link.groups, ...(group === undefined ? [] : [group])]
  const records = mirrors.map(({ record }) => record)
  const sides = await groupsOnBothSides(
    { source, destination, isSourceReachable: silent === undefined, mirrors: records, groups },
    options,
  )
  const all = { ...sides, link: link.name, silent, mirrors }
  try {
    return { ...all, mapping: await mappingOf(target, sides.places, { ...options, sourceSeen: seen }) }
  } catch (error) {
    if (!(error instanceof DeniedError)) throw error
    // Where they stand on each side is known all the same.
    const denied = {
      side: 'destination',
      group: undefined,
      why: `where their places on the source lie there: ${error.message}`,
    } as const
    return { ...all, unknown: [...all.unknown, denied], mapping: () => undefined }
  }
}

/** Places of the source as the link's engine says where they are. */
async function mappingOf(
  target: LinkTarget,
  places: readonly PlaceOnBothSides[],
  options: { readonly signal: AbortSignal; readonly sourceSeen: SourceSeen },
): Promise<OffsetMapping> {
  const engine = engineOf(target.link)
  if (engine.capabilities.offsetMapping === 'identical') return identicalOffsets
  const asked = places.flatMap(({ topic, partition, source }) => source.kind === 'at' ? [{ topic, partition, offset: source.offset }] : []) // prettier-ignore
  const told = await engine.translate(target, asked, { ...options, verify: false })
  const keyOf = (place: SourcePlace): string => `${partitionKey(place)}@${place.offset.toString()}`
  const mapped = new Map(told.flatMap(({ place, translated }): readonly (readonly [string, MappedPlace])[] => {
    if (translated.kind === 'unknown') return []
    const { to } = translated
    const most = translated.kind === 'exact' ? to : offset(to + translated.reread)
    return [[keyOf(place), { from: to, to: most }]]
  })) // prettier-ignore
  return (place) => mapped.get(keyOf(place))
}

/** One partition of a group, and what would become of it. */
export interface PlaceAfterFailover {
  readonly seen: GroupsOnLink
  readonly place: PlaceOnBothSides
  readonly mirror: MirrorView | undefined
  /** Undefined of a mirror that is stopped: its failover was. */
  readonly after: AfterFailover | undefined
}

/** Worst first; those of stopped mirrors last. */
export function comparePlaces({ after: a }: PlaceAfterFailover, { after: b }: PlaceAfterFailover): number {
  if (a !== undefined && b !== undefined) return compareAfterFailover(a, b)
  return Number(a === undefined) - Number(b === undefined)
}

/** In no order. */
export function placesAfterFailover(seen: GroupsOnLink): readonly PlaceAfterFailover[] {
  const { places, mirrors, mapping, silent } = seen
  const mirrorOf = new Map(mirrors.map((mirror) => [mirror.record.mirrorTopic, mirror]))
  return places.map((place): PlaceAfterFailover => {
    const { topic, mirrorTopic, partition, source, destination, mirrorLog } = place
    const mirror = mirrorOf.get(mirrorTopic)
    if (mirror?.state.state === 'STOPPED') return { seen, place, mirror, after: undefined }
    const after = afterFailover({
      source: silent === undefined ? source : { kind: 'unknown', why: silent, isStale: true },
      mapped: source.kind === 'at' ? mapping({ topic, partition, offset: source.offset }) : undefined,
      destination,
      log: isUntold(mirrorLog) ? undefined : mirrorLog,
    })
    const why = isUntold(mirrorLog) ? mirrorLog.why : after.why
    return { seen, place, mirror, after: { ...after, why } }
  })
}

/** When the source was last seen: the offsets that were copied are no newer. */
export function sourceSeenOf(mirror: MirrorView | undefined, isSourceReachable: boolean, now: Date): SeenView {
  if (isSourceReachable) return seenView('now', now)
  return seenView(mirror?.sourceSeenAt === 'now' ? undefined : mirror?.sourceSeenAt, now)
}

/** `Stable/Empty`: the states on source and destination; `-` where it is not there, `?` where nobody was asked. */
export function statesText(
  { source, destination }: { readonly source: string | null; readonly destination: string | null },
  isSourceReachable: boolean,
): string {
  return `${isSourceReachable ? (source ?? '-') : '?'}/${destination ?? '-'}`
}

export function paintOfStatus(status: AfterFailoverStatus | 'STOPPED', style: Style): Paint {
  if (status === 'OK' || status === 'STOPPED') return style.ok
  return status === 'REREADS' || status === 'STALE' ? style.warn : style.bad
}
