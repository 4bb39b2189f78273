/** A count between two bounds: equal ones are an exact figure, and without an upper one nobody knows how many more there are. */
export interface Bounds {
  readonly atLeast: bigint
  readonly atMost: bigint | undefined
}

/** Nothing is known of it. */
export const notKnown: Bounds = { atLeast: 0n, atMost: undefined }

export function exactly(count: bigint): Bounds {
  return { atLeast: count, atMost: count }
}

export function upTo(count: bigint): Bounds {
  return { atLeast: 0n, atMost: count }
}

/** How much is known of it. `unknown` is never zero: a lower bound of zero says nothing. */
export type BoundsKind = 'exact' | 'atLeast' | 'atMost' | 'between' | 'unknown'

export function kindOfBounds({ atLeast, atMost }: Bounds): BoundsKind {
  if (atMost === undefined) return atLeast === 0n ? 'unknown' : 'atLeast'
  if (atLeast === atMost) return 'exact'
  return atLeast === 0n ? 'atMost' : 'between'
}

/** As uncertain as its most uncertain part. */
export function sumOfBounds(parts: readonly Bounds[]): Bounds {
  return parts.reduce<Bounds>(
    (sum, { atLeast, atMost }) => ({
      atLeast: sum.atLeast + atLeast,
      atMost: sum.atMost === undefined || atMost === undefined ? undefined : sum.atMost + atMost,
    }),
    exactly(0n),
  )
}

/** The higher first, by what it may be; what has no upper bound before all others. */
export function compareBounds(a: Bounds, b: Bounds): number {
  if (a.atMost !== b.atMost) {
    if (a.atMost === undefined || b.atMost === undefined) return a.atMost === undefined ? -1 : 1
    return a.atMost > b.atMost ? -1 : 1
  }
  return a.atLeast === b.atLeast ? 0 : a.atLeast > b.atLeast ? -1 : 1
}
