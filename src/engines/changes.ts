import type { ConnectCluster } from '../connect/connect-cluster.ts'
import type { MirrorState } from '../core/mirror-state.ts'
import type { Outcome } from '../core/outcome.ts'
import type { MirrorRecord, TopicPattern } from '../links/records.ts'
import type { Blocker } from './target.ts'
import type { MirrorView, RunnerView } from './views.ts'

// What is changed of links and mirrors, and described of one mirror: see `ReplicationEngine`.

export type LinkChange =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Null takes the limit away. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number | null }
  /** Globs of the consumer groups whose committed offsets are copied, instead of those before. */
  | { readonly kind: 'groups'; readonly globs: readonly string[] }
  /** Globs of topic settings that are not copied, instead of those before. */
  | { readonly kind: 'syncConfigsExclude'; readonly globs: readonly string[] }
  /** Globs of the names that ACLs are about which the runner brings over; null for none. */
  | { readonly kind: 'syncAcls'; readonly resources: readonly string[] | null }
  /** The principal beside which nobody is to write to mirror topics; null for no such care. */
  | { readonly kind: 'protect'; readonly principal: string | null }
  /** Where Kafka Connect, which carries the link, answers from now on. */
  | { readonly kind: 'connect'; readonly connect: ConnectCluster }
  /** A glob that is there already is changed. */
  | { readonly kind: 'addPattern'; readonly pattern: TopicPattern }
  /** Its mirrors stay. */
  | { readonly kind: 'removePattern'; readonly glob: string }

export type MirrorChange = 'pause' | 'resume'

/**
 * Whether the link's runner does as the state says by now.
 *
 * - obeyed: it says so
 * - noRunner: none was seen to live; one that starts reads the state first
 * - notYet: one lives and has not said so
 */
export type Obedience = 'obeyed' | 'noRunner' | 'notYet'

export interface Altered {
  readonly outcome: Outcome
  /** Undefined when nothing was changed. */
  readonly runner: Obedience | undefined
  /** What was done although the record says that it was so already. */
  readonly did?: string
}

export interface LinkDeletionPlan {
  readonly runner: RunnerView | undefined
  readonly mirrors: readonly MirrorRecord[]
  /** What stands in its way when the mirrors are not to go with it, and what even then. */
  readonly blockers: readonly {
    readonly why: Blocker
    readonly isOfMirrors: boolean
    readonly next?: string | undefined
  }[]
  /** Where connectors carry it, those that are known to be deleted left out: what georep has made goes with it, others are left. */
  readonly connectors?: { readonly names: readonly string[]; readonly areLeft: boolean } | undefined
}

export interface MirrorDeletionPlan {
  readonly topic: string
  /** Undefined when the link has no such mirror. */
  readonly record: MirrorRecord | undefined
  readonly state: MirrorState | undefined
  /** The mirror topic goes, too. */
  readonly withTopic: boolean
  /** Records that the topic holds, as the span of its offsets; undefined when it was not looked at, or is not there. */
  readonly records: bigint | undefined
  /** The pattern that would mirror it again, and leaves it out from then on. */
  readonly pattern: string | undefined
  readonly blockers: readonly Blocker[]
}

export interface MirrorDetail {
  readonly view: MirrorView
  /** When it FAILED; undefined when it has not. */
  readonly failedAt: string | undefined
  /** Settings of the mirror topic; undefined when it is not there, or they could not be read. */
  readonly settings: readonly MirrorSetting[] | undefined
  /** Settings that the source has of its own, compared; false when they could not be read, so that skipped and changed ones are not known. */
  readonly isSourceCompared: boolean
  /** Why settings could not be read, or compared, where a cluster answered that: it names the right that is missing. */
  readonly settingsWhy: string | undefined
  /** Why the mirror topic is not made as the source's is, by the link's runner. */
  readonly unsynced: readonly string[]
  /** When a runner compared settings and partition counts last; undefined when none did. */
  readonly syncedAt: string | undefined
}

export interface MirrorSetting {
  readonly name: string
  /**
   * - copied: as on the source
   * - overridden: otherwise while it is a mirror
   * - deferred: set when the mirror stops, to `value`; empty for the cluster's default
   * - skipped: on the source only
   * - own: on the mirror topic only, or changed on one side since the mirror was made
   */
  readonly fate: 'copied' | 'overridden' | 'deferred' | 'skipped' | 'own'
  readonly value: string | undefined
  readonly why: string | undefined
}
