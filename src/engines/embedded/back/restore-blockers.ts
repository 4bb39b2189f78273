import type { MirrorRecord } from '../../../links/records.ts'
import type { Blocker, ReversedPartition } from '../../engine.ts'
import { endBlocker, existingBlocker } from './reverse-blockers.ts'
import type { WayBack } from './reverse-plan.ts'

/** Why a mirror does not come back. What a promote has stopped does, too: its old source may have been written to since. */
function recordBlocker({ state }: MirrorRecord): Blocker | undefined {
  return state.state === 'STOPPED' ? undefined : `it is ${state.state}: only what was stopped comes back`
}

/** One that an earlier restore has left is gone on with. */
function openBlocker(existing: MirrorRecord | undefined, record: MirrorRecord): Blocker | undefined {
  const isOwn = existing?.restoring !== undefined && existing.sourceTopic === record.mirrorTopic
  return isOwn ? undefined : existingBlocker(existing, record)
}

/** The old source may go on behind the place where the logs part. What else is wrong with its end is so for a restore, too. */
function lostBlocker(
  one: ReversedPartition,
  names: { readonly old: string; readonly promoted: string },
): Blocker | undefined {
  return hasParted(one) && one.promotedEnd !== undefined && one.promotedEnd >= one.stoppedAt
    ? undefined
    : endBlocker(one, names)
}

/** The old source has what the promoted topic has not. */
export function hasParted({ oldEnd, stoppedAt }: ReversedPartition): boolean {
  return oldEnd !== undefined && oldEnd > stoppedAt
}

/** What stands in the way where logs may have parted. */
export const byReplacing: WayBack = { recordBlocker, existingBlocker: openBlocker, endBlocker: lostBlocker }
