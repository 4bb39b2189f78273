import { isSameCommit, type PlannedCommit } from './offset-plan.ts'
import type { Offset } from './offset.ts'

/** What a group's commit on the source becomes on an offset-identical mirror, now; undefined when it is there already. */
export function syncedCommit(
  { source, destination }: { readonly source: PlannedCommit; readonly destination: PlannedCommit | undefined },
  mirrorEnd: Offset,
): PlannedCommit | undefined {
  // Beyond the mirror's end a consumer would be reset; the next round carries it on. What the client has put beside it is about another place then.
  const wanted = source.offset > mirrorEnd ? { offset: mirrorEnd, metadata: '' } : source
  return isSameCommit(wanted, destination) ? undefined : wanted
}

export type Clamp =
  | { readonly kind: 'inside' }
  /** Retention has passed the commit: records were lost to the group. */
  | { readonly kind: 'belowLogStart'; readonly to: Offset; readonly lost: bigint }
  /** The commit is ahead of what arrived. */
  | { readonly kind: 'pastLogEnd'; readonly to: Offset; readonly ahead: bigint }

/** Where a committed offset has to move so that it lies in [log start, log end] of the partition. */
export function clampOf(committed: Offset, log: { readonly start: Offset; readonly end: Offset }): Clamp {
  if (committed < log.start) return { kind: 'belowLogStart', to: log.start, lost: log.start - committed }
  if (committed > log.end) return { kind: 'pastLogEnd', to: log.end, ahead: committed - log.end }
  return { kind: 'inside' }
}
