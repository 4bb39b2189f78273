import { idRight } from '../core/acl.ts'
import { messageOf } from '../core/errors.ts'
import type { Cluster } from './cluster.ts'
import { askCoordinator } from './coordinators.ts'
import { BrokerError, Code, isCoordinatorMoved, isFenced } from './error-codes.ts'
import { takeTransactionalId } from './producers.ts'
import type { ProducerIdentity } from './records/batch.ts'
import { byTopic, type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import { FencedError, transactionTimeoutMs } from './transactor.ts'
import { TransportError } from './wire/connection.ts'
import { addPartitionsToTxn } from './wire/messages/add-partitions-to-txn.ts'
import { endTxn } from './wire/messages/end-txn.ts'

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
  readonly #transactionalId: string
  #identity: ProducerIdentity
  #coordinator: number | undefined

  private constructor(cluster: Cluster, transactionalId: string, identity: ProducerIdentity) {
    this.#cluster = cluster
    this.#transactionalId = transactionalId
    this.#identity = identity
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
    const identity = await takeTransactionalId(cluster, transactionalId, { ...options, transactionTimeoutMs })
    return new AbortMarkers(cluster, transactionalId, identity)
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
      await this.#end(options)
      await this.#cluster.wait(markersMs, options.signal)
      await this.#end(options)
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
      const request = { ...this.#ids, topics }
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
      return await this.#ask(add, signal)
    } catch (error) {
      if (error instanceof LostAnswer) await this.#settle(options)
      throw error
    }
  }

  async #end({ signal }: MarkerOptions): Promise<void> {
    await this.#ask(async (nodeId) => {
      const request = { ...this.#ids, isCommitted: false }
      const { error } = await this.#cluster.sendTo(nodeId, endTxn, request, { signal, lane })
      return { error, value: undefined }
    }, signal)
  }

  /**
   * Waits until nothing is under way any more, and has the brokers refuse what still comes: the next epoch is taken, which ends a transaction of this one, and
   * which the brokers refuse where another has taken the id over (KIP-360).
   */
  async #settle({ signal, onTrouble }: MarkerOptions): Promise<void> {
    for (;;) {
      try {
        const current = this.#identity
        const next = await this.#fencedIfRefused(takeTransactionalId(this.#cluster, this.#transactionalId, { signal, transactionTimeoutMs, current })) // prettier-ignore
        // The broker had forgotten the id, and with it whether somebody has held it since.
        if (next.producerId !== current.producerId) throw this.#fenced(Code.invalidProducerIdMapping)
        this.#identity = next
        return
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof FencedError) throw error
        onTrouble(messageOf(error))
      }
      await this.#cluster.wait(settleAgainMs, signal)
    }
  }

  async #ask<T>(ask: (nodeId: number) => Promise<{ readonly error: number; readonly value: T }>, signal: AbortSignal): Promise<T> {
    const askIt: typeof ask = async (nodeId) => {
      this.#coordinator = nodeId
      return await ask(nodeId)
    }
    const rights = [idRight('Write', this.#transactionalId)] as const
    const options = { signal, lastKnown: this.#coordinator }
    return await this.#fencedIfRefused(askCoordinator(this.#cluster, 'transaction', this.#transactionalId, rights, askIt, options)) // prettier-ignore
  } // prettier-ignore

  get #ids(): { transactionalId: string; producerId: bigint; producerEpoch: number } {
    return { transactionalId: this.#transactionalId, ...this.#identity }
  }

  async #fencedIfRefused<T>(call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      if (error instanceof BrokerError && isFenced(error.errorCode)) throw this.#fenced(error.errorCode)
      throw error
    }
  }

  #fenced(code: number): FencedError {
    const what = `transactional id "${this.#transactionalId}" on cluster "${this.#cluster.name}"`
    return new FencedError(new BrokerError(what, code).message)
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
