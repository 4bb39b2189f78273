import type { Offset } from '../core/offset.ts'
import type { Time } from '../core/time.ts'
import type { Act, LinkTarget, ReplicationEngine } from '../engines/engine.ts'
import type { ClusterSettings } from '../kafka/settings.ts'

/** What the drill's fault was, and when it struck, in monotonic milliseconds: after `fromMs` and before `toMs`. */
export interface Fault {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * How the source is lost.
 * - region: its brokers are killed; georep finds out by itself
 * - simulated: the canary's mirror alone loses its source, at the moment of the fence; nothing is killed and nothing is detected
 */
export type Loss =
  | {
      readonly kind: 'region'
      /** A smaller fault before it, which the region has to survive: all must be well again before the region is lost. */
      readonly strikeFirst?: (options: { readonly signal: AbortSignal }) => Promise<void>
      readonly strike: (options: { readonly signal: AbortSignal }) => Promise<Fault>
    }
  | { readonly kind: 'simulated' }

/** Where a drill takes place, and what it may do there. */
export interface DrillSite {
  readonly mode: 'sandbox' | 'practice'
  readonly target: LinkTarget
  readonly engine: ReplicationEngine
  readonly settings: { readonly source: ClusterSettings; readonly destination: ClusterSettings }
  readonly loss: Loss
  /** Mirrors that fail over with the canary's: all of the link, or none. */
  readonly scope: 'all' | 'canaryOnly'
  /** Stops and continues the runner's process; undefined where it is not ours. */
  readonly runner: { readonly freeze: () => void; readonly thaw: () => void } | undefined
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
  readonly act: Act
  readonly time: Time
}

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
  /** What goes on: a sentence without a full stop. */
  readonly report: (text: string) => void
}
