import type { Batch } from '../kafka/records/batch.ts'
import { isCommitMarker } from '../kafka/read.ts'
import { type KafkaRecord, recordsOf } from '../kafka/records/record.ts'

/** A transaction whose end has not been read. */
export interface OpenTransaction {
  readonly records: readonly KafkaRecord[]
}

/**
 * Tells which records of a log hold, from its batches as they are stored: those of a transaction when its commit is read, none when it was aborted.
 *
 * A reader of committed records is held back by any transaction that is open, for as long as its dead writer's time-out takes. Here what else was
 * committed is known at once, and so is what the open ones are about.
 */
export class Undecided {
  readonly #open = new Map<bigint, { records: KafkaRecord[] }>()

  get transactions(): readonly OpenTransaction[] {
    return [...this.#open.values()]
  }

  has(transaction: OpenTransaction): boolean {
    return this.transactions.includes(transaction)
  }

  /** Is there a record under the key of which it is not known whether it holds? */
  isOpen(key: string): boolean {
    return this.transactions.some(({ records }) => records.some((one) => one.key?.toString('utf8') === key))
  }

  /** The records that hold now that this batch was read. */
  read(batch: Batch): readonly KafkaRecord[] {
    if (batch.isControl) {
      const ended = this.#open.get(batch.producerId)
      this.#open.delete(batch.producerId)
      return ended !== undefined && isCommitMarker(batch) ? ended.records : []
    }
    if (!batch.isTransactional) return recordsOf(batch)
    const open = this.#open.get(batch.producerId) ?? { records: [] }
    open.records.push(...recordsOf(batch))
    this.#open.set(batch.producerId, open)
    return []
  }
}
