import type { Offset } from '../core/offset.ts'
import type { Translated } from '../core/translation.ts'
import type { Cancel } from './target.ts'
import type { SourceSeen } from './views.ts'

// Where places of the source are on the destination: see `ReplicationEngine.translate`.

/** The next offset to be read in a partition of the source. */
export interface SourcePlace {
  /** As the source has it. */
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}

export interface TranslateOptions extends Cancel {
  /** The next unread record is read on both sides, and compared. */
  readonly verify: boolean
  /** What was found of the source a moment ago. Default: it is asked. */
  readonly sourceSeen?: SourceSeen
  /** Why what the engine wrote down of places is not to be read. What it wrote down of groups is left then. */
  readonly withoutSyncs?: string
  readonly onProgress?: (done: number, all: number) => void
}

/** Where an engine says by itself that a group goes on: what it wrote down last, of where the group stood then. See `ReplicationEngine.ownPlaces`. */
export interface OwnPlace {
  readonly group: string
  /** As the destination has it. */
  readonly mirrorTopic: string
  readonly partition: number
  /** On the source. */
  readonly from: Offset
  readonly to: Offset
  readonly at: Date
}

export interface PlaceTranslation {
  readonly place: SourcePlace
  /** As the destination has it; undefined when the link has no mirror of the topic. */
  readonly mirrorTopic: string | undefined
  readonly translated: Translated
}
