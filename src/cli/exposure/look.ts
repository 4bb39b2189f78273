import type { ReadableLog } from '../../core/group-lag.ts'
import { doubtTexts, isNoLoss, type Loss, partedLoss, whyOf } from '../../core/loss.ts'
import type { NextUnread } from '../../core/next-unread.ts'
import { minOffset, type Offset } from '../../core/offset.ts'
import type { StretchBytes } from '../../core/stretch-bytes.ts'
import {
  openMirrors,
  type LinkTarget,
  type LinkView,
  type MirrorView,
  type PartitionView,
  type SourceSeen,
  whySourceSilent,
} from '../../engines/engine.ts'
import { atPosition } from '../../kafka/next-unread.ts'
import { partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import { logsOf } from '../../links/group-positions.ts'
import { type Missing, missingBytes } from '../../links/missing-bytes.ts'
import { isUntold, unreadAt, type Untold } from '../../links/mirror-ages.ts'
import { type GroupsOnLink, lookAtGroups } from '../groups-after-failover.ts'
import { whyOr } from '../observed.ts'

/** One partition of a mirror that is not stopped, with what is missing there. */
export interface MissingInPartition {
  readonly mirror: MirrorView
  /** Its loss without what is lost already. */
  readonly partition: PartitionView
  /** What retention took from the source before it was mirrored. */
  readonly lostAlready: Loss
  /** Where what is missing begins, as far as the source has it still; not before that, where the loss is an upper bound. */
  readonly from: Offset | undefined
  /** The first record that is missing: 'none' when it is all markers; undefined where nothing is missing, or nobody was asked. */
  readonly next: NextUnread | 'none' | Untold | undefined
}

type Place = Pick<MissingInPartition, 'mirror' | 'partition'>

/** What was seen of one link. */
export interface Exposed {
  readonly target: Pick<LinkTarget, 'link' | 'source' | 'destination'>
  readonly seen: SourceSeen
  readonly partitions: readonly MissingInPartition[]
  readonly bytes: StretchBytes
  readonly groups: GroupsOnLink
}

/**
 * What a failover of these mirrors would lose now. Reads only; what could not be asked comes back as unknown.
 *
 * @param view the mirrors as they were seen a moment ago; those that are stopped are left out
 */
export async function lookAtExposure(
  target: LinkTarget,
  view: SourceSeen & Pick<LinkView, 'mirrors'>,
  group: readonly string[] | undefined,
  options: { readonly signal: AbortSignal },
): Promise<Exposed> {
  const { source } = target
  const mirrors = openMirrors(view.mirrors)
  const seen = mirrors.flatMap((mirror) => mirror.partitions.map((partition) => ({ mirror, partition })))
  const read = seen.filter(({ partition }) => isBehind(partition)).map(placeOf)
  const logs = read.length === 0 ? '' : await whyOr(logsOf(source, read, options), options.signal)
  const logOf = (one: Place): ReadableLog | undefined => {
    const log = typeof logs === 'string' ? undefined : logs.get(partitionKey(placeOf(one)))
    return isUntold(log) ? undefined : log
  }
  const all = seen.map((one) => {
    const { mirrored, sourceEnd, loss } = one.partition
    const start = logOf(one)?.start
    if (loss.kind === 'unknown' || isNoLoss(loss)) return { ...one, lostAlready: loss }
    if (start === undefined || mirrored === undefined || sourceEnd === undefined)
      return { ...one, lostAlready: notRead }
    const { there, already } = partedLoss(loss, minOffset(start, sourceEnd.offset) - mirrored)
    return { ...one, partition: { ...one.partition, loss: there }, lostAlready: already }
  })
  const behind = all.flatMap(({ mirror, partition }) => {
    const { loss, mirrored } = partition
    if ((loss.kind !== 'exact' && loss.kind !== 'atMost') || loss.records === 0n || mirrored === undefined) return []
    return [{ at: placeOf({ mirror, partition }), mirrored, start: logOf({ mirror, partition })?.start }]
  })
  // What retention has taken from the source is there for nobody.
  const from = new Map(behind.map(({ at, mirrored, start = mirrored }) => [partitionKey(at), start < mirrored ? mirrored : start])) // prettier-ignore
  const startOf = (one: Place): Offset | undefined => from.get(partitionKey(placeOf(one)))
  const missing = all.flatMap(({ mirror, partition }): readonly Missing[] => {
    const { loss, sourceEnd } = partition
    if (isNoLoss(loss)) return []
    const start = startOf({ mirror, partition })
    const stretch = start === undefined || sourceEnd === undefined ? undefined : { from: start, to: sourceEnd.offset }
    return [
      {
        ...placeOf({ mirror, partition }),
        stretch,
        why: whyNotKnown(partition, view),
        isUpperBound: loss.kind === 'atMost',
      },
    ]
  })
  const positions = behind.map(({ at, mirrored }) => ({ ...at, offset: from.get(partitionKey(at)) ?? mirrored }))
  const [groups, unread, bytes] = await Promise.all([
    lookAtGroups(target, { ...view, mirrors }, group, options),
    unreadAt(source, positions, options),
    missingBytes(source, missing, options),
  ])
  const partitions = all.map(({ mirror, partition, lostAlready }): MissingInPartition => {
    const start = startOf({ mirror, partition })
    const key = placeOf({ mirror, partition })
    const next = start === undefined ? undefined : (atPosition(unread, { ...key, offset: start }) ?? { why: 'its next record could not be read' }) // prettier-ignore
    return { mirror, partition, lostAlready, from: start, next }
  })
  return { target, seen: view, partitions, bytes, groups }
}

const notRead: Loss = { kind: 'unknown', why: 'where the log of the source begins was not read' }

/** Where the source was read, and has or had what the mirror has not. */
function isBehind({ loss, sourceEnd, mirrored }: PartitionView): boolean {
  return loss.kind !== 'unknown' && !isNoLoss(loss) && sourceEnd?.isCurrent === true && mirrored !== undefined
}

/** On the source. */
function placeOf({ mirror, partition }: Place): TopicPartition {
  return { topic: mirror.record.sourceTopic, partition: partition.partition }
}

/** Why it is not known, or not by now, what is missing in a partition. */
export function whyNotKnown({ loss, mirrored, sourceEnd, doubt }: PartitionView, source: SourceSeen): string {
  const told = whyOf(loss)
  if (told !== undefined) return told
  const silent = whySourceSilent(source)
  if (silent !== undefined) return silent
  if (doubt !== undefined && mirrored !== undefined && sourceEnd?.isCurrent === true) return doubtTexts[doubt]
  return mirrored === undefined ? 'the end of the mirror was never read' : 'the end of the source was not read'
}
