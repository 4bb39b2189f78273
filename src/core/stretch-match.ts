import { isAlike, type SeenRecord } from './fingerprint.ts'
import type { Offset } from './offset.ts'
import type { OffsetSync } from './sync-runs.ts'

// Which records of the destination are the copies of those of the source, in a stretch of which both ends are known. What is asked for is the last place from
// which every unread record is still to come: copies may be missing (compaction), be there twice (a worker that died), and records may be alike.

/** All that a stretch holds on either side, in the order of the logs, markers left out. */
export interface StretchRecords {
  readonly source: readonly SeenRecord[]
  readonly destination: readonly SeenRecord[]
  /** Up to where the source was read. */
  readonly sourceTo: bigint
}

export interface FoundPlace {
  /** The record of the destination from which on nothing is missing of what is unread; undefined when nothing unread is there. */
  readonly at: SeenRecord | undefined
  /** The first unread record of the source; undefined when there is none in the stretch. */
  readonly unread: SeenRecord | undefined
  /** Records of the destination from `at` on that may have been read. */
  readonly reread: bigint
  /** Without `at`: records, or offsets where the source was not read so far, that were read and stand behind all that was copied: they may still come. */
  readonly yetToCome: bigint
  /** The last record of the destination, where it is known to be a copy of one that was read. */
  readonly last: SeenRecord | undefined
}

/** Records of one side that are alike, by what they are known by: their indexes. */
type Alike = ReadonlyMap<string, readonly number[]>

export class StretchMatch {
  readonly #source: readonly SeenRecord[]
  readonly #destination: readonly SeenRecord[]
  readonly #sourceTo: bigint
  /** For each record of the source the lowest index on the destination that it or one behind it needs; Infinity when none has a copy. */
  readonly #neededFrom: readonly number[]
  /** For each record of the destination the lowest index on the source that it may be a copy of; undefined when it is of none. */
  readonly #lowestOf: readonly (number | undefined)[]
  /** The index of the last record of the source that has a copy; -1 when none has. */
  readonly #lastCopied: number

  constructor({ source, destination, sourceTo }: StretchRecords) {
    this.#source = source
    this.#sourceTo = sourceTo
    this.#destination = destination
    const keyOf = keysBy(destination)
    const [ownKeys, otherKeys] = [source.map(keyOf), destination.map(keyOf)]
    const [here, there] = [alikeIn(ownKeys), alikeIn(otherKeys)]
    // Of several that are alike the copies are told apart by their order, if there is one of each; if not, the first may be anybody's.
    const copies = eachOf(ownKeys, here, there, (all, same) => (same === 1 ? all.at(-1) : all[0]))
    this.#lowestOf = eachOf(otherKeys, there, here, ([first]) => first)
    this.#lastCopied = copies.findLastIndex((copy) => copy !== undefined)
    const neededFrom: number[] = []
    for (let index = source.length - 1, least = Infinity; index >= 0; index--) {
      neededFrom[index] = least = Math.min(least, copies[index] ?? Infinity)
    }
    this.#neededFrom = neededFrom
  }

  /** False when both sides have records, and no record is on both. */
  get isShared(): boolean {
    return this.#lastCopied !== -1 || this.#source.length === 0 || this.#destination.length === 0
  }

  place(place: Offset): FoundPlace {
    const first = this.#source.findIndex((one) => one.offset >= place)
    const unread = first === -1 ? this.#source.length : first
    const needed = this.#neededFrom[unread] ?? Infinity
    const isRead = (of: number | undefined): boolean => of !== undefined && of < unread
    const isThere = needed !== Infinity
    return {
      at: this.#destination[needed],
      unread: this.#source[unread],
      reread: isThere ? BigInt(this.#lowestOf.filter((of, index) => index >= needed && isRead(of)).length) : 0n,
      yetToCome: isThere ? 0n : this.#yetToCome(place, unread),
      last: isRead(this.#lowestOf.at(-1)) ? this.#destination.at(-1) : undefined,
    }
  }

  #yetToCome(place: Offset, unread: number): bigint {
    const last = this.#source[this.#lastCopied]
    if (place > this.#sourceTo && last !== undefined) return place - 1n - last.offset
    return BigInt(Math.max(0, unread - 1 - this.#lastCopied))
  }
}

/** The records that a sync says are one, where they are not the same. */
export function differingAt(
  { up, down }: OffsetSync,
  { source, destination }: StretchRecords,
): { readonly source: SeenRecord; readonly destination: SeenRecord } | undefined {
  const here = source.find(({ offset }) => offset === up)
  const there = destination.find(({ offset }) => offset === down)
  return here === undefined || there === undefined || isAlike(here, there) ? undefined : { source: here, destination: there } // prettier-ignore
}

/** By what records of the source are known again among these of the destination. */
export function keysBy(destination: readonly SeenRecord[]): (record: SeenRecord) => string {
  // A destination that gives times of its own tells nothing by them.
  const isTimed = !destination.some(({ isLogAppendTime }) => isLogAppendTime)
  return ({ timestampMs, hash }) => (isTimed ? `${timestampMs}/${hash}` : hash)
}

/** Which records have each of these keys, by their indexes. */
export function alikeIn(keys: readonly string[]): Alike {
  const indexes = new Map<string, number[]>()
  for (const [index, key] of keys.entries()) {
    const same = indexes.get(key)
    if (same === undefined) indexes.set(key, [index])
    else same.push(index)
  }
  return indexes
}

/** For each record its counterpart on the other side: by rank where both have as many that are alike, and otherwise what is chosen of them all. */
function eachOf(
  keys: readonly string[],
  own: Alike,
  other: Alike,
  choose: (all: readonly number[], same: number) => number | undefined,
): readonly (number | undefined)[] {
  const ranks = new Map<string, number>()
  return keys.map((key) => {
    const rank = ranks.get(key) ?? 0
    ranks.set(key, rank + 1)
    const [same, all] = [own.get(key)?.length ?? 0, other.get(key) ?? []]
    return same === all.length ? all[rank] : choose(all, same)
  })
}
