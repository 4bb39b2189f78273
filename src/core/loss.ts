import type { Offset } from './offset.ts'

/** What would be, or was, lost of one partition: records that the source had and the mirror has not. */
export type Loss =
  /** Both ends were read. */
  | { readonly kind: 'exact'; readonly records: bigint }
  /** From the last that was known of the source, or of a mirror that is in doubt; there may be more. */
  | { readonly kind: 'atLeast'; readonly records: bigint; readonly why?: string }
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

/** Why a mirror may hold what its source has not, and lack as much of what its source has, so that its ends do not tell the loss. */
export type Doubt = keyof typeof doubtTexts

export const doubtTexts = {
  FAILED: "a mirror that has FAILED may hold other records than its source's",
  AHEAD: 'a mirror that ends behind the end of its source holds other records',
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

/** Where there is a doubt, what both ends tell is a lower bound. */
export function leastIfDoubted(loss: Loss, doubt: Doubt | undefined): Loss {
  return doubt !== undefined && loss.kind === 'exact' ? { kind: 'atLeast', records: loss.records } : loss
}

/** Why it is not exact, where a cluster answered that. */
export function whyOf(loss: Loss): string | undefined {
  return loss.kind === 'exact' ? undefined : loss.why
}

/** What two looks at the same loss amount to: an exact one is believed, and of two lower bounds the higher holds. */
export function betterOf(a: Loss, b: Loss): Loss {
  const [sure] = [a, b].filter(({ kind }) => kind === 'exact')
  if (sure !== undefined) return sure
  if (a.kind === 'unknown' || b.kind === 'unknown') return a.kind === 'unknown' ? b : a
  return a.records >= b.records ? a : b
}

/** The sum; as uncertain as its most uncertain part, with the first reason that there is. */
export function totalLoss(losses: readonly Loss[]): Loss {
  const why = losses.map(whyOf).find((one) => one !== undefined)
  const because = why === undefined ? {} : { why }
  if (losses.some(({ kind }) => kind === 'unknown')) return { kind: 'unknown', ...because }
  const records = losses.reduce((sum, loss) => sum + (loss.kind === 'unknown' ? 0n : loss.records), 0n)
  return losses.every(({ kind }) => kind === 'exact')
    ? { kind: 'exact', records }
    : { kind: 'atLeast', records, ...because }
}

/** Why the loss does not respect the limit; undefined when it does. Unknown does not. */
export function lossBlocker(loss: Loss, maxRecords: bigint): string | undefined {
  const because = whyOf(loss) === undefined ? '' : `: ${whyOf(loss) ?? ''}`
  switch (loss.kind) {
    case 'exact':
      return loss.records > maxRecords ? `${loss.records.toString()} records would be lost` : undefined
    case 'atLeast':
      return `at least ${loss.records.toString()} records would be lost, how many more is not known${because}`
    case 'unknown':
      return `how many records would be lost is not known${because}`
  }
}
