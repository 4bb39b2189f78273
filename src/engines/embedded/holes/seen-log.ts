import { type Bounds, exactly } from '../../../core/bounds.ts'

/** A stored batch, as far as it matters how many of its offsets a consumer sees. */
export interface SeenBatch {
  readonly base: bigint
  /** Inclusive; compaction may have removed the record. */
  readonly last: bigint
  /** Records that it holds. */
  readonly stored: number
  /** Records that a consumer sees: none of markers, and of what was aborted. */
  readonly visible: number
}

/** From one offset up to another, not included, all batches are known. */
interface Stretch {
  from: bigint
  until: bigint
  readonly batches: SeenBatch[]
}

/** Offsets without a record, of which a mirror's runner takes all at once. */
export interface Hole {
  readonly from: bigint
  /** Not included. */
  readonly until: bigint
  readonly count: bigint
}

/** So many batches tell how the offsets behind them are: of fewer, the last one's end decides too much. */
const tellingBatches = 8

/**
 * What is known of one partition's log from looking at places of it. A fetch at an offset answers with the first batch that ends at or behind it, and those that
 * follow: between the offset and the last of them nothing is left to be known.
 */
export class SeenLog {
  readonly #start: bigint
  #end: bigint
  /** In order, not touching each other. */
  readonly #stretches: Stretch[] = []
  #answers = 0

  /** @param end not included: the last stable offset */
  constructor(start: bigint, end: bigint) {
    this.#start = start
    this.#end = end
  }

  /** How many answers this is from. */
  get answers(): number {
    return this.#answers
  }

  /** Where what is not known begins, each time. */
  get unseen(): readonly bigint[] {
    const ends = [this.#start, ...this.#stretches.map(({ until }) => until)]
    return ends.filter((offset) => offset < this.#end && !this.isSeen(offset))
  }

  isSeen(offset: bigint): boolean {
    return this.#stretchAt(offset) !== undefined
  }

  /** @param batches the answer to a fetch at `place`, at least one, in order, the first of which ends at or behind it */
  add(place: bigint, batches: readonly SeenBatch[]): void {
    const [first, last] = [batches[0], batches.at(-1)]
    if (first === undefined || last === undefined) return
    this.#answers++
    const from = first.base < place ? first.base : place
    const own: Stretch = { from: from < this.#start ? this.#start : from, until: last.last + 1n, batches: [...batches] }
    if (own.until > this.#end) this.#end = own.until
    let index = this.#stretches.findIndex(({ until }) => until >= own.from)
    if (index < 0) index = this.#stretches.length
    let touched = 0
    let joined = own
    for (; (this.#stretches[index + touched]?.from ?? own.until + 1n) <= own.until; touched++) {
      joined = join(joined, this.#stretches[index + touched] as Stretch)
    }
    this.#stretches.splice(index, touched, joined)
  }

  /** How many offsets no consumer sees, as far as that is certain. */
  get hidden(): Bounds {
    let seen = 0n
    let visible = exactly(0n)
    for (const { from, until, batches } of this.#stretches) {
      seen += until - from
      for (const batch of batches) {
        const { atLeast, atMost = 0n } = visibleFrom(batch, this.#start)
        visible = { atLeast: visible.atLeast + atLeast, atMost: (visible.atMost ?? 0n) + atMost }
      }
    }
    return { atLeast: seen - (visible.atMost ?? 0n), atMost: this.#end - this.#start - visible.atLeast }
  }

  /**
   * How many offsets no consumer sees: what was counted, and of the rest the share that they have behind the nearest place before it.
   *
   * @param places all that were to be looked at, in order, from the log start on, evenly
   * @returns undefined when one of them was not seen
   */
  estimate(places: readonly bigint[]): bigint | undefined {
    const known = this.hidden
    let hidden = Number(known.atLeast)
    for (const [index, place] of places.entries()) {
      const unseen = this.#unseenIn(place, places[index + 1] ?? this.#end)
      if (unseen === 0n) continue
      const share = this.#hiddenShare(place)
      if (share === undefined) return undefined
      hidden += Number(unseen) * share
    }
    const estimate = BigInt(Math.round(hidden))
    return known.atMost !== undefined && estimate > known.atMost ? known.atMost : estimate
  }

  /** Holes that are longer than `most`, and places that tell of others whether they are. */
  holesBeyond(most: bigint): { readonly holes: readonly Hole[]; readonly places: readonly bigint[] } {
    const holes: Hole[] = []
    const places: bigint[] = []
    let before = this.#start
    for (const { from, until, batches } of this.#stretches) {
      let [at, unknown] = [from, from - before]
      for (const { base, last, stored } of batches) {
        const gap = base > at ? base - at : 0n
        const inside = last - base + 1n - BigInt(stored)
        const count = gap + inside
        if (count + unknown > most && 2n * count > most) {
          if (unknown === 0n) holes.push({ from: at, until: inside > 0n ? last + 1n : base, count })
          else places.push(before + unknown / 2n)
        }
        ;[at, unknown] = [last + 1n, 0n]
      }
      before = until
    }
    return { holes, places }
  }

  #stretchAt(offset: bigint): Stretch | undefined {
    return this.#stretches.find(({ from, until }) => from <= offset && offset < until)
  }

  /** The share of offsets that no consumer sees, from a place on; undefined when it was not seen. */
  #hiddenShare(place: bigint): number | undefined {
    const batches = this.#stretchAt(place)?.batches.filter(({ last }) => last >= place)
    const first = batches?.[0]
    if (batches === undefined || first === undefined) return undefined
    const dense = first.visible / Number(first.last - first.base + 1n)
    // One place tells of itself alone.
    if (batches.length < tellingBatches) return first.base > place ? 1 : 1 - dense
    const end = batches.at(-1)?.base ?? place
    const partly = first.base > place ? first.visible : Number(first.last - place + 1n) * dense
    const visible = batches.slice(1, -1).reduce((sum, one) => sum + one.visible, partly)
    return Math.max(0, 1 - visible / Number(end - place))
  }

  #unseenIn(from: bigint, until: bigint): bigint {
    let unseen = until - from
    for (const one of this.#stretches) {
      const [a, b] = [one.from > from ? one.from : from, one.until < until ? one.until : until]
      if (b > a) unseen -= b - a
    }
    return unseen
  }
}

/** Of two that touch or overlap. A batch that both have is counted once. */
function join(one: Stretch, other: Stretch): Stretch {
  const [first, second] = one.from <= other.from ? [one, other] : [other, one]
  const batches = [...first.batches, ...second.batches.filter(({ base }) => base >= first.until)]
  return { from: first.from, until: second.until > first.until ? second.until : first.until, batches }
}

/** Of a batch that begins before the log does, what is before is not shown, and nobody says how many of its records that is. */
function visibleFrom({ base, last, visible }: SeenBatch, start: bigint): Bounds {
  const all = BigInt(visible)
  if (base >= start) return exactly(all)
  const [before, left] = [start - base, last - start + 1n]
  return { atLeast: all > before ? all - before : 0n, atMost: all < left ? all : left }
}
