import type { Offset } from '../core/offset.ts'
import type { Time } from '../core/time.ts'
import type { Act, LinkTarget, ReplicationEngine } from '../engines/engine.ts'
import type { ClusterSettings } from '../kafka/settings.ts'

/** Where a drill takes place, and what it may do there. */
export interface DrillSite {
  readonly target: LinkTarget
  readonly engine: ReplicationEngine
  readonly settings: { readonly source: ClusterSettings; readonly destination: ClusterSettings }
  /** Mirrors that fail over with the canary's: all of the link, or none. */
  readonly scope: 'all' | 'canaryOnly'
  /** The clusters go when the drill is over: nothing has to be left in order there. */
  readonly isLeftBehind: boolean
  /** What an operator is to look at where the drill does not come to its fault. */
  readonly lookAt: string
  /** Keeps what carries the link from carrying, and lets it go on; undefined where it is not ours. */
  readonly carrier: { readonly freeze: Carry; readonly thaw: Carry } | undefined
  /** Brings the offsets of one group in line with the destination's logs; the refusal of the first partition that could not be. */
  readonly clampGroup: (group: string, options: { readonly signal: AbortSignal }) => Promise<string | undefined>
  /** What the group has committed on the destination, per partition of the topic. */
  readonly committedOnDestination: (
    group: string,
    topic: string,
    options: { readonly signal: AbortSignal },
  ) => Promise<ReadonlyMap<number, Offset>>
  /** Told the topic id of the canary as soon as it is made on the source, for whoever has to remove it. */
  readonly onCanaryTopic: (sourceTopicId: string) => void
  /** How often what carries the link copies group offsets, as far as it is known. */
  readonly groupsEveryMs: number
  readonly act: Act
  readonly time: Time
}

type Carry = (options: { readonly signal: AbortSignal }) => Promise<void>

/** What goes on while a drill runs, for the person who waits. */
export interface DrillStatus {
  readonly elapsedMs: number
  /** Canary records acknowledged in the last second, all partitions together. */
  readonly sourceRate: number
  readonly destinationRate: number
  /** Canary records acknowledged on the source that the mirror does not hold yet; undefined when it was not told. */
  readonly lag: number | undefined
}

/** How the canary, the detection and the phases of a drill are set. */
export interface DrillSettings {
  /** Lower case letters and digits. */
  readonly runId: string
  readonly partitions: number
  readonly canaryEveryMs: number
  readonly probeEveryMs: number
  readonly failuresNeeded: number
  /** How long all is to be well before the fault … */
  readonly steadyMs: number
  /** … and after the failover. */
  readonly holdMs: number
  readonly failoverTimeoutMs: number
  /** Acknowledged records that the runner is kept from mirroring before the fault; undefined to let it run. */
  readonly holdBack: number | undefined
  /** Between the steady state and the fault, so that the fault meets canary, probes and group offsets at a phase of their own. */
  readonly phaseMs: number
  /** What goes on: a sentence without a full stop. */
  readonly report: (text: string) => void
  readonly onStatus: (status: DrillStatus) => void
}
