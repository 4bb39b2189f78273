/** For how long records have been missing. */
export type MissingAge =
  | { readonly kind: 'exact'; readonly ms: number }
  /** Those that are known to be missing may be later ones. */
  | { readonly kind: 'atMost'; readonly ms: number; readonly why: string }
  /** From the last that was known; it may be longer. */
  | { readonly kind: 'atLeast'; readonly ms: number; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string }

/** The longest of some: of none, or where nothing is missing, 0. */
export function longestOf(ages: readonly MissingAge[]): MissingAge {
  const ms = Math.max(0, ...ages.map((age) => (age.kind === 'exact' || age.kind === 'atLeast' ? age.ms : 0)))
  const unsure = ages.find((age) => age.kind === 'unknown') ?? ages.find((age) => age.kind === 'atLeast')
  if (unsure === undefined) return ages.filter((age) => age.kind === 'atMost').toSorted((a, b) => b.ms - a.ms).find((age) => age.ms > ms) ?? { kind: 'exact', ms } // prettier-ignore
  const isToldAtAll = ages.some((age) => age.kind === 'atLeast' || (age.kind === 'exact' && age.ms > 0))
  return isToldAtAll ? { kind: 'atLeast', ms, why: unsure.why } : { kind: 'unknown', why: unsure.why }
}
