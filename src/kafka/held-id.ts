import { idRight, type Right } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { askCoordinator } from './coordinators.ts'
import { BrokerError, Code, isFenced } from './error-codes.ts'
import { takeTransactionalId } from './producers.ts'
import type { ProducerIdentity } from './records/batch.ts'
import { endTxn } from './wire/messages/end-txn.ts'

/** A transaction that its owner left open holds readers back for this long at the most. */
export const transactionTimeoutMs = 10_000

/** Someone else took the transactional id over: the broker refuses what this one's holder writes from now on. */
export class FencedError extends Error {
  override readonly name = 'FencedError'
}

interface HeldOptions {
  readonly signal: AbortSignal
  /** A connection of its own. */
  readonly lane?: string
}

/** A transactional id that is ours until somebody else takes it over, and what every transaction of it asks of its coordinator. KIP-98. */
export class HeldId {
  readonly #cluster: Cluster
  readonly #transactionalId: string
  #identity: ProducerIdentity
  #coordinator: number | undefined

  private constructor(cluster: Cluster, transactionalId: string, identity: ProducerIdentity) {
    this.#cluster = cluster
    this.#transactionalId = transactionalId
    this.#identity = identity
  }

  /** Takes the id over from whoever holds it: as `takeTransactionalId`. */
  static async take(cluster: Cluster, transactionalId: string, options: HeldOptions): Promise<HeldId> {
    const identity = await takeTransactionalId(cluster, transactionalId, { ...options, transactionTimeoutMs })
    return new HeldId(cluster, transactionalId, identity)
  }

  get identity(): ProducerIdentity {
    return this.#identity
  }

  /** As requests name it. */
  get ids(): ProducerIdentity & { readonly transactionalId: string } {
    return { transactionalId: this.#transactionalId, ...this.#identity }
  }

  /**
   * Takes the next epoch, which ends a transaction of this one, and has the brokers refuse what of it still comes. KIP-360.
   *
   * @throws FencedError when another has taken the id over, or may have
   */
  async renew(options: HeldOptions): Promise<void> {
    const current = this.#identity
    const next = await this.fencedIfRefused(
      takeTransactionalId(this.#cluster, this.#transactionalId, { ...options, transactionTimeoutMs, current }),
    )
    // Another producer id: the broker had forgotten ours (transactional.id.expiration.ms), and with it whether somebody has held the id since.
    if (next.producerId !== current.producerId) throw this.fenced(Code.invalidProducerIdMapping)
    this.#identity = next
  }

  /** The coordinator is looked up again. */
  forgetCoordinator(): void {
    this.#coordinator = undefined
  }

  /**
   * Asks the coordinator, which is looked up once.
   *
   * @param more rights that the request needs beside Write on the id
   * @throws FencedError; what `askCoordinator` throws
   */
  async ask<T>(
    ask: (nodeId: number) => Promise<{ readonly error: number; readonly value: T }>,
    { signal }: HeldOptions,
    ...more: readonly Right[]
  ): Promise<T> {
    const askIt: typeof ask = async (nodeId) => {
      this.#coordinator = nodeId
      return await ask(nodeId)
    }
    const options = { signal, lastKnown: this.#coordinator }
    return await this.fencedIfRefused(
      askCoordinator(this.#cluster, 'transaction', this.#transactionalId, this.rights(...more), askIt, options),
    )
  }

  /** Ends the transaction that is under way. */
  async end(isCommitted: boolean, options: HeldOptions): Promise<void> {
    await this.ask(async (nodeId) => {
      const { error } = await this.#cluster.sendTo(nodeId, endTxn, { ...this.ids, isCommitted }, options)
      return { error, value: undefined }
    }, options)
  }

  rights(...more: readonly Right[]): readonly [Right, ...Right[]] {
    return [idRight('Write', this.#transactionalId), ...more]
  }

  async fencedIfRefused<T>(call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      if (error instanceof BrokerError && isFenced(error.errorCode)) throw this.fenced(error.errorCode)
      throw error
    }
  }

  fenced(code: number): FencedError {
    const what = `transactional id "${this.#transactionalId}" on cluster "${this.#cluster.name}"`
    return new FencedError(new BrokerError(what, code).message)
  }
}
