import { type Doubt, lossIfDoubted, lossOf } from '../../core/loss.ts'
import type { MirrorState } from '../../core/mirror-state.ts'
import { type Offset, offset } from '../../core/offset.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { atPosition, type Unread } from '../../kafka/next-unread.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { unreadAt } from '../../links/mirror-ages.ts'
import type { MirrorRecord, Mm2LinkRecord, PositionRecord } from '../../links/records.ts'
import type { Cancel, LinkTarget, MirrorView, PartitionView } from '../engine.ts'
import { type BothSides, lookAtSides } from './both-sides.ts'
import { isExactlyOnce } from './connector.ts'
import { type ConnectorsSeen, hindranceOf, whyUntold } from './connectors-seen.ts'
import { lastCopies, type LateLook } from './last-copies.ts'
import { type Trouble, troublesOf } from './topic-troubles.ts'

type Seen = ConnectorsSeen | { readonly why: string }

/** A link whose Connect cluster need not be known. */
export type SeenLink = Pick<LinkTarget, 'source' | 'destination' | 'state'> & { readonly link: Mm2LinkRecord }

export interface SeenMirror {
  readonly view: MirrorView
  readonly troubles: readonly Trouble[]
}

/**
 * The mirrors as they are now, their places in offsets of the source. What Connect, or the source, does not tell is unknown; of a mirror that is STOPPED it is
 * as it was when it was stopped. How far one with a fatal trouble is, is unknown: Connect's offset is of something else. What is missing is an upper bound where
 * Connect does not write down how far it is with the records themselves: the last record on the destination tells how much is there at least.
 */
export async function seeMirrors(
  target: SeenLink,
  records: readonly MirrorRecord[],
  { seen, isSourceReachable }: { readonly seen: Seen; readonly isSourceReachable: boolean },
  options: Cancel,
): Promise<{ readonly mirrors: readonly SeenMirror[]; readonly isSourceRead: boolean }> {
  const sides = await lookAtSides(target, records, isSourceReachable, options)
  const untold = whyUntold(seen)
  const doubt = doubtOf(seen)
  const looked = records.map((record) => {
    const positions = positionsOf(record, seen)
    const troubles = troublesOf(record, positions, sides)
    return { record, positions, troubles, trouble: troubles.find(({ isFatal }) => isFatal)?.why }
  })
  const reached = await reachedAt(target, { looked, seen, sides, isLate: doubt !== undefined }, options)
  const { isSourceRead } = sides
  const mirrors = looked.map(({ record, positions, troubles, trouble }): SeenMirror => {
    const known = target.state.position(target.link.name, record.mirrorTopic)
    let isTold = isSourceRead
    const partitions = Array.from({ length: record.partitions }, (_, partition): PartitionView => {
      const key = partitionKey({ topic: record.sourceTopic, partition })
      const live = sides.sourceEnds.get(key)
      if (live instanceof BrokerError) isTold = false
      const sourceEnd = sourceEndOf(live, known?.sourceEnds[partition])
      const start = sides.sourceStarts.get(key)
      const mirrored =
        record.state.state === 'STOPPED' ? placeThen(known, partition) : trouble !== undefined || untold !== undefined ? undefined : placeNow(reached.get(key) ?? positions[partition], start) // prettier-ignore
      const ends = lossOf(sourceEnd, mirrored, whyNot(record, { live, untold, trouble }))
      const loss = record.state.state === 'STOPPED' ? ends : lossIfDoubted(ends, doubtIn(doubt, sides.ends.get(partitionKey({ topic: record.mirrorTopic, partition })), reached.get(key))) // prettier-ignore
      return { partition, sourceEnd, mirrored, loss, ...(loss.kind === 'atMost' ? { doubt: 'LATE' } : {}) }
    })
    const state = shownState(record, target.link, { seen, trouble, isSourceRead })
    return { view: { record, state, partitions, sourceSeenAt: isTold ? 'now' : undefined }, troubles }
  })
  return { mirrors, isSourceRead }
}

/** About how far the connector is, by what Connect has written down. */
function doubtOf(seen: Seen): Extract<Doubt, 'LATE'> | undefined {
  if ('why' in seen || seen.configs.source === undefined) return undefined
  return isExactlyOnce(seen.configs.source) ? undefined : 'LATE'
}

/** Of a partition that nothing has come to yet all is missing: it was looked at before the source. Unless something has come in between. */
export function doubtIn(
  doubt: ReturnType<typeof doubtOf>,
  mirrorEnd: Offset | BrokerError | undefined,
  reached: bigint | undefined,
): typeof doubt {
  return mirrorEnd === 0n && reached === undefined ? undefined : doubt
}

/** Where each partition goes on, in the source's offsets; undefined where Connect has none, or does not answer. */
function positionsOf({ sourceTopic, partitions }: MirrorRecord, seen: Seen): readonly (bigint | undefined)[] {
  if ('why' in seen || seen.next === undefined) return []
  const { next } = seen
  return Array.from({ length: partitions }, (_, partition) => next.get(partitionKey({ topic: sourceTopic, partition })))
}

function sourceEndOf(
  live: Offset | BrokerError | undefined,
  known: bigint | null | undefined,
): PartitionView['sourceEnd'] {
  if (typeof live === 'bigint') return { offset: live, isCurrent: true }
  return typeof known === 'bigint' ? { offset: offset(known), isCurrent: false } : undefined
}

