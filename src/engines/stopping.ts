import type { Loss } from '../core/loss.ts'
import type { Offset } from '../core/offset.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Act } from '../links/session.ts'
import type { Cancel, Blocker, LinkPlan } from './target.ts'
import type { MirrorView, RunnerView } from './views.ts'

/** What keeps others off mirror topics that are to be opened: see core/protection.ts. */
export interface DeniedWriters {
  readonly topics: readonly { readonly topic: string; readonly principals: readonly string[] }[]
  /** Whether we may take it back. */
  readonly isPermitted: boolean
}

// How a mirror is stopped, planned or not: see `ReplicationEngine`.

/**
 * Whether whoever carries a mirror is refused when it comes late.
 *
 * - permitted: the destination's brokers can be told to
 * - notPermitted, unknown: they cannot, or it is not known
 * - byConnect: Kafka Connect ends its tasks; a worker that was frozen meanwhile, and does not know, no broker refuses
 */
export type StopFence = LinkPlan['fence'] | 'byConnect'

/** Whether an act that is not forced may go on to open a topic: what stays possible is said. */
export function isStopKnown(fence: StopFence): boolean {
  return fence === 'permitted' || fence === 'byConnect'
}

export interface FailoverPlan {
  /** Every mirror of the link, those included that are made before the failover begins. */
  readonly isAll: boolean
  readonly isSourceReachable: boolean
  /** Why a source that answers cannot be asked: what is missing is told by what a runner knew last. */
  readonly sourceRefusal?: string
  readonly mirrors: readonly MirrorView[]
  /** Asked for by name, and not mirrored by this link. */
  readonly missing: readonly string[]
  readonly loss: Loss
  readonly fence: StopFence
  /** Of a fence that is not permitted, or not known, where it is not the destination that tells so. */
  readonly fenceWhy?: string
  /** What helps, such as the command that grants what is missing. */
  readonly fenceNext?: string
  /** Those to whom georep denies Write on them until they are stopped; absent where it denies nobody. */
  readonly denied?: DeniedWriters
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
 * - opening: mirrors are STOPPED, and those to whom georep denied Write are let write
 */
export type FailoverStage = 'stopping' | 'fencing' | 'waiting' | 'opening'

/** What became of one mirror that was to be stopped. */
export interface Stopped {
  readonly topic: string
  readonly outcome: Outcome
  /** Per partition what the mirror holds, without the fence's own offset; undefined when it is not stopped. */
  readonly ends: readonly Offset[] | undefined
  /** Per partition of the source what the mirror holds of it, where that is not the same as `ends`. */
  readonly sourcePlaces?: readonly (Offset | undefined)[]
  /** It may hold more than `sourcePlaces` says: who was to write that down has not been seen to end. */
  readonly arePlacesLate?: true
  /** Per partition where the source ended after nothing more was carried of it, where that was read. */
  readonly sourceEndsAfter?: readonly (Offset | undefined)[]
  /** Where Kafka Connect could not be told, and carries it again as soon as a worker runs: the words of the command that tells it, without the link. */
  readonly toldLater?: readonly string[]
}

export interface FailoverResult extends Stopped {
  readonly loss: Loss
}

/**
 * What keeps producers off the source topics.
 *
 * - acl: DENY ACLs, by the source's own authorizer
 * - hook: a command of the operator's
 * - none: the operator says that they are stopped
 */
export type SourceFence =
  { readonly how: 'acl' } | { readonly how: 'hook'; readonly run: FenceHook } | { readonly how: 'none' }

/** Resolves when the source topics take writes no more, or again. Called with topics of which some may be fenced, or free, already. */
export type FenceHook = (action: 'fence' | 'unfence', topics: readonly string[], options: Cancel) => Promise<void>

export interface PromotePlan {
  readonly isAll: boolean
  readonly isSourceReachable: boolean
  /** Undefined when none was seen to live: nothing would drain. */
  readonly runner: RunnerView | undefined
  /** Where it is no runner that carries them. */
  readonly carriedBy?: string
  readonly mirrors: readonly MirrorView[]
  /** Asked for by name, and not mirrored by this link. */
  readonly missing: readonly string[]
  /** Records that are still to be carried. */
  readonly lag: Loss
  readonly fence: StopFence
  /** As of a failover. */
  readonly fenceWhy?: string
  /** As of a failover. */
  readonly fenceNext?: string
  readonly sourceFence: SourceFencePlan
  /** By source topic, those whose state a broker remembers; producers that are not idempotent leave none. */
  readonly producers: readonly SourceProducers[]
  /** Of the link's groups, those with commits on these topics. */
  readonly groups: readonly { readonly group: string; readonly isActive: boolean }[]
  /** As of a failover. */
  readonly denied?: DeniedWriters
  readonly blockers: readonly Blocker[]
}

export interface SourceFencePlan {
  readonly how: SourceFence['how']
  /** What would be changed on the source, one sentence each. */
  readonly steps: readonly string[]
  /** Who or what may get past it, as far as it is known. */
  readonly warnings: readonly string[]
}

export interface SourceProducers {
  readonly topic: string
  readonly known: number
  readonly openTransactions: number
}

export interface PromoteAct extends Act {
  readonly sourceFence: SourceFence
  /** For everything until the destination is fenced. */
  readonly timeoutMs: number
  readonly onProgress: (text: string) => void
}

export interface FencePlan extends SourceFencePlan {
  readonly blockers: readonly Blocker[]
  /** Topics that georep has fenced by ACLs and of which every broker says so now. What a hook has done cannot be looked at. */
  readonly fenced: readonly string[]
}

export interface FenceAct extends Act {
  readonly sourceFence: Exclude<SourceFence, { readonly how: 'none' }>
}

export interface UnfenceAct extends Act {
  /** How topics that a hook has fenced are freed: by it, or by hand before. Undefined: they are left as they are. */
  readonly sourceFence: Exclude<SourceFence, { readonly how: 'acl' }> | undefined
}

export interface PromoteReport {
  readonly results: readonly PromoteResult[]
  readonly groups: {
    readonly copied: readonly string[]
    /** They have members on the source, and may commit again, which is not copied. */
    readonly activeOnSource: readonly string[]
    /** They have members on the destination, and were left alone. */
    readonly activeOnDestination: readonly string[]
  }
}

export interface PromoteResult extends FailoverResult {
  /** Per partition the source's log end, read after the mirror was stopped; undefined where it could not be read, or the mirror is not stopped. */
  readonly sourceEnds: readonly Offset[] | undefined
}
