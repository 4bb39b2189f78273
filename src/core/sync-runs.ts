import type { Offset } from './offset.ts'

// What a replicator that gives records other offsets has told of where they stand, here and there: some pairs of each partition, in the order in which it
// told them. Between two of them nothing is known until records are read.
//
// A worker copies in order. When it dies, the next one goes on where offsets were last stored, and never further: records are repeated, none is left out. The
// first record of each life is told of, unless the worker dies before that is written.

/** The record that stands at `up` on the source stands at `down` on the destination. */
export interface OffsetSync {
  readonly up: Offset
  readonly down: Offset
}

/** From one sync to the next. */
export interface Stretch {
  readonly from: OffsetSync
  /** Undefined behind the last one: up to where the destination ends. */
  readonly to: OffsetSync | undefined
}

/** Of the offsets behind a sync, at least one in so many is of a record that was copied: the others are markers, and what a worker took back. */
const offsetsPerRecord = 4n

/** The syncs of one partition that are of the destination's topic as it is now, in log order: `down` rises along them. */
export class SyncRuns {
  readonly #syncs: readonly OffsetSync[]
  /** Of each sync the index at which its run begins, along which `up` rises as well. */
  readonly #begins: readonly number[]
  /** Stretches of which it is not plain that what stands in them was copied once more behind them, if any of it had to be. */
  readonly #near: readonly number[]

  /** Where `down` does not rise, the topic was made anew, and what was told before is of one that is gone: it is forgotten. */
  constructor(told: Iterable<OffsetSync>) {
    let syncs: OffsetSync[] = []
    for (const sync of told) {
      const last = syncs.at(-1)
      if (last?.up === sync.up && last.down === sync.down) continue
      if (last !== undefined && sync.down <= last.down) syncs = []
      syncs.push(sync)
    }
    const begins: number[] = []
    for (const [index, { up }] of syncs.entries()) {
      const before = syncs[index - 1]
      begins.push(before === undefined || up <= before.up ? index : (begins[index - 1] ?? 0))
    }
    this.#syncs = syncs
    this.#begins = begins
    this.#near = syncs.flatMap((_, index) => (index + 1 < syncs.length && !this.#isFar(index, syncs.length - 1) ? [index] : [])) // prettier-ignore
  }

  get first(): OffsetSync | undefined {
    return this.#syncs[0]
  }

  get last(): OffsetSync | undefined {
    return this.#syncs.at(-1)
  }

  stretch(index: number): Stretch {
    const from = this.#syncs[index]
    if (from === undefined) throw new RangeError(`there is no sync ${index}`)
    return { from, to: this.#syncs[index + 1] }
  }

  /**
   * The index of the stretch in which the last copy of what is at the place stands, among those up to `upTo`; undefined when all syncs are behind the place.
   * The runs behind it begin behind the place, too.
   */
  indexFor(place: Offset, upTo = this.#syncs.length - 1): number | undefined {
    for (let end = upTo; end >= 0; end = (this.#begins[end] ?? 0) - 1) {
      const begin = this.#begins[end] ?? 0
      if (this.#upAt(begin) > place) continue
      let [low, high] = [begin, end]
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if (this.#upAt(middle) <= place) low = middle
        else high = middle - 1
      }
      return low
    }
    return undefined
  }

  /**
   * The stretches up to this one in which records may stand that were not copied again behind it, where a worker went back: a place behind those would skip them.
   * They have to be looked at.
   */
  suspects(index: number): readonly number[] {
    return this.#near.filter((one) => one <= index && !this.#isOvertaken(one, index))
  }

  /** The worker went back at the end of the stretch, as its syncs show. */
  isTurn(index: number): boolean {
    return this.#begins[index + 1] === index + 1
  }

  #upAt(index: number): bigint {
    return this.#syncs[index]?.up ?? 0n
  }

  /** Does any run that goes on at `index` or behind it come past all that may stand in the stretch? */
  #isOvertaken(stretch: number, index: number): boolean {
    for (let end = this.#syncs.length - 1; end >= index; end = (this.#begins[end] ?? 0) - 1) {
      if (this.#isFar(stretch, end)) return true
    }
    return false
  }

  /**
   * There are no more records in a stretch than offsets. The run that ends at `end` is past them all when it copied as many that stand behind the sync with
   * which the stretch begins on the source.
   */
  #isFar(stretch: number, end: number): boolean {
    const { from, to } = this.stretch(stretch)
    if (to === undefined || this.#upAt(end) < from.up) return false
    let at = Math.max(stretch + 1, this.#begins[end] ?? 0)
    if (at > end) return false
    if (this.#upAt(at) < from.up) {
      let [low, high] = [at, end]
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        if (this.#upAt(middle) >= from.up) high = middle
        else low = middle + 1
      }
      at = low
    }
    const [a, b] = [this.#syncs[at], this.#syncs[end]]
    return a !== undefined && b !== undefined && b.down - a.down >= offsetsPerRecord * (to.down - from.down - 1n)
  }
}
