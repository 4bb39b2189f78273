import type { Bounds } from '../core/bounds.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Cancel, Blocker } from './target.ts'

// What a mirror would be: see `ReplicationEngine.planMirror`.

export interface MirrorPlanOptions extends Cancel {
  /** What the mirror topic's name has before the source topic's; nothing by default. */
  readonly prefix?: string
  /** It was not named, it matches: a topic that is there is not taken over. */
  readonly isMatched?: boolean
}

export interface TopicMatches {
  /** Without a mirror, and not left out. */
  readonly missing: readonly string[]
  /** With a mirror on this link, whatever its state. */
  readonly mirrored: readonly string[]
  /** Why topics may match that are not shown to us, and are in neither; a broker leaves them out, and does not say so. Undefined when that is not known. */
  readonly unseen: string | undefined
}

export interface MirrorPlan {
  readonly sourceTopic: string
  readonly mirrorTopic: string
  readonly sourceTopicId: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Records that the source holds now, as the span of its offsets. */
  readonly recordsToCopy: bigint
  /** Absent where it was not looked at: of sources that are not compacted or written in transactions, where something stands in the way, and of engines that hide none. */
  readonly hidden?: HiddenOffsets
  readonly configs: MirrorConfigs
  readonly existing: MirrorRecord | undefined
  /** Was not named, and is made only while a pattern matches. */
  readonly isMatched: boolean
  /** It comes from the destination and matches only: nothing is missing without a mirror of it. */
  readonly isLeftOut?: true
  readonly blockers: readonly Blocker[]
}

/** Offsets of a source, all partitions together, that no consumer sees and that are taken up on a mirror with the same offsets. */
export interface HiddenOffsets {
  /** What is certain: equal bounds where the whole log was seen. */
  readonly known: Bounds
  /** From the share at places that lie evenly; undefined when one of them is not known. */
  readonly estimate: bigint | undefined
  /** What the estimate takes on each replica of the mirror; undefined without one. */
  readonly bytes: bigint | undefined
  /** A mirror fails where more than this is to be hidden at once; a plan is blocked where that was seen. */
  readonly mostAtOnce: bigint
  /** No stretch that is longer can lie between the places that were looked at. */
  readonly isWhole: boolean
  /** What was not seen, and why; `offset` null for a whole partition. */
  readonly unknown: readonly { readonly partition: number; readonly offset: bigint | null; readonly why: string }[]
}

/** What a mirror of a topic would be made as, by what the source has now. */
export type MirrorAsMade = Pick<
  MirrorPlan,
  'sourceTopicId' | 'partitions' | 'replicationFactor' | 'recordsToCopy' | 'configs'
>

/** Every setting of the source topic is in exactly one of copied, overridden and skipped, except those it inherits. */
export interface MirrorConfigs {
  readonly copied: ReadonlyMap<string, string>
  /** Set otherwise than on the source while it is a mirror, and why. */
  readonly overridden: ReadonlyMap<string, { readonly value: string; readonly why: string }>
  /** Of the overridden, those that the source has of its own. Set when the mirror stops: until then they would rewrite or refuse mirrored records. */
  readonly deferred: ReadonlyMap<string, string>
  /** Left out, and why. */
  readonly skipped: ReadonlyMap<string, string>
}
