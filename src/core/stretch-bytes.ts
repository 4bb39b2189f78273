/** How many bytes a stretch of records has, by fetching it. */
export type StretchBytes =
  /** All of it was fetched. */
  | { readonly kind: 'exact'; readonly bytes: bigint }
  /** All of it was fetched, and not all of that need be missing. */
  | { readonly kind: 'atMost'; readonly bytes: bigint; readonly why: string }
  /** Part of it was: `about` is what the rest would add at the rate of what was fetched; undefined where nothing tells that rate. */
  | { readonly kind: 'atLeast'; readonly bytes: bigint; readonly about: bigint | undefined; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string }

/** One partition's stretch. */
export interface StretchPart {
  readonly topic: string
  /** How many offsets it has; undefined when that is not known. */
  readonly offsets: bigint | undefined
  /** What was fetched of it; undefined when nothing could be. */
  readonly fetched: { readonly offsets: bigint; readonly bytes: bigint } | undefined
  /** Not all of it need be missing. */
  readonly isUpperBound?: boolean
  /** Why nothing, or not all, was fetched, or not all need be missing. */
  readonly why: string | undefined
}

/** The stretches together: exact when every one was fetched to its end. */
export function totalBytes(parts: readonly StretchPart[]): StretchBytes {
  const fetched = sum(parts.map((part) => part.fetched?.bytes ?? 0n))
  const short = parts.filter((part) => leftOf(part) !== 0n)
  if (short.length === 0) {
    const bound = parts.find(({ isUpperBound }) => isUpperBound === true)
    return bound === undefined
      ? { kind: 'exact', bytes: fetched }
      : { kind: 'atMost', bytes: fetched, why: bound.why ?? '' }
  }
  const why = short.find((part) => part.why !== undefined)?.why ?? 'not all of it was read'
  const sure = parts.filter(({ isUpperBound }) => isUpperBound !== true)
  if (sure.every((part) => (part.fetched?.offsets ?? 0n) === 0n)) return { kind: 'unknown', why }
  const rest = short.map((part) => estimated(part, parts))
  const about = sure.length === parts.length && rest.every((one) => one !== undefined) ? fetched + sum(rest) : undefined
  return { kind: 'atLeast', bytes: sum(sure.map((part) => part.fetched?.bytes ?? 0n)), about, why }
}

/** Offsets that were not fetched; undefined when it is not known how many there are. */
function leftOf({ offsets, fetched }: StretchPart): bigint | undefined {
  return offsets === undefined ? undefined : offsets - (fetched?.offsets ?? 0n)
}

/** The rest of a partition at its own rate, or that of its topic. */
function estimated(part: StretchPart, parts: readonly StretchPart[]): bigint | undefined {
  const left = leftOf(part)
  if (left === undefined) return undefined
  const own = part.fetched === undefined || part.fetched.offsets === 0n ? parts.filter(({ topic }) => topic === part.topic) : [part] // prettier-ignore
  const offsets = sum(own.map((one) => one.fetched?.offsets ?? 0n))
  if (offsets === 0n) return undefined
  return (sum(own.map((one) => one.fetched?.bytes ?? 0n)) * left) / offsets
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, one) => total + one, 0n)
}
