import type { Offset } from './offset.ts'

/** What would be, or was, lost of one partition: records that the source had and the mirror has not. */
export type Loss =
  /** Both ends were read. */
  | { readonly kind: 'exact'; readonly records: bigint }
  /** From the last that was known of the source, or of a mirror that is in doubt; there may be more. */
  | { readonly kind: 'atLeast'; readonly records: bigint; readonly why?: string }
  /** The mirror may hold more than is known of it, so that there may be less. */
  | { readonly kind: 'atMost'; readonly records: bigint }
  /** Nothing is known of one of the ends. */
  | { readonly kind: 'unknown'; readonly why?: string }

/** @param why an end could not be read, of a cluster that answers: it names the topic, and the right that is missing */
export function lossOf(
  sourceEnd: { readonly offset: Offset | bigint; readonly isCurrent: boolean } | undefined,
  mirrorEnd: Offset | bigint | undefined,
  why?: string,
): Loss {
  const because = why === undefined ? {} : { why }
  if (sourceEnd === undefined || mirrorEnd === undefined) return { kind: 'unknown', ...because }
  const records = sourceEnd.offset > mirrorEnd ? sourceEnd.offset - mirrorEnd : 0n
  return sourceEnd.isCurrent ? { kind: 'exact', records } : { kind: 'atLeast', records, ...because }
}

/**
 * Why both ends do not tell the loss. FAILED and AHEAD: a mirror may hold what its source has not, and lack as much of what its source has. LATE: it may hold
 * more than is written down.
 */
export type Doubt = keyof typeof doubtTexts

export const doubtTexts = {
  FAILED: "a mirror that has FAILED may hold other records than its source's",
  AHEAD: 'a mirror that ends behind the end of its source holds other records',
  LATE: 'how far a connector is that does not require exactly once, Kafka Connect writes down now and then (offset.flush.interval.ms), so that there may be less',
} as const

/**
 * The doubt about a partition of a mirror, if there is any.
 *
 * @param mirrorEnd read before the end of the source
 */
export function doubtOf(
  sourceEnd: { readonly offset: Offset; readonly isCurrent: boolean } | undefined,
  mirrorEnd: Offset | undefined,
  { hasFailed }: { readonly hasFailed: boolean },
): Doubt | undefined {
  if (hasFailed) return 'FAILED'
  return sourceEnd?.isCurrent === true && mirrorEnd !== undefined && mirrorEnd > sourceEnd.offset ? 'AHEAD' : undefined
}

/** Where there is a doubt, what both ends tell is a bound. */
export function lossIfDoubted(loss: Loss, doubt: Doubt | undefined): Loss {
  if (doubt === undefined || loss.kind === 'unknown') return loss
  if (doubt !== 'LATE') return loss.kind === 'exact' ? { kind: 'atLeast', records: loss.records } : loss
  // Between an end that may be higher by now, and one that may have been higher then, nothing is for sure.
  if (loss.kind === 'atLeast') return { kind: 'unknown', ...(loss.why === undefined ? {} : { why: loss.why }) }
  return loss.records === 0n ? loss : { kind: 'atMost', records: loss.records }
}

/** Is it known that nothing is lost? */
export function isNoLoss(loss: { readonly kind: Loss['kind']; readonly records?: bigint | null }): boolean {
  return loss.kind === 'exact' && loss.records === 0n
}

/**
 * A loss in two: what the source has still, and what retention took from it before it was mirrored, which is lost whatever becomes of the source.
 *
 * @param taken how many of the offsets that are missing lie below the start of the source's log
 */
export function partedLoss(loss: Loss, taken: bigint): { readonly there: Loss; readonly already: Loss } {
  if (loss.kind === 'unknown' || taken <= 0n) return { there: loss, already: { kind: 'exact', records: 0n } }
  const left = loss.records - taken
  const there =
    loss.kind === 'atMost' && left === 0n ? ({ kind: 'exact', records: 0n } as const) : { ...loss, records: left }
  return { there, already: { ...loss, records: taken } }
}

/** Why it is not exact, where a cluster answered that. */
export function whyOf(loss: Loss): string | undefined {
  return loss.kind === 'exact' || loss.kind === 'atMost' ? undefined : loss.why
}

/** What two looks at the same loss amount to: an exact one is believed, and of two bounds the one that says that most is lost. */
export function betterOf(a: Loss, b: Loss): Loss {
  const [sure] = [a, b].filter(({ kind }) => kind === 'exact')
  if (sure !== undefined) return sure
  if (a.kind === 'unknown' || b.kind === 'unknown') return a.kind === 'unknown' ? b : a
  return a.records >= b.records ? a : b
}

/** The sum; as uncertain as its most uncertain part, with the first reason that there is. An upper bound adds nothing to a lower one. */
export function totalLoss(losses: readonly Loss[]): Loss {
  const why = losses.map(whyOf).find((one) => one !== undefined)
  const because = why === undefined ? {} : { why }
  if (losses.some(({ kind }) => kind === 'unknown')) return { kind: 'unknown', ...because }
  const sum = (kinds: readonly Loss['kind'][]): bigint =>
    losses.reduce((all, loss) => all + (loss.kind !== 'unknown' && kinds.includes(loss.kind) ? loss.records : 0n), 0n)
  if (losses.some(({ kind }) => kind === 'atLeast')) return { kind: 'atLeast', records: sum(['exact', 'atLeast']), ...because } // prettier-ignore
  return { kind: losses.some(({ kind }) => kind === 'atMost') ? 'atMost' : 'exact', records: sum(['exact', 'atMost']) }
}

/** For a sentence: `12 records`, `at least 12 records`, `up to 12 records`, `an unknown number of records`. */
export function lossSentence({
  kind,
  records,
}: {
  readonly kind: Loss['kind']
  readonly records?: bigint | null
}): string {
  // A lower bound of zero says nothing.
  if (kind === 'unknown' || records === undefined || records === null || (kind === 'atLeast' && records === 0n))
    return 'an unknown number of records'
  const bound = { exact: '', atLeast: 'at least ', atMost: 'up to ' }[kind]
  return `${bound}${records.toString()} ${records === 1n ? 'record' : 'records'}`
}

/** Why the loss does not respect the limit, or is not known to; undefined when it does. Unknown does not. */
export function lossBlocker(loss: Loss, maxRecords: bigint): string | undefined {
  const because = whyOf(loss) === undefined ? '' : `: ${whyOf(loss) ?? ''}`
  switch (loss.kind) {
    case 'exact':
      return loss.records > maxRecords ? `${loss.records.toString()} records would be lost` : undefined
    case 'atMost':
      return loss.records > maxRecords ? `up to ${loss.records.toString()} records would be lost, how many is not known: ${doubtTexts.LATE}` : undefined // prettier-ignore
    case 'atLeast':
      return `at least ${loss.records.toString()} records would be lost, how many more is not known${because}`
    case 'unknown':
      return `how many records would be lost is not known${because}`
  }
}