function placeThen(known: PositionRecord | undefined, partition: number): Offset | undefined {
  const place = known?.mirrored[partition]
  return typeof place === 'bigint' ? offset(place) : undefined
}

function placeNow(position: bigint | undefined, start: Offset | BrokerError | undefined): Offset {
  if (position !== undefined) return offset(position)
  // Connect has not written down any place yet: the task begins where the source's log does.
  return typeof start === 'bigint' ? start : offset(0n)
}

function whyNot(
  { state }: MirrorRecord,
  {
    live,
    untold,
    trouble,
  }: {
    readonly live: Offset | BrokerError | undefined
    readonly untold: string | undefined
    readonly trouble: string | undefined
  },
): string | undefined {
  if (state.state === 'STOPPED') return undefined
  if (trouble !== undefined) return trouble
  if (live instanceof BrokerError) return live.message
  return untold
}

/** A mirror, and what Connect and its topics tell of it. */
interface Looked {
  readonly record: MirrorRecord
  readonly positions: readonly (bigint | undefined)[]
  readonly trouble: string | undefined
}

/**
 * Up to where partitions are known to hold all that the source has, beyond what Connect has written down. By source partition.
 *
 * @param isLate a connector may be further than is written down
 */
async function reachedAt(
  target: SeenLink,
  { looked, seen, sides, isLate }: { readonly looked: readonly Looked[]; readonly seen: Seen; readonly sides: BothSides; readonly isLate: boolean }, // prettier-ignore
  options: Cancel,
): Promise<ReadonlyMap<PartitionKey, bigint>> {
  const open = looked.filter(({ record: { state } }) => state.state !== 'STOPPED')
  const written = new Map(
    open.flatMap(({ record, positions }) =>
      positions.flatMap((position, partition) => {
        const at = { topic: record.sourceTopic, partition }
        return position === undefined ? [] : [[partitionKey(at), { ...at, offset: offset(position) }] as const]
      }),
    ),
  )
  const drained = await drainedAt(target, [...written.values()], sides, options)
  if (!isLate || 'why' in seen || seen.next === undefined) return drained
  const late = open
    .filter(({ trouble }) => trouble === undefined)
    .flatMap(({ record: { sourceTopic, mirrorTopic, partitions } }) =>
      Array.from({ length: partitions }, (_, partition) => partition).flatMap((partition): readonly LateLook[] => {
        const here = { topic: sourceTopic, partition }
        const key = partitionKey(here)
        const [start, end, place] = [sides.sourceStarts.get(key), sides.sourceEnds.get(key), written.get(key)?.offset]
        if (typeof start !== 'bigint' || typeof end !== 'bigint' || (place ?? start) >= end || drained.has(key))
          return []
        return [{ here, there: { topic: mirrorTopic, partition }, written: place, start, end }]
      }),
    )
  const copied = await lastCopies(target, seen.configs.source ?? {}, late, options)
  const further = late.flatMap(({ here, written: place = 0n }) => {
    const reached = copied.get(partitionKey(here))
    return reached === undefined || reached <= place ? [] : [{ ...here, offset: reached }]
  })
  const places = further.map((one) => [partitionKey(one), one.offset] as const)
  return new Map([...drained, ...places, ...(await drainedAt(target, further, sides, options))])
}

/**
 * Partitions behind whose place nothing is left to be read but markers of transactions, which are not mirrored, and what was aborted: they have all that the
 * source has. By source partition, the source's end.
 */
async function drainedAt(
  { source }: SeenLink,
  places: readonly Unread[],
  sides: BothSides,
  options: Cancel,
): Promise<ReadonlyMap<PartitionKey, bigint>> {
  const behind = places.flatMap((at) => {
    const end = sides.sourceEnds.get(partitionKey(at))
    // What is in a transaction that is open may come yet.
    const isOpen = sides.stableEnds.get(partitionKey(at)) !== end
    return typeof end !== 'bigint' || at.offset >= end || isOpen ? [] : [{ ...at, end }]
  })
  const unread = await unreadAt(source, behind, { ...options, isCommittedOnly: true })
  return new Map(
    behind.flatMap(({ end, ...at }) => (atPosition(unread, at) === 'none' ? [[partitionKey(at), end] as const] : [])), // prettier-ignore
  )
}

function shownState(
  record: MirrorRecord,
  { pausedAt }: Mm2LinkRecord,
  { seen, trouble, isSourceRead }: { readonly seen: Seen; readonly trouble: string | undefined; readonly isSourceRead: boolean }, // prettier-ignore
): MirrorState {
  const stored = record.state
  if (stored.state === 'PAUSED') return { state: 'PAUSED' }
  if (stored.state !== 'ACTIVE') return stored
  if (trouble !== undefined) return { state: 'FAILED', reason: trouble }
  const hindrance = hindranceOf(record, seen)
  if (hindrance?.state === 'FAILED') return hindrance
  if (pausedAt !== null) return { state: 'PAUSED' }
  if (hindrance !== undefined) return hindrance
  return isSourceRead ? { state: 'ACTIVE' } : { state: 'SOURCE_UNAVAILABLE' }
}
