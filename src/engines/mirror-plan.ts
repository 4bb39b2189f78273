import type { MirrorRecord } from '../links/records.ts'
import type { Blocker, Cancel } from './engine.ts'

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
  readonly configs: MirrorConfigs
  readonly existing: MirrorRecord | undefined
  /** Was not named, and is made only while a pattern matches. */
  readonly isMatched: boolean
  /** It comes from the destination and matches only: nothing is missing without a mirror of it. */
  readonly isLeftOut?: true
  readonly blockers: readonly Blocker[]
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
