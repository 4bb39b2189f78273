import type { Doubt, Loss } from '../core/loss.ts'
import type { MirrorState } from '../core/mirror-state.ts'
import type { Offset } from '../core/offset.ts'
import type { LinkRecord, MirrorRecord, PositionRecord } from '../links/records.ts'
import type { LeftGroupsRecord } from '../links/runner-notes.ts'
import type { ConnectView } from './connect-view.ts'

// A link and its mirrors as an engine sees them: see `ReplicationEngine.observe`.

export interface PartitionView {
  readonly partition: number
  /** The source's end, and whether it was read now or is the last that a runner knew. */
  readonly sourceEnd: { readonly offset: Offset; readonly isCurrent: boolean } | undefined
  /** The mirror's log end; hidden offsets of a fence are not counted. Undefined when it could not be read. Where it may be more by now, the loss is an upper bound. */
  readonly mirrored: Offset | undefined
  readonly loss: Loss
  /** Why the loss is a bound though both ends may be known. */
  readonly doubt?: Doubt
}

export interface MirrorView {
  readonly record: MirrorRecord
  readonly state: MirrorState
  readonly partitions: readonly PartitionView[]
  /** When the source's ends were observed: now, or last by a runner; undefined when they never were. */
  readonly sourceSeenAt: 'now' | Date | undefined
  /** Tombstones of its source that it may have missed, as its runner has noted it; absent where none has. */
  readonly tombstones?: PositionRecord['tombstones']
}

export type LinkStateName = 'ACTIVE' | 'PAUSED' | 'NO_RUNNER' | 'SOURCE_UNAVAILABLE' | 'DEGRADED' | 'FAILED'

export interface RunnerView {
  readonly host: string
  readonly pid: number
  readonly since: string
}

export interface LinkView {
  readonly link: LinkRecord
  /** Undefined when it is not known whether a runner carries it. */
  readonly state: LinkStateName | undefined
  /** Undefined when no runner was seen to live. */
  readonly runner: RunnerView | undefined
  /** Why that says nothing: one that lives could not have shown it. */
  readonly runnerUnknown?: string
  readonly isSourceReachable: boolean
  /** Why a source that answers cannot be asked: it does not let us in, or it is another cluster. */
  readonly sourceRefusal?: string
  readonly mirrors: readonly MirrorView[]
  /** Topics of the source that match a pattern of the link and have no mirror. As last known by a runner when the source does not answer. */
  readonly unmirrored: readonly UnmirroredTopic[]
  /** When its runner compared settings and partition counts of all topics last; absent when none did. */
  readonly syncedAt?: string
  /** ACLs that its runner brings over: when it compared both sides last, and what stands in the way. Absent when it is to bring over none. */
  readonly aclSync?: { readonly syncedAt: string | null; readonly unsynced: readonly string[] }
  /** Groups that its runner last left alone, as they have members on the destination; absent when it found none, or none carries it. */
  readonly leftGroups?: LeftGroupsRecord
  /** Where connectors carry it. */
  readonly connect?: ConnectView
}

export interface UnmirroredTopic {
  readonly topic: string
  readonly why: string
}

/** For an error. */
export function runnerUnknownText(link: string, why: string): string {
  return `whether link "${link}" has a runner is not known: ${why}`
}

/** What is known of whether the source can be asked. */
export type SourceSeen = Pick<LinkView, 'isSourceReachable' | 'sourceRefusal'>

/** It answers, is the one that is meant, and lets us in. */
export function isSourceOpen(source: SourceSeen): boolean {
  return whySourceSilent(source) === undefined
}

/** Why nothing can be asked of the source; undefined where it can. */
export function whySourceSilent({ isSourceReachable, sourceRefusal }: SourceSeen): string | undefined {
  if (sourceRefusal !== undefined) return 'the source cannot be asked'
  return isSourceReachable ? undefined : 'the source does not answer'
}

/** Mirrors that a failover has something to do for. */
export function openMirrors(mirrors: readonly MirrorView[]): readonly MirrorView[] {
  return mirrors.filter(({ record }) => record.state.state !== 'STOPPED')
}
