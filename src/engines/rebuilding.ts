import type { MirrorStateName } from '../core/mirror-state.ts'
import type { Outcome } from '../core/outcome.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Act } from '../links/session.ts'
import type { Blocker } from './target.ts'
import type { RunnerView } from './views.ts'
import type { MirrorAsMade } from './mirror-plan.ts'
import type { SalvageStore, SavedPartition } from './salvage.ts'

// How a mirror is made anew that cannot go on: see `ReplicationEngine.rebuild`.

export interface RebuildPlan {
  /** Asked for by name, and not mirrored by the link. */
  readonly missing: readonly string[]
  readonly topics: readonly RebuiltTopic[]
  /** Undefined when none was seen to live. */
  readonly runner: RunnerView | undefined
  readonly isPaused: boolean
  readonly warnings: readonly string[]
}

export interface RebuiltTopic {
  readonly record: MirrorRecord
  readonly state: MirrorStateName
  /** Why it has FAILED; undefined where it has not. */
  readonly failure: string | undefined
  /**
   * - replace: the mirror topic is deleted and made anew
   * - make: it is not there any more, and is made
   *
   * Undefined where something stood in its way before that was looked at.
   */
  readonly how: 'replace' | 'make' | undefined
  /** Of a topic that is replaced, by partition; none where it was not looked at. */
  readonly partitions: readonly AloneIn[]
  /** With commits on a topic that is replaced, which go with it; `isCarried` by the link, whose runner brings them again. */
  readonly groups: readonly { readonly group: string; readonly isActive: boolean; readonly isCarried: boolean }[]
  /** Undefined where the source could not be asked. */
  readonly made: MirrorAsMade | undefined
  /** What an operator has set on the mirror topic; the new one has it, too. */
  readonly ownConfigs: ReadonlyMap<string, string>
  readonly blockers: readonly Blocker[]
}

/** What one partition of a mirror holds that its source has not, or has not there. */
export interface AloneIn {
  readonly partition: number
  readonly mirror: { readonly start: bigint; readonly end: bigint }
  readonly source: { readonly start: bigint; readonly end: bigint }
  /** In order: what retention has taken from the source, and what stands behind the place where the logs part. */
  readonly stretches: readonly { readonly from: bigint; readonly to: bigint }[]
}

export interface RebuildAct extends Act {
  /** What becomes of what the mirrors alone hold; undefined where they are said to hold nothing alone. */
  readonly alone: { readonly kind: 'save'; readonly salvage: SalvageStore } | { readonly kind: 'discard' } | undefined
  readonly onProgress: (text: string) => void
}

export interface RebuildResult {
  readonly outcome: Outcome
  /** What was saved, and found equal, in this call; none where nothing was. */
  readonly saved: readonly SavedPartition[]
}

/** How many offsets these partitions hold that their sources have not. */
export function aloneOffsets(partitions: readonly Pick<AloneIn, 'stretches'>[]): bigint {
  return partitions.flatMap(({ stretches }) => stretches).reduce((sum, { from, to }) => sum + to - from, 0n)
}
