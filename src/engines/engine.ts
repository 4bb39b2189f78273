import type { Loss } from '../core/loss.ts'
import type { MirrorState } from '../core/mirror-state.ts'
import type { Offset } from '../core/offset.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Time } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord, MirrorRecord } from '../links/records.ts'
import type { Actor } from '../links/session.ts'
import type { LinkState } from '../links/state.ts'

/** What moves the bytes. One vocabulary over all engines; what one cannot do is an error that says so. */
export interface ReplicationEngine {
  readonly name: LinkRecord['engine']
  readonly capabilities: {
    /** How a source offset becomes a destination offset. */
    readonly offsetMapping: 'identical'
    /** A `georep link run` process must live for records to move. */
    readonly needsRunner: boolean
  }

  /** What a link from source to destination would be, and what stands in its way. Changes nothing. */
  planLink(request: LinkRequest, options: Cancel): Promise<LinkPlan>
  /** @throws GeorepError "refused" when the plan is blocked, "conflict" when the link is held */
  createLink(plan: LinkPlan, by: Act, options: Cancel): Promise<LinkRecord>

  /** What a mirror of one topic would be, and what stands in its way. Changes nothing. */
  planMirror(target: LinkTarget, topic: string, options: Cancel): Promise<MirrorPlan>
  /** @throws GeorepError as createLink */
  createMirror(target: LinkTarget, plan: MirrorPlan, by: Act, options: Cancel): Promise<MirrorRecord>

  /** The link as it is now. Works with the source dead, and says how old its knowledge is. */
  observe(target: LinkTarget, options: Cancel): Promise<LinkView>

  /** What a failover of these mirrors would do and lose, and what stands in its way. Changes nothing. */
  planFailover(target: LinkTarget, topics: readonly string[] | 'all', options: Cancel): Promise<FailoverPlan>
  /**
   * Stops the mirrors so that the destination's brokers refuse every runner, and opens them for writes. Safe to call again: what was done is
   * found done. Ends at the signal with what was reached until then.
   *
   * @returns one result a topic of the plan
   * @throws GeorepError "conflict" when the link is held
   */
  failover(target: LinkTarget, plan: FailoverPlan, by: FailoverAct, options: Cancel): Promise<readonly FailoverResult[]>

  /**
   * Takes a stopped mirror off the link. Its topic stays.
   *
   * @returns false when the link has no such mirror
   * @throws GeorepError "refused" when the mirror is not STOPPED, "conflict" when the link is held
   */
  forgetMirror(target: LinkTarget, topic: string, by: Act, options: Cancel): Promise<boolean>
}

export interface Cancel {
  readonly signal: AbortSignal
}

/** Who acts, and what it is called. */
export interface Act {
  readonly actor: Actor
  readonly time: Time
  readonly name: string
}

export interface LinkClusters {
  readonly source: Cluster
  readonly destination: Cluster
}

export interface LinkRequest extends LinkClusters {
  readonly name: string
  readonly groups: readonly string[]
}

/** A link that exists. `state` was read; the source may be dead. */
export interface LinkTarget extends LinkClusters {
  readonly link: LinkRecord
  readonly state: LinkState
}

/** Why something cannot be done, as a sentence without a full stop. */
export type Blocker = string

export interface LinkPlan {
  readonly request: LinkRequest
  readonly sourceId: string
  readonly destinationId: string
  /** A link of this name between these clusters is there already. */
  readonly existing: LinkRecord | undefined
  /** May the destination's brokers be told to refuse a late runner? */
  readonly fence: 'permitted' | 'notPermitted' | 'unknown'
  readonly blockers: readonly Blocker[]
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
  readonly blockers: readonly Blocker[]
}

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

export interface PartitionView {
  readonly partition: number
  /** The source's end, and whether it was read now or is the last that a runner knew. */
  readonly sourceEnd: { readonly offset: Offset; readonly isCurrent: boolean } | undefined
  /** The mirror's log end; hidden offsets of a fence are not counted. Undefined when it could not be read. */
  readonly mirrored: Offset | undefined
  readonly loss: Loss
}

export interface MirrorView {
  readonly record: MirrorRecord
  readonly state: MirrorState
  readonly partitions: readonly PartitionView[]
  /** When the source's ends were observed: now, or last by a runner; undefined when they never were. */
  readonly sourceSeenAt: 'now' | Date | undefined
}

export type LinkStateName = 'ACTIVE' | 'NO_RUNNER' | 'SOURCE_UNAVAILABLE' | 'DEGRADED' | 'FAILED'

export interface RunnerView {
  readonly host: string
  readonly pid: number
  readonly since: string
}

export interface LinkView {
  readonly link: LinkRecord
  readonly state: LinkStateName
  /** Undefined when no runner was seen to live. */
  readonly runner: RunnerView | undefined
  readonly isSourceReachable: boolean
  readonly mirrors: readonly MirrorView[]
}

export interface FailoverPlan {
  /** Every mirror of the link, those included that are made before the failover begins. */
  readonly isAll: boolean
  readonly isSourceReachable: boolean
  readonly mirrors: readonly MirrorView[]
  /** Asked for by name, and not mirrored by this link. */
  readonly missing: readonly string[]
  readonly loss: Loss
  readonly fence: LinkPlan['fence']
}

export interface FailoverAct extends Act {
  /** Open the topics although the brokers cannot be told to refuse a late runner. */
  readonly isUnfenced: boolean
  readonly onProgress: (text: string, stage: FailoverStage) => void
}

/**
 * - stopping: the link's state says that the mirrors are being stopped
 * - fencing: the brokers refuse a runner's group offsets and state; its records are next
 * - waiting: some partition could not be fenced yet
 */
export type FailoverStage = 'stopping' | 'fencing' | 'waiting'

export interface FailoverResult {
  readonly topic: string
  readonly outcome: Outcome
  /** Per partition what the mirror holds, without the fence's own offset; undefined when it is not stopped. */
  readonly ends: readonly Offset[] | undefined
  readonly loss: Loss
}

/** Mirrors that a failover has something to do for. */
export function openMirrors(mirrors: readonly MirrorView[]): readonly MirrorView[] {
  return mirrors.filter(({ record }) => record.state.state !== 'STOPPED')
}
