import type { Offset } from '../core/offset.ts'
import type { FenceRecord, MirrorRecord } from '../links/records.ts'
import type { Act } from '../links/session.ts'
import type { LinkTarget, Blocker } from './target.ts'
import type { RunnerView } from './views.ts'
import type { PromotePlan, UnfenceAct } from './stopping.ts'

// How a promoted topic goes the way back: see `ReplicationEngine.reverse`.

/** A link, and one from its destination back to its source. */
export interface LinkPair {
  /** Whose mirrors a promote has stopped. */
  readonly from: LinkTarget
  /** On which they are to go back. */
  readonly onto: LinkTarget
}

export interface ReversePlan {
  /** Asked for by name, and not mirrored by the link. */
  readonly missing: readonly string[]
  readonly topics: readonly ReversedTopic[]
  /** Of the groups that either link copies, those with commits on the promoted topics; `isCarried` by the link back. */
  readonly groups: readonly (PromotePlan['groups'][number] & { readonly isCarried: boolean })[]
  /** Of the link back; undefined when none was seen to live. */
  readonly runner: RunnerView | undefined
  readonly isPaused: boolean
}

/** One promoted topic, and the old source that is to be its mirror. */
export interface ReversedTopic {
  /** The mirror that was stopped. */
  readonly record: MirrorRecord
  /** The mirror on the link back, as it is now; a stopped one gives way to the new. */
  readonly existing: MirrorRecord | undefined
  /** It goes back already. */
  readonly isDone: boolean
  readonly partitions: readonly ReversedPartition[]
  /** What the mirror needs set otherwise than the old source has it. */
  readonly settings: readonly { readonly name: string; readonly was: string | null; readonly value: string }[]
  /** What the promote has fenced the old source by; undefined when nothing of it stands. */
  readonly fence: FenceRecord['fence']['how'] | undefined
  readonly blockers: readonly Blocker[]
}

export interface ReversedPartition {
  readonly partition: number
  /** Where the mirror had ended, before the fence's own offset: up to here both logs are the same. */
  readonly stoppedAt: Offset
  /** Where the old source ends now; undefined when it was not read. */
  readonly oldEnd: Offset | undefined
  /** Where the promoted topic ends now; undefined when it was not read. */
  readonly promotedEnd: Offset | undefined
}

export interface ReverseAct extends Act {
  /** As of an unfence: how topics are freed that a hook has fenced. */
  readonly sourceFence: UnfenceAct['sourceFence']
  readonly onProgress: (text: string) => void
}

/**
 * The link back that is meant: the one of this name, or without a name the one between clusters of the same names as those of the link. Undefined when there
 * is none, or more than one.
 */
export function linkBackOf(
  { source, destination }: Pick<LinkTarget['link'], 'source' | 'destination'>,
  found: readonly LinkTarget[],
  onto: string | undefined,
): LinkTarget | undefined {
  const [first, ...more] = found.filter(({ link }) =>
    onto === undefined
      ? link.source.name === destination.name && link.destination.name === source.name
      : link.name === onto,
  )
  return more.length === 0 ? first : undefined
}
