import { groupRight, topicRight } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { deniedError } from './denied.ts'
import { BrokerError, isDenied, isFenced, isNotWritable } from './error-codes.ts'
import type { KnownCoordinators } from './coordinators.ts'
import { commitGroups, type GroupAnswers, isAnyPartial, type OffsetToCommit } from './txn-commits.ts'
import { findLeaders } from './leaders.ts'
import { FencedError, HeldId } from './held-id.ts'
import { sequenceAfter } from './records/batch.ts'
import { batchFromRecords, type NewRecord } from './records/record.ts'
import type { TopicPartition } from './topic-partition.ts'
import { TransportError } from './wire/connection.ts'
import { addOffsetsToTxn } from './wire/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from './wire/messages/add-partitions-to-txn.ts'
import { produce } from './wire/messages/produce.ts'

const produceTimeoutMs = 10_000
const againMs = 50
const attempts = 100

/** Written: where, and when by the broker's clock. */
export interface Appended {
  readonly offset: bigint
  /** Undefined unless the topic takes the append time. */
  readonly appendTimeMs: bigint | undefined
}

/**
 * Writes records and group offsets in transactions of one transactional id, one transaction a call, so that a call is done whole or not at all,
 * and not at all once another has taken the id over. KIP-98, KIP-447.
 *
 * Calls must not overlap. A call that fails leaves the transaction aborted; when its answer was lost, the next call finds out, with the
 * broker's help, whether the id is still ours (KIP-360), and throws FencedError otherwise.
 */
export class Transactor {
  readonly #cluster: Cluster
  readonly #held: HeldId
  readonly #sequences = new Map<string, number>()
  #isBroken = false

  private constructor(cluster: Cluster, held: HeldId) {
    this.#cluster = cluster
    this.#held = held
  }

  /** Takes the id over from whoever holds it. */
  static async open(
    cluster: Cluster,
    transactionalId: string,
    options: { readonly signal: AbortSignal },
  ): Promise<Transactor> {
    return new Transactor(cluster, await HeldId.take(cluster, transactionalId, options))
  }

