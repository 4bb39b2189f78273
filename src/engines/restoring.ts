import type { Outcome } from '../core/outcome.ts'
import type { Act } from '../links/session.ts'
import type { SourceFence } from './stopping.ts'
import type { ReversedTopic, ReversePlan } from './reversing.ts'
import type { SalvageRange, SalvageStore, SavedPartition } from './salvage.ts'

// How a topic comes back whose old source may hold what never arrived: see `ReplicationEngine.restore`.

/** How much of the topic that is written to an old source has that was replaced: all of it, or what was written since the logs parted. */
export type History = 'full' | 'delta'

export interface RestorePlan extends Omit<ReversePlan, 'topics'> {
  readonly topics: readonly RestoredTopic[]
  /** Who or what may get past what keeps producers off, as far as it is known. */
  readonly warnings: readonly string[]
}

export interface RestoredTopic extends ReversedTopic {
  /**
   * - goOn: the logs have not parted; nothing is replaced
   * - replace: what the old source alone has is saved, and the topic is deleted and made anew
   * - finish: an earlier restore has deleted it; it is to be made anew
   */
  readonly how: 'goOn' | 'replace' | 'finish'
  /** Of a topic that is to be replaced: what never arrived, by partition. */
  readonly lost: readonly NeverArrived[]
}

/** The offsets that the old source alone has. */
export interface NeverArrived extends SalvageRange {
  /** How many more there were, before retention took them. */
  readonly gone: bigint
}

export interface RestoreAct extends Act {
  /** What keeps producers off an old source that is replaced, and how topics are freed that a command has fenced. */
  readonly sourceFence: SourceFence | undefined
  /** Undefined where nothing is to be replaced. */
  readonly salvage: SalvageStore | undefined
  readonly history: History
  readonly onProgress: (text: string) => void
}

export interface RestoreResult {
  readonly outcome: Outcome
  /** What was saved, and found equal, in this call; none where nothing was. */
  readonly saved: readonly SavedPartition[]
}
