import type { SeenRecord } from './fingerprint.ts'
import { after, count, passedText, type Translated, unknown } from './translation.ts'
import { type Offset, offset } from './offset.ts'

// Which record of the destination is the copy of one of the source. That a copy keeps the order of its partition is all that is taken for granted: the
// offsets, what is between the records, and how often each was copied may be anything.

/** What is looked for, and what is around it on the source, in order. */
export interface Wanted {
  readonly record: SeenRecord
  /** The one before it; undefined when there is none. */
  readonly before: SeenRecord | undefined
  readonly around: readonly SeenRecord[]
}

/**
 * - sameTime: time and hash
 * - anyTime: the hash, where the destination's times are not the source's
 */
export type MatchBy = 'sameTime' | 'anyTime'

/** What a pass over the destination found. */
export interface Pass {
  readonly by: MatchBy
  /** The first and the last that are alike, how many are, and what stands before the first; undefined when none is. */
  readonly found:
    | {
        readonly first: SeenRecord
        readonly last: SeenRecord
        readonly times: number
        readonly before: SeenRecord | undefined
      }
    | undefined
  readonly from: Offset
  readonly lastSeen: SeenRecord | undefined
  readonly seen: number
  /** The pass went over the first record that the destination has. */
  readonly isFromStart: boolean
  /** Why it ended: the log did, all that follows is of another time, or it was enough work. */
  readonly ended: 'end' | 'past' | 'limit'
}

/** Is the record of the destination like the one of the source? */
export function isCandidate(source: SeenRecord, destination: SeenRecord, by: MatchBy): boolean {
  if (source.hash !== destination.hash) return false
  return by === 'anyTime' || (!destination.isLogAppendTime && source.timestampMs === destination.timestampMs)
}

/** Where the copy of the wanted record stands; `absent` when nothing is like it. */
export type Match =
  | { readonly kind: 'only'; readonly at: SeenRecord; readonly isLast: boolean; readonly why: string | undefined }
  | { readonly kind: 'several'; readonly first: SeenRecord; readonly span: bigint; readonly why: string }
  | { readonly kind: 'absent' | 'unknown'; readonly why: string }

export function matchOf({ record, before, around }: Wanted, pass: Pass): Match {
  const { found, by } = pass
  if (found === undefined)
    return { kind: pass.ended === 'limit' ? 'unknown' : 'absent', why: `nothing like it ${reachText(pass)}` }
  const { first, last, times } = found
  if (pass.ended === 'limit')
    return { kind: 'unknown', why: `whether there are more like it is not known: looked ${reachText(pass)}` }
  const here = around.filter((one) => one.hash === record.hash && (by === 'anyTime' || one.timestampMs === record.timestampMs)).length // prettier-ignore
  const isLast = pass.ended === 'end' && pass.lastSeen?.offset === first.offset
  if (by === 'anyTime') {
    const why = byHashAlone({ record, before, around }, pass, here)
    return why === undefined
      ? { kind: 'only', at: first, isLast, why: `the times differ: found by key, value and headers, and by the record before it, as the only one like it ${reachText(pass)}` } // prettier-ignore
      : { kind: 'unknown', why }
  }
  if (times === 1 && here === 1) return { kind: 'only', at: first, isLast, why: undefined }
  const alike = `${here} records of the source and ${times} of the destination are alike`
  // Fewer copies than records: the first one may be the copy of a later record, and what is between them would be skipped.
  if (times < here) return { kind: 'unknown', why: alike }
  return { kind: 'several', first, span: last.offset - first.offset, why: `${alike}: the first of them` }
}

/** Why a match by the hash alone is not to be relied on. */
function byHashAlone({ before }: Wanted, { found, isFromStart, ...pass }: Pass, here: number): string | undefined {
  if (found === undefined) return 'nothing is like it'
  const differ = `the times differ, and ${reachText({ ...pass, found, isFromStart })}`
  if (here > 1 || found.times > 1)
    return `${differ} ${here} records of the source and ${found.times} of the destination are alike`
  const isFirst = before === undefined && found.before === undefined && isFromStart
  if (isFirst || (before !== undefined && before.hash === found.before?.hash)) return undefined
  return `${differ} one record is like it, and the one before that is not like the one before it`
}

function reachText({ seen, from, lastSeen }: Pass): string {
  if (lastSeen === undefined) return `among no records from offset ${from.toString()} on`
  return `among ${count(BigInt(seen), 'record')} from offset ${from.toString()} to ${lastSeen.offset.toString()}`
}

/** Where to go on, by what was found of the next unread record and of the last that was read; undefined where there is none, or it was not looked for. */
export function placeByMatches(next: Match | undefined, before: Match | undefined, destinationEnd: Offset): Translated {
  if (next?.kind === 'only') return { kind: 'exact', to: offset(next.at.offset), by: 'record', why: next.why }
  if (before?.kind === 'only') {
    if (before.isLast) return { kind: 'exact', to: destinationEnd, by: 'end', why: before.why }
    return { kind: 'exact', to: after(before.at), by: 'recordBefore', why: before.why }
  }
  if (next?.kind === 'several')
    return { kind: 'bounded', to: offset(next.first.offset), reread: next.span, why: next.why }
  if (before?.kind === 'several')
    return { kind: 'bounded', to: after(before.first), reread: before.span, why: before.why }
  if (next === undefined && before === undefined) return unknown('the source has no record there to look for')
  return unknown([...told('the next record', next), ...told('the last one that was read', before)].join('; '))
}

export interface PlaceLogs {
  /** The last stable offset is where readers of what is committed stop. */
  readonly source: { readonly start: Offset; readonly stable: Offset }
  readonly destination: { readonly start: Offset }
}

/**
 * The place that records told, where they do not tell all: what retention has taken on the source may stand on the destination before the next record that is
 * left, and what was read behind an open transaction is not compared.
 */
export function placeWithin(place: Offset, found: Translated, { source, destination }: PlaceLogs): Translated {
  const isPassed = place < source.start
  if (place === 0n && destination.start === 0n && (found.kind !== 'exact' || isPassed)) {
    return { kind: 'exact', to: destination.start, by: 'start', why: undefined }
  }
  if (found.kind === 'unknown') return found
  const alike = found.kind === 'bounded' ? found.reread : 0n
  if (isPassed) {
    const isLeft = found.to > destination.start
    const why = [passedText(place, { start: source.start, isLeft }), ...(found.why === undefined ? [] : [found.why])].join('; ') // prettier-ignore
    if (!isLeft) return { ...found, why }
    return { kind: 'bounded', to: destination.start, reread: found.to - destination.start + alike, why }
  }
  const behind = place - source.stable
  if (behind <= 0n) return found
  const why = `it is ${count(behind, 'offset')} behind the last stable offset of the source: what is committed of these is read again`
  return { kind: 'bounded', to: found.to, reread: behind + alike, why }
}

function told(what: string, match: Match | undefined): readonly string[] {
  return match === undefined || !('why' in match) || match.why === undefined ? [] : [`${what}: ${match.why}`]
}