  /** Appends the records to one partition, in one committed transaction. */
  async append(
    to: TopicPartition,
    records: readonly NewRecord[],
    options: { readonly signal: AbortSignal; readonly timestampMs: bigint },
  ): Promise<Appended> {
    return await this.#inTransaction(options, async () => {
      await this.#addPartition(to, options)
      return await this.#produce(to, records, options)
    })
  }

  /**
   * Commits offsets of several groups in one transaction, each group only while it has no members, and as a whole or not at all.
   *
   * @param options.mayCommit awaited before the transaction is committed; it is aborted when that rejects, and so does the call. Default: at once
   * @returns per group the broker's refusal, or undefined when it was committed
   */
  async commitOffsets(
    groups: ReadonlyMap<string, readonly OffsetToCommit[]>,
    options: {
      readonly signal: AbortSignal
      readonly coordinators?: KnownCoordinators | undefined
      readonly mayCommit?: Promise<void>
    },
  ): Promise<ReadonlyMap<string, BrokerError | undefined>> {
    const refused = new Map<string, BrokerError | undefined>()
    for (let left = groups; ; left = new Map([...left].filter(([group]) => !refused.has(group)))) {
      if (left.size === 0) return refused
      const addOffsets = async (group: string): Promise<void> => { await this.#addOffsets(group, options) } // prettier-ignore
      const ask = async (): Promise<GroupAnswers> =>
        await this.#held.fencedIfRefused(commitGroups(this.#cluster, this.#held.ids, left, { ...options, addOffsets }))
      const written = async (): Promise<GroupAnswers> => {
        const found = await ask()
        await options.mayCommit
        return found
      }
      const answers = await this.#inTransaction(options, written, (found) => !isAnyPartial(found))
      if (!isAnyPartial(answers)) {
        return new Map([...refused, ...[...answers].map(([group, refusal]) => [group, refusal?.error] as const)])
      }
      // Of a group of which some offsets were taken and others not none may stay: the transaction was aborted, and is done again without it.
      for (const [group, refusal] of answers) if (refusal?.isPartial === true) refused.set(group, refusal.error)
    }
  }

  /** @param isCommitted decides on the transaction, by what came of the body; committed unless it says otherwise */
  async #inTransaction<T>(
    options: { readonly signal: AbortSignal },
    body: () => Promise<T>,
    isCommitted: (result: T) => boolean = () => true,
  ): Promise<T> {
    if (this.#isBroken) await this.#reclaim(options)
    this.#isBroken = true
    this.#held.forgetCoordinator()
    let result: T
    try {
      result = await body()
    } catch (error) {
      // When the abort fails too, the coordinator aborts by itself, and `#reclaim` settles the rest.
      if (!(error instanceof FencedError) && !(error instanceof TransportError) && !options.signal.aborted) {
        await this.#held.end(false, options).then(
          () => (this.#isBroken = false),
          () => undefined,
        )
      }
      throw error
    }
    await this.#held.end(isCommitted(result), options)
    this.#isBroken = false
    return result
  }

  async #reclaim(options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#held.renew(options)
    this.#sequences.clear()
  }

  async #addPartition(to: TopicPartition, options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#held.ask(
      async (nodeId) => {
        const answer = await this.#cluster.sendTo(
          nodeId,
          addPartitionsToTxn,
          { ...this.#held.ids, topics: [{ name: to.topic, partitions: [to.partition] }] },
          options,
        )
        return { error: answer.topics[0]?.partitions[0]?.error ?? -1, value: undefined }
      },
      options,
      topicRight('Write', to.topic),
    )
  }

  async #addOffsets(groupId: string, options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#held.ask(
      async (nodeId) => {
        const { error } = await this.#cluster.sendTo(nodeId, addOffsetsToTxn, { ...this.#held.ids, groupId }, options)
        return { error, value: undefined }
      },
      options,
      groupRight('Read', groupId),
    )
  }

  async #produce(
    to: TopicPartition,
    records: readonly NewRecord[],
    options: { readonly signal: AbortSignal; readonly timestampMs: bigint },
  ): Promise<Appended> {
    const key = `${to.topic}/${to.partition}`
    const baseSequence = this.#sequences.get(key) ?? 0
    const batch = batchFromRecords(records, {
      timestampMs: options.timestampMs,
      producer: this.#held.identity,
      baseSequence,
      isTransactional: true,
    })
    const request = {
      transactionalId: this.#held.ids.transactionalId,
      acks: -1,
      timeoutMs: produceTimeoutMs,
      topics: [{ name: to.topic, partitions: [{ partition: to.partition, records: batch }] }],
    }
    // The same bytes with the same sequence: a repeat of what was appended is answered with where it stands.
    for (let attempt = 0; ; attempt++) {
      const { led, leaderless } = await findLeaders(this.#cluster, [to], { ...options, needs: 'Write' })
      const [at] = led
      const refusal = leaderless[0]?.denied
      if (refusal !== undefined) throw refusal
      if (at !== undefined) {
        const answer = await this.#cluster.sendTo(at.leader, produce, request, {
          ...options,
          timeoutMs: produceTimeoutMs + 2_000,
        })
        const result = answer.topics[0]?.partitions[0]
        const error = result?.error ?? -1
        if (isFenced(error)) throw this.#held.fenced(error)
        if (isDenied(error))
          throw deniedError(this.#cluster, error, ...this.#held.rights(topicRight('Write', to.topic)))
        if (error === 0 && result !== undefined) {
          this.#sequences.set(key, sequenceAfter(baseSequence, records.length))
          return {
            offset: result.baseOffset,
            appendTimeMs: result.logAppendTimeMs < 0n ? undefined : result.logAppendTimeMs,
          }
        }
        if (!isNotWritable(error) || attempt >= attempts) {
          throw new BrokerError(`topic "${to.topic}" on cluster "${this.#cluster.name}"`, error, result?.errorMessage)
        }
      } else if (attempt >= attempts) {
        throw new BrokerError(`topic "${to.topic}" on cluster "${this.#cluster.name}"`, 5)
      }
      await this.#cluster.wait(againMs, options.signal)
    }
  }
}
