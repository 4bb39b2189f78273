import type { Loss } from '../../core/loss.ts'
import type { LagStatus } from '../../core/mirror-lag.ts'
import type { SeenView } from '../figures.ts'
import type { LagAgeView } from './age.ts'
import type { LimitView } from './limits.ts'
import type { Gate } from '../../core/lag-gate.ts'
import type { GroupEnd } from '../../links/group-positions.ts'
import type { GroupsOnLink } from '../groups-after-failover.ts'
import type { MissedOfMirror } from '../missed-tombstones.ts'
import type { Observed } from '../observed.ts'
import type { GroupLagRow, GroupsSeen } from './group-rows.ts'

/** A partition that is held back by an open transaction on the source, as documents show it. */
export interface HeldBackRow {
  readonly link: string
  /** The mirror topic. */
  readonly topic: string
  readonly partition: number
  /** The last stable offset of the source: nothing is mirrored from there on. Null when not known. */
  readonly stableEnd: bigint | null
  /** Of the oldest open transaction; null when not known. */
  readonly producerId: bigint | null
  readonly producerEpoch: number | null
  readonly firstOffset: bigint | null
  /** When its first record was written, by that record's time; null when not known. */
  readonly since: string | null
  /** How long ago that is; null when not known, or that time is of the future. */
  readonly ageMs: number | null
  /** Of its producer, as the coordinator tells; null when not known, as without Describe on the id. */
  readonly transactionalId: string | null
  /** As the coordinator names it: Ongoing, PrepareCommit, CompleteAbort, … */
  readonly transactionState: string | null
  /** By the coordinator's clock; null when not known, or when the coordinator has none open. */
  readonly transactionStartedAt: string | null
  readonly transactionTimeoutMs: number | null
  /** The command that ends it, of one that is open for longer than its time-out because nobody ends it; otherwise null. */
  readonly next: string | null
  /** Why it is not known who holds it back, or whether anybody does. */
  readonly why: string | null
}

/** What one look at the clusters came to. */
export interface LagSeen {
  readonly observedAt: Date
  readonly observed: Observed
  /** All of them, whatever is printed. */
  readonly rows: readonly LagRow[]
  /** Partitions of mirrors that open transactions hold back, the oldest first. */
  readonly heldBack: readonly HeldBackRow[]
  /** Mirrors that may have kept keys which their sources have not. */
  readonly missedTombstones: readonly MissedOfMirror[]
  readonly groups: readonly GroupsSeen[]
  /** Sentences about what was asked for by name or pattern, and is nowhere; of groups none where a gate tells it. */
  readonly unmatched: readonly string[]
  readonly groupRows: readonly GroupLagRow[]
  /** Undefined when none was asked for. */
  readonly gate: Gate | undefined
  readonly groupEndIs: GroupEnd
  /** Where groups would be on the destination; undefined when nobody asked. */
  readonly after: readonly GroupsOnLink[] | undefined
}

/** One partition as documents show it. */
export interface LagRow extends LagAgeView, LimitView {
  readonly link: string
  readonly topic: string
  readonly partition: number
  /** The high watermark; null when it was never read. */
  readonly sourceEnd: bigint | null
  readonly mirrored: bigint | null
  /** Null when not known, or of a stopped mirror. */
  readonly lag: bigint | null
  /** Whether `lag` is exact or a bound; an upper bound of records is one of seconds, too. Null of a stopped mirror. */
  readonly lagKind: Loss['kind'] | null
  readonly sourceSeen: SeenView
  readonly status: LagStatus
  /** Why the lag or its seconds are not known, where a cluster answered that. */
  readonly why: string | null
}
