import type { Offset } from './offset.ts'
import type { Translated } from './translation.ts'

/** What whoever goes on at a place has read before, and what is skipped; at the most, in offsets of the destination. Undefined when that is not known. */
export interface BesidePlace {
  readonly reread: bigint | undefined
  readonly skipped: bigint | undefined
}

/** A place that an engine has written down by itself, beside the one that was found. */
export function besidePlace(own: Offset, found: Translated): BesidePlace {
  if (found.kind === 'unknown') return { reread: undefined, skipped: undefined }
  const before = found.to - own
  if (found.kind === 'exact') return { reread: before > 0n ? before : 0n, skipped: before < 0n ? -before : 0n }
  // Nothing is skipped from the bounded place on, and so from before it.
  return before >= 0n ? { reread: before + found.reread, skipped: 0n } : { reread: undefined, skipped: undefined }
}
