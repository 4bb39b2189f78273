import { isDeepStrictEqual } from 'node:util'
import type { MirrorRecord } from '../../../links/records.ts'
import type { Blocker, ReversedPartition } from '../../engine.ts'

/** A topic as a cluster has it; undefined where there is none of that name. */
type Topic = { readonly topicId: string; readonly partitions: readonly unknown[] } | undefined

/** Why a mirror is not one that a promote has stopped. */
export function recordBlocker({ state }: MirrorRecord): Blocker | undefined {
  if (state.state !== 'STOPPED') return `it is ${state.state}: only what a promote has stopped goes the way back`
  if (state.stoppedBy === 'promote') return undefined
  return 'a failover has stopped it: what never arrived is on the old source alone, and mirror restore brings both together'
}

/** Why the mirror that the link back has, or had, of the topic stands in the way. */
export function existingBlocker(
  existing: MirrorRecord | undefined,
  record: MirrorRecord,
): Blocker | undefined {
  if (existing === undefined) return undefined
  if (existing.state.state === 'STOPPED') {
    const isLater = record.state.state === 'STOPPED' && isDeepStrictEqual(existing.reversed?.ends, record.state.ends)
    return isLater ? `it went the way back on link "${existing.link}" already, and a ${existing.state.stoppedBy} has stopped it there` : undefined // prettier-ignore
  }
  if (existing.sourceTopic !== record.mirrorTopic) return `link "${existing.link}" mirrors "${existing.sourceTopic}" there`
  const { state } = existing
  if (state.state === 'PENDING' && existing.reversed === undefined) return `link "${existing.link}" is making it: ${state.phase}`
  if (state.state === 'PENDING_STOPPED') return `a ${state.by} on link "${existing.link}" is stopping it, which is to be ended first`
  if (state.state !== 'PENDING') return `link "${existing.link}" mirrors another topic of that name there`
  return undefined
} // prettier-ignore

/** Why the topics are not those that were mirrored and promoted. */
export function topicBlockers(
  { sourceTopic, sourceTopicId, mirrorTopic, mirrorTopicId }: MirrorRecord,
  topics: { readonly old: Topic; readonly promoted: Topic },
  names: { readonly old: string; readonly promoted: string },
): readonly Blocker[] {
  const { old, promoted } = topics
  if (old === undefined) return [`topic "${sourceTopic}" is gone on "${names.old}"`]
  if (promoted === undefined) return [`topic "${mirrorTopic}" is gone on "${names.promoted}"`]
  if (old.topicId !== sourceTopicId) return [`topic "${sourceTopic}" on "${names.old}" was deleted and made anew`]
  if (promoted.topicId !== mirrorTopicId) return [`topic "${mirrorTopic}" on "${names.promoted}" was deleted and made anew`] // prettier-ignore
  if (old.partitions.length === promoted.partitions.length) return []
  return [
    `topic "${mirrorTopic}" has ${promoted.partitions.length} partitions on "${names.promoted}", and "${sourceTopic}" has ${old.partitions.length} on "${names.old}"`,
  ]
}

/** Why a partition of the old source does not end where the promoted topic was opened: both logs must be the same up to there, and go on in one only. */
export function endBlocker(
  { partition, stoppedAt, oldEnd, promotedEnd }: ReversedPartition,
  names: { readonly old: string; readonly promoted: string },
): Blocker | undefined {
  const ends = (name: string, at: bigint): string => `partition ${partition} ends at ${at.toString()} on "${name}"`
  const stopped = `and its mirror was stopped at ${stoppedAt.toString()}`
  if (oldEnd === undefined) return `where partition ${partition} ends on "${names.old}" could not be read`
  if (promotedEnd === undefined) return `where partition ${partition} ends on "${names.promoted}" could not be read`
  if (promotedEnd < stoppedAt) return `${ends(names.promoted, promotedEnd)}, ${stopped}: records were lost there`
  if (oldEnd < stoppedAt) return `${ends(names.old, oldEnd)}, ${stopped}: records were lost there`
  if (oldEnd === stoppedAt) return undefined
  const more = oldEnd - stoppedAt
  const were = more === 1n ? '1 offset was' : `${more.toString()} offsets were`
  return `${ends(names.old, oldEnd)}, ${stopped}: ${were} written there since, so that the logs have parted`
}
