import { type Fingerprint, isAlike, type SeenRecord } from './fingerprint.ts'
import { minOffset, type Offset, offset } from './offset.ts'

// Where to go on reading on the destination. A place that is given never lies behind a record that was not read; where that cannot be known, none is.

/**
 * How it is known that nothing is skipped, and nothing read again.
 *
 * - mapping: offsets are the same on both sides
 * - record: the next unread record was read on both sides, and is the same
 * - recordBefore: the last record that was read is on both sides the same
 * - end: the last record that was read is the last one of the destination
 * - start: nothing was read, and the destination still has its first record
 */
export type ExactBy = 'mapping' | 'record' | 'recordBefore' | 'end' | 'start'

export type Translated =
  | { readonly kind: 'exact'; readonly to: Offset; readonly by: ExactBy; readonly why: string | undefined }
  /** Nothing is skipped, and at most `reread` records are read again. */
  | { readonly kind: 'bounded'; readonly to: Offset; readonly reread: bigint; readonly why: string }
  | Untranslated

export interface Untranslated {
  readonly kind: 'unknown'
  readonly why: string
  /** What was found to differ, where records were compared. */
  readonly differing?: { readonly source: SeenRecord; readonly destination: SeenRecord }
}

export interface LogSpan {
  readonly start: Offset
  readonly end: Offset
}

export interface MirroredLogs {
  /** Undefined when the source does not answer. */
  readonly source: LogSpan | undefined
  readonly destination: LogSpan
  /** Where the mirror was stopped, and the destination has gone its own way; undefined while it is one. */
  readonly stoppedAt: Offset | undefined
}

/** A place of the source on an offset-identical mirror. */
export function placeOnMirror(place: Offset, { source, destination, stoppedAt }: MirroredLogs): Translated {
  if (source !== undefined && place > source.end) {
    return unknown(
      `the place is ${count(place - source.end, 'offset')} past the end of the source, ${source.end.toString()}`,
    )
  }
  // What retention has taken on the source, and the destination still has, was not read.
  const isPassed = source !== undefined && place < source.start
  const there = isPassed ? minOffset(source.start, destination.start) : place
  const from = there > place ? there : place
  const passed = isPassed ? passedText(place, { start: source.start, isLeft: from < source.start }) : undefined
  if (from < destination.start) {
    return unknown(
      `the destination's log starts at ${destination.start.toString()}: ${count(destination.start - from, 'offset')} before that are not there`,
    )
  }
  if (stoppedAt !== undefined && from > stoppedAt) {
    return {
      kind: 'exact',
      to: stoppedAt,
      by: 'mapping',
      why: `the mirror was stopped at ${stoppedAt.toString()}: ${count(from - stoppedAt, 'offset')} that were read before are not there`,
    }
  }
  if (stoppedAt === undefined && from > destination.end) {
    const reread = from - destination.end
    return {
      kind: 'bounded',
      to: destination.end,
      reread,
      why: `the mirror ends there, ${count(reread, 'offset')} before the place: what still comes of these is read again`,
    }
  }
  return { kind: 'exact', to: from, by: 'mapping', why: passed }
}

/** Of a place before the log of the source. @param isLeft whether the destination has something of what is not there any more */
export function passedText(
  place: Offset,
  { start, isLeft }: { readonly start: Offset; readonly isLeft: boolean },
): string {
  const passed = `retention on the source has passed it by ${count(start - place, 'offset')}`
  return isLeft ? `${passed}: what the destination has of these is not skipped` : passed
}

/** What a look at the next record found: one, or why there is none to compare. */
export type Look = SeenRecord | { readonly none: string }

/** The translation, after the next unread record was read on both sides. */
export function comparedBy(translated: Translated, source: Look, destination: Look): Translated {
  if (translated.kind === 'unknown') return translated
  const isCompared = !('none' in source) && !('none' in destination)
  if (isCompared && (source.offset !== destination.offset || !isAlike(source, destination))) {
    return {
      kind: 'unknown',
      why: `the records are not the same: ${textOf(source)} on the source, ${textOf(destination)} on the destination`,
      differing: { source, destination },
    }
  }
  const none = 'none' in source ? source.none : 'none' in destination ? destination.none : undefined
  const isTimeless = isCompared && (source.isLogAppendTime || destination.isLogAppendTime)
  const how = isTimeless ? 'compared without the time, which a broker gave' : undefined
  const said = none === undefined ? how : `not compared: ${none}`
  if (translated.kind === 'bounded') return { ...translated, why: joined(translated.why, said) ?? translated.why }
  return { ...translated, by: isCompared ? 'record' : translated.by, why: joined(translated.why, said) }
}

/** A record in a sentence: its place, its time and the beginning of its hash. */
export function textOf({ offset: at, timestampMs, hash }: SeenRecord): string {
  return `offset ${at.toString()} of ${timeText({ timestampMs })} with the hash ${hash.slice(0, 12)}`
}

function timeText({ timestampMs }: Pick<Fingerprint, 'timestampMs'>): string {
  const date = new Date(Number(timestampMs))
  return Number.isNaN(date.getTime()) ? timestampMs.toString() : date.toISOString()
}

export function unknown(why: string): Untranslated {
  return { kind: 'unknown', why }
}

export function count(number: bigint, what: string): string {
  return `${number.toString()} ${what}${number === 1n ? '' : 's'}`
}

export function joined(...whys: readonly (string | undefined)[]): string | undefined {
  const told = whys.filter((why) => why !== undefined)
  return told.length === 0 ? undefined : told.join('; ')
}

/** The place behind a record. */
export function after({ offset: at }: Pick<SeenRecord, 'offset'>): Offset {
  return offset(at + 1n)
}
