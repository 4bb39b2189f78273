import { clusterRight, idRight } from '../core/acl.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import { askCoordinator } from './coordinators.ts'
import { deniedError } from './denied.ts'
import { BrokerError, isCoordinatorMoved, isDenied } from './error-codes.ts'
import { askLeaders } from './leaders.ts'
import type { ProducerIdentity } from './records/batch.ts'
import { byTopic, type PartitionKey, type TopicPartition } from './topic-partition.ts'
import { describeProducers } from './wire/messages/describe-producers.ts'
import { initProducerId } from './wire/messages/init-producer-id.ts'

const againMs = 100
const settleMs = 15_000

/** What a partition's leader remembers of one producer, KIP-664. */
export interface ProducerState {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** -1 when the epoch has no records yet. */
  readonly lastSequence: number
  readonly lastTimestampMs: bigint
  /** -1 unless the producer has written transactions, or was sent a marker. */
  readonly coordinatorEpoch: number
  /** The first offset of its open transaction in this partition; undefined when none is open. */
  readonly openFrom: bigint | undefined
}

/** The producers that each partition's leader remembers. It forgets them by the age of their records. */
export async function producerStates(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskOptions,
): Promise<ReadonlyMap<PartitionKey, readonly ProducerState[] | BrokerError>> {
  return await askLeaders(
    cluster,
    partitions,
    'Read',
    async (leader, own) => {
      const topics = byTopic(own).map(([name, some]) => ({ name, partitions: some.map(({ partition }) => partition) }))
      const answer = await cluster.sendTo(leader, describeProducers, { topics }, { signal: options.signal })
      return answer.topics.flatMap(({ name, partitions: some }) =>
        some.map(({ partition, error, producers }) => ({
          topic: name,
          partition,
          error,
          value: producers.map(({ currentTxnStartOffset, ...state }) => ({
            ...state,
            openFrom: currentTxnStartOffset >= 0n ? currentTxnStartOffset : undefined,
          })),
        })),
      )
    },
    options,
  )
}

/**
 * A producer id of our own, without a transactional id: nobody can fence it but by a marker. KIP-98.
 *
 * Asking twice only wastes an id, so that a lost answer is asked for again.
 */
export async function newProducerId(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<ProducerIdentity> {
  const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 }
  for (let waitedMs = 0; ; waitedMs += againMs) {
    if (waitedMs > 0) await cluster.wait(againMs, options.signal)
    const { error, producerId, producerEpoch } = await cluster.sendToAny(initProducerId, request, options)
    if (error === 0) return { producerId, producerEpoch }
    if (isDenied(error)) throw deniedError(cluster, error, clusterRight('IdempotentWrite'))
    // A broker that has just started still waits for its block of ids.
    if (!isCoordinatorMoved(error) || waitedMs >= settleMs) {
      throw new BrokerError(`producer id on cluster "${cluster.name}"`, error)
    }
  }
}

/**
 * Takes a transactional id over: whoever held it before is refused by the broker from now on, and its open transaction is aborted. KIP-98.
 *
 * @param current the identity held until now: the call then succeeds only if nobody else has taken the id over meanwhile (KIP-360)
 */
export async function takeTransactionalId(
  cluster: Cluster,
  transactionalId: string,
  options: { readonly signal: AbortSignal; readonly current?: ProducerIdentity; readonly transactionTimeoutMs: number },
): Promise<ProducerIdentity> {
  return await askCoordinator(
    cluster,
    'transaction',
    transactionalId,
    [idRight('Write', transactionalId)],
    async (nodeId) => {
      const { error, producerId, producerEpoch } = await cluster.sendTo(
        nodeId,
        initProducerId,
        {
          transactionalId,
          transactionTimeoutMs: options.transactionTimeoutMs,
          producerId: options.current?.producerId ?? -1n,
          producerEpoch: options.current?.producerEpoch ?? -1,
        },
        { signal: options.signal },
      )
      return { error, value: { producerId, producerEpoch } }
    },
    options,
  )
}
