import { isAlike, type SeenRecord } from './fingerprint.ts'
import { type Offset, offset } from './offset.ts'
import type { FoundPlace } from './stretch-match.ts'
import type { Stretch } from './sync-runs.ts'
import { count, passedText, type Translated, unknown } from './translation.ts'

// Where to go on by syncs. Exact is said where records were compared; without that, the sync before the place is where nothing is skipped.

/** Of the logs, what a place depends on. */
export interface StretchEnds {
  /** The first offset that the source still has; undefined when it does not answer. */
  readonly sourceStart: Offset | undefined
  /** The first offset that the destination still has. */
  readonly start: Offset
  /** Where what is of the mirror ends on the destination. */
  readonly end: Offset
  /** The mirror was stopped: nothing more comes of it. */
  readonly isStopped: boolean
}

/** The place behind the sync before it: all of the stretch may be read again, and what was read and has not come yet. */
export function placeBySync({ from, to }: Stretch, place: Offset, ends: StretchEnds, why: string): Translated {
  // The record of the sync itself was read if the place is behind it.
  const at = place > from.up ? offset(from.down + 1n) : from.down
  if (at < ends.start) return passed(ends, at)
  if (place === from.up) return { kind: 'bounded', to: at, reread: 0n, why }
  const there = (to?.down ?? ends.end) - at
  return { kind: 'bounded', to: at, reread: greater(there, to === undefined ? place - from.up - 1n : 0n), why }
}

/** As `placeBySync`, in a run that a later one repeats without having come past its end yet: whatever stands behind it is read again. */
export function placeBeforeRepeat({ from }: Stretch, place: Offset, ends: StretchEnds): Translated {
  const why = 'a worker went back and has not come to where it was before: nothing is skipped from there on, and what it repeats is read again' // prettier-ignore
  const translated = placeBySync({ from, to: undefined }, place, ends, why)
  if (translated.kind !== 'bounded') return translated
  return { ...translated, reread: ends.end - translated.to + (place - from.up) }
}

/** The place by the records of its stretch, of which all were read on both sides. */
export function placeByRecords(stretch: Stretch, place: Offset, found: FoundPlace, ends: StretchEnds): Translated {
  const { from, to } = stretch
  const { at, unread, last, yetToCome } = found
  if (ends.sourceStart !== undefined && place < ends.sourceStart && from.up < ends.sourceStart) {
    return placeBySync(stretch, place, ends, passedText(place, { start: ends.sourceStart, isLeft: true })) // prettier-ignore
  }
  if (at !== undefined && unread !== undefined) return placeAt(at, unread, found.reread, stretch, ends)
  if (last === undefined)
    return placeBySync(stretch, place, ends, 'no record from the sync before it on is on both sides')
  if (to !== undefined) {
    const why = 'nothing that is unread is on the destination up to the next sync'
    return { kind: 'exact', to: offset(last.offset + 1n), by: 'recordBefore', why }
  }
  if (ends.isStopped) return { kind: 'exact', to: ends.end, by: 'end', why: 'the mirror was stopped there' }
  if (yetToCome === 0n) return { kind: 'exact', to: ends.end, by: 'end', why: undefined }
  const why = `the mirror ends there, ${count(yetToCome, 'record')} before the place: what still comes of these is read again`
  return { kind: 'bounded', to: ends.end, reread: yetToCome, why }
}

function placeAt(at: SeenRecord, unread: SeenRecord, reread: bigint, { from }: Stretch, ends: StretchEnds): Translated {
  const isFirst = isAlike(unread, at)
  // What retention has taken on the destination may be what is looked for.
  if (!isFirst && from.down < ends.start) return passed(ends, offset(from.down + 1n))
  const to = offset(at.offset)
  const other = isFirst ? undefined : 'the next record is not on the destination: the first from there on that both sides have was compared' // prettier-ignore
  if (reread > 0n) {
    return { kind: 'bounded', to, reread, why: other ?? 'records are alike there, or stand there more than once' }
  }
  const isTimeless = unread.isLogAppendTime || at.isLogAppendTime
  const why = other ?? (isTimeless ? 'compared without the time, which a broker gave' : undefined)
  return { kind: 'exact', to, by: 'record', why }
}

function passed({ start }: StretchEnds, from: Offset): Translated {
  return unknown(`the destination's log starts at ${start.toString()}: what is unread may be among ${count(start - from, 'offset')} before that`) // prettier-ignore
}

function greater(a: bigint, b: bigint): bigint {
  const most = a > b ? a : b
  return most > 0n ? most : 0n
}
