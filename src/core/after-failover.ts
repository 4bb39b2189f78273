import { type Bounds, compareBounds, exactly, notKnown, upTo } from './bounds.ts'
import { clampOf } from './group-offsets.ts'
import { minOffset, type Offset } from './offset.ts'
import type { MappedPlace } from './offset-mapping.ts'

/** What a group has committed in one partition. */
export type Commit =
  | { readonly kind: 'at'; readonly offset: Offset }
  | { readonly kind: 'none' }
  /** It could not be read. */
  | { readonly kind: 'unknown'; readonly why: string }

/**
 * What becomes of one partition of a group when its mirror is failed over now.
 *
 * - OK: it goes on where it is on the source.
 * - REREADS: it reads again what it has read on the source.
 * - SKIPS: there are records that it has not read on the source and does not come to on the destination.
 * - PAST_END: its commit lies past what arrived; it has to be moved back (`offset clamp`) before its consumers start.
 * - STALE: the source is not known now: how much it reads again has an upper bound only.
 * - UNKNOWN: where it goes on, or what it has read, is not known.
 */
export type AfterFailoverStatus = 'OK' | 'REREADS' | 'SKIPS' | 'PAST_END' | 'STALE' | 'UNKNOWN'

export interface AfterFailover {
  readonly status: AfterFailoverStatus
  /** Where it goes on: undefined when that depends on its consumers' settings, or is not known. */
  readonly at: Offset | undefined
  /** Mirrored records that are left to be read from there. */
  readonly lag: bigint | undefined
  /** Records that it has read on the source and reads again. */
  readonly rereads: Bounds
  /** Records that it has not read on the source and does not come to. */
  readonly skips: Bounds
  /** Why it is not known. */
  readonly why: string | undefined
}

export interface BeforeFailover {
  /** On the source, and where that is on the destination. */
  readonly source: Commit & { readonly isStale?: true }
  readonly mapped: MappedPlace | undefined
  readonly destination: Commit
  /** Of the mirror: the log start, and the end of what arrived. */
  readonly log: { readonly start: Offset; readonly end: Offset } | undefined
}

const noCommit = 'nothing is committed on the destination: where it begins depends on auto.offset.reset'

/**
 * Where a group stands in one partition of the destination after a failover now: at its commit there, moved into [log start, mirrored end], as
 * `offset clamp` moves it and a consumer has to begin. Counted in offsets, as the ends of logs are.
 */
export function afterFailover({ source, mapped, destination, log }: BeforeFailover): AfterFailover {
  const nowhere = (why: string): AfterFailover => ({ status: 'UNKNOWN', at: undefined, lag: undefined, rereads: notKnown, skips: notKnown, why }) // prettier-ignore
  if (log === undefined) return nowhere('the log of the mirror could not be read')
  if (destination.kind === 'unknown') return nowhere(destination.why)
  // Of a log without records every setting begins at the same place.
  if (destination.kind === 'none' && log.start !== log.end) return nowhere(noCommit)
  const clamp = destination.kind === 'none' ? { kind: 'inside' as const } : clampOf(destination.offset, log)
  const own = destination.kind === 'none' ? log.end : destination.offset
  const at = clamp.kind === 'inside' ? own : clamp.to
  const lag = log.end - at
  if (source.kind !== 'at' || mapped === undefined) {
    // It cannot read again what is not there.
    const rereads = upTo(lag)
    const isKnown = lag === 0n && destination.kind === 'none'
    if (isKnown && source.kind === 'none') return { status: 'OK', at, lag, rereads, skips: exactly(0n), why: undefined }
    const status = source.isStale === true ? 'STALE' : 'UNKNOWN'
    return { status, at, lag, rereads, skips: notKnown, why: whyNot(source) }
  }
  const rereads = between(minOffset(mapped.from, log.end) - at, minOffset(mapped.to, log.end) - at)
  const skips = between(at - mapped.to, at - mapped.from)
  const why = mapped.from === mapped.to ? undefined : 'where its commit on the source lies on the destination is known within bounds' // prettier-ignore
  const known = { at, lag, rereads, skips, why }
  if (skips.atLeast > 0n) return { status: 'SKIPS', ...known }
  if (skips.atMost !== 0n) return { status: 'UNKNOWN', ...known }
  if (clamp.kind === 'pastLogEnd') return { status: 'PAST_END', ...known }
  return { status: rereads.atMost === 0n ? 'OK' : 'REREADS', ...known }
}

/** Nothing below zero. */
function between(least: bigint, most: bigint): Bounds {
  return { atLeast: least > 0n ? least : 0n, atMost: most > 0n ? most : 0n }
}

function whyNot(source: Commit): string {
  if (source.kind === 'unknown') return source.why
  return source.kind === 'none'
    ? 'nothing is committed on the source: what it has read is not known'
    : 'where its commit on the source lies on the destination is not known'
}

const severity: Readonly<Record<AfterFailoverStatus, number>> = { UNKNOWN: 0, SKIPS: 1, PAST_END: 2, STALE: 3, REREADS: 3, OK: 4 } // prettier-ignore

/** Worst first: what is not known, what is skipped, then by what is read again, then by lag. */
export function compareAfterFailover(a: AfterFailover, b: AfterFailover): number {
  const order = severity[a.status] - severity[b.status] || compareBounds(a.skips, b.skips) || compareBounds(a.rereads, b.rereads) // prettier-ignore
  if (order !== 0) return order
  const [left, right] = [a.lag ?? 0n, b.lag ?? 0n]
  return left === right ? 0 : left > right ? -1 : 1
}
