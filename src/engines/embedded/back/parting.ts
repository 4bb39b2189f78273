/** How one partition of a mirror is compared with its source. */
interface Comparing {
  /** Whether the mirror's last batch that ends before this offset is on the source. */
  readonly isSame: (end: bigint) => Promise<boolean>
  /** Where the mirror's batch begins in which this offset lies; the offset itself where it lies in none. */
  readonly baseOf: (at: bigint) => Promise<bigint>
}

/**
 * The first offset of a mirror from which on it is not shown that the source has the same: found by halving, as what stands before a batch that is the same
 * is the same.
 *
 * @param log.shared from where on both logs have something
 * @param log.end of the mirror, which this is where all of it is on the source
 */
export async function partingOf(
  log: { readonly shared: bigint; readonly end: bigint; readonly sourceEnd: bigint },
  { isSame, baseOf }: Comparing,
): Promise<bigint> {
  const { shared, end, sourceEnd } = log
  let other = end < sourceEnd ? end : sourceEnd
  let same = (await isSame(other)) ? other : shared
  while (same < other - 1n) {
    const middle = (same + other) / 2n
    if (await isSame(middle)) same = middle
    else other = middle
  }
  if (same === end) return same
  // What was compared ends before it. The batch in which it lies was not compared, or is another.
  const base = await baseOf(same)
  return base < shared ? shared : base
}
