import { messageOf } from '../core/errors.ts'
import type { Cluster } from './cluster.ts'
import { Code, isCoordinatorMoved, isFenced } from './error-codes.ts'
import { FencedError, HeldId } from './held-id.ts'
import { byTopic, type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import { TransportError } from './wire/connection.ts'
import { addPartitionsToTxn } from './wire/messages/add-partitions-to-txn.ts'

const settleAgainMs = 1_000
/** A coordinator that has ended a transaction writes its markers in some milliseconds. */
const markersMs = 3
const lane = 'hide'

export interface MarkerOptions {
  readonly signal: AbortSignal
  /** Before a transaction begins, of which the markers come whatever happens then. */
  readonly beforeWrite: () => void
  /** How a transaction ends is not known yet, and why. It is asked for again. */
  readonly onTrouble: (why: string) => void
}

/** The answer did not come: the request may be carried out, even later. */
class LostAnswer extends Error {
  override readonly name = 'LostAnswer'
}

/**
 * Appends transaction markers without a right on the cluster: a transaction without records that is aborted, of which the coordinator writes one marker to each
 * of its partitions. No reader is held up meanwhile: a partition hears of the transaction by the marker alone. KIP-98.
 *
 * Calls must not overlap. What a call has begun has ended when it returns or throws, unless it was the signal that ended it: no marker of it comes later. The
 * coordinator may have written one twice, where it got no answer from a broker: that is seen at the end of the log alone.
 */
export class AbortMarkers {
  readonly #cluster: Cluster
  readonly #held: HeldId

  private constructor(cluster: Cluster, held: HeldId) {
    this.#cluster = cluster
    this.#held = held
  }

  /**
   * Takes the id over from whoever holds it: what that had begun has ended then, and is not begun again.
   *
   * @throws DeniedError; BrokerError CONCURRENT_TRANSACTIONS where markers cannot be written for 15 s, as to a partition without a leader
   */
  static async take(
    cluster: Cluster,
    transactionalId: string,
    options: { readonly signal: AbortSignal },
  ): Promise<AbortMarkers> {
    return new AbortMarkers(cluster, await HeldId.take(cluster, transactionalId, options))
  }

  /**
   * One marker on each of the partitions.
   *
   * @returns the broker's refusal of each partition that gets none
   * @throws FencedError when another has taken the id over; what `beforeWrite` throws; DeniedError, BrokerError, or GeorepError "unreachable": the log ends tell
   *   what came of it
   */
  async append(
    partitions: readonly TopicPartition[],
    options: MarkerOptions,
  ): Promise<ReadonlyMap<PartitionKey, number>> {
    const { signal } = options
    const refused = new Map<PartitionKey, number>()
    for (let open = partitions; ;) {
      if (open.length === 0) return refused
      const errors = await this.#add(open, options)
      if (errors.size === 0) break
      // A transaction takes all partitions of a request or none, and tells of the others that they were not tried.
      const found = [...errors].filter(([, error]) => error !== Code.operationNotAttempted)
      for (const [key, error] of found.length > 0 ? found : errors) refused.set(key, error)
      open = open.filter((one) => !refused.has(partitionKey(one)))
    }
    try {
      // The first answer tells that the coordinator has written the end down, the second that it has written all markers.
      await this.#held.end(false, { signal, lane })
      await this.#cluster.wait(markersMs, signal)
      await this.#held.end(false, { signal, lane })
    } catch (error) {
      await this.#settle(options)
      throw error
    }
    return refused
  }

  async #add(
    partitions: readonly TopicPartition[],
    options: MarkerOptions,
  ): Promise<ReadonlyMap<PartitionKey, number>> {
    const { signal, beforeWrite } = options
    const topics = byTopic(partitions).map(([name, some]) => ({ name, partitions: some.map(({ partition }) => partition) })) // prettier-ignore
    const add = async (nodeId: number): Promise<{ error: number; value: ReadonlyMap<PartitionKey, number> }> => {
      const request = { ...this.#held.ids, topics }
      const answer = await this.#cluster.sendTo(nodeId, addPartitionsToTxn, request, { signal, lane, beforeWrite }).catch((error: unknown) => {
        throw error instanceof TransportError && error.mayHaveActed ? new LostAnswer(error.message, { cause: error }) : error
      }) // prettier-ignore
      const results = answer.topics.flatMap(({ name, partitions: some }) =>
        some.map(({ partition, error }): [PartitionKey, number] => [partitionKey({ topic: name, partition }), error]),
      )
      const value = new Map(results.filter(([, error]) => error !== 0))
      return { error: [...value.values()].find(isOfTransaction) ?? 0, value }
    }
    try {
      return await this.#held.ask(add, { signal })
    } catch (error) {
      if (error instanceof LostAnswer) await this.#settle(options)
      throw error
    }
  }

  /**
   * Waits until nothing is under way any more, and has the brokers refuse what still comes: the next epoch is taken, which ends a transaction of this one, and
   * which the brokers refuse where another has taken the id over (KIP-360).
   */
  async #settle({ signal, onTrouble }: MarkerOptions): Promise<void> {
    for (;;) {
      try {
        await this.#held.renew({ signal })
        return
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof FencedError) throw error
        onTrouble(messageOf(error))
      }
      await this.#cluster.wait(settleAgainMs, signal)
    }
  }
}

/** What is about the transaction, and not about one of its partitions. */
function isOfTransaction(code: number): boolean {
  return (
    isCoordinatorMoved(code) ||
    isFenced(code) ||
    code === Code.concurrentTransactions ||
    code === Code.invalidTxnState ||
    code === Code.transactionalIdAuthorizationFailed
  )
}
