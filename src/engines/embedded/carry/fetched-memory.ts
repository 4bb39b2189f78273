import type { Cluster } from '../../../kafka/cluster.ts'
import { isBatch, type Piece } from './pieces.ts'

/**
 * The memory of the source's answers. It goes back to the source's connections when all that was queued of an answer is acknowledged: nobody reads it any more.
 * Where anything of an answer is dropped, or its own answer is lost, all of it is left to the collector of garbage.
 */
export class FetchedMemory {
  readonly #source: Pick<Cluster, 'giveBack'>
  /** How many batches are queued or under way. */
  readonly #batches = new WeakMap<ArrayBufferLike, number>()

  constructor(source: Pick<Cluster, 'giveBack'>) {
    this.#source = source
  }

  /** They are queued, of an answer that is looked at. */
  hold(pieces: readonly Piece[]): void {
    for (const { bytes } of pieces.filter(isBatch)) this.#batches.set(bytes.buffer, this.#heldOf(bytes) + 1)
  }

  /** The answer of which these bytes are has been looked at. */
  looked(bytes: Buffer): void {
    if (this.#heldOf(bytes) === 0) this.#source.giveBack(bytes.buffer)
  }

  /** A batch has been acknowledged; one that was not held is let be. */
  acknowledged(bytes: Buffer): void {
    const left = this.#heldOf(bytes) - 1
    if (left < 0) return
    this.#batches.set(bytes.buffer, left)
    if (left === 0) this.#source.giveBack(bytes.buffer)
  }

  #heldOf({ buffer }: Buffer): number {
    return this.#batches.get(buffer) ?? 0
  }
}
