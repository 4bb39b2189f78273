import { isCommitMarker } from './read.ts'
import type { Batch } from './records/batch.ts'

/**
 * The last batch of records among those of a log that are given to it in order, markers included; of transactions, KIP-98, not what is seen to be aborted. A
 * transaction whose end has not come counts: what it will be is not known.
 */
export class LastBatch {
  #decided: Batch | undefined
  readonly #open = new Map<bigint, Batch>()

  /** @param isDecided it counts, whatever comes of its transaction */
  read(batch: Batch, { isDecided = !batch.isTransactional }: { readonly isDecided?: boolean } = {}): void {
    if (!batch.isControl) {
      if (isDecided) this.#decided = batch
      else this.#open.set(batch.producerId, batch)
      return
    }
    const ended = this.#open.get(batch.producerId)
    this.#open.delete(batch.producerId)
    if (ended !== undefined && isCommitMarker(batch)) this.#decided = later(this.#decided, ended)
  }

  get batch(): Batch | undefined {
    return [...this.#open.values()].reduce(later, this.#decided)
  }
}

function later(one: Batch | undefined, other: Batch): Batch {
  return one !== undefined && one.baseOffset > other.baseOffset ? one : other
}
