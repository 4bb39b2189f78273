import { withDeadline } from '../core/time.ts'
import type { Cluster } from './cluster.ts'
import { type PartitionKey, partitionKey } from './topic-partition.ts'
import type { ResponseOf } from './wire/message.ts'
import { describeTransactions } from './wire/messages/describe-transactions.ts'
import { listTransactions } from './wire/messages/list-transactions.ts'

/** What is not told soon is not waited for. */
const deadlineMs = 3_000

/** What a coordinator knows of the transactional id that a producer writes by, KIP-664. */
export interface CoordinatorsView {
  readonly transactionalId: string
  /** As the broker names it: Ongoing, PrepareCommit, CompleteAbort, Empty, … */
  readonly state: string
  /** Undefined when the coordinator did not tell more. */
  readonly details: TransactionDetails | undefined
}

export interface TransactionDetails {
  /** After which the coordinator aborts it. */
  readonly timeoutMs: number
  /** By the coordinator's clock; undefined when none is under way. */
  readonly startedMs: bigint | undefined
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Partitions that are part of it, and to which no marker has been written yet: of those that we may describe. */
  readonly partitions: ReadonlySet<PartitionKey>
}

/**
 * The transactional ids of these producers, each broker asked side by side for those that it coordinates.
 *
 * @returns by producer id, as far as it was told within 3 s: a broker leaves out ids on which Describe is lacking, and does not say so. Missing is not known
 * @throws the signal's reason, and nothing else
 */
export async function transactionsOf(
  cluster: Cluster,
  producerIds: readonly bigint[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<bigint, CoordinatorsView>> {
  const wanted = new Set(producerIds)
  if (wanted.size === 0) return new Map()
  const signal = withDeadline(options.signal, deadlineMs)
  const found = new Map<bigint, CoordinatorsView>()
  try {
    const { brokers } = await cluster.metadata([], { signal })
    await Promise.all(
      brokers.map(async ({ nodeId }) => {
        await tellOf(cluster, nodeId, wanted, { signal, found }).catch(() => undefined)
      }),
    )
  } catch {
    // What was not told is missing.
  }
  options.signal.throwIfAborted()
  return found
}

async function tellOf(
  cluster: Cluster,
  nodeId: number,
  wanted: ReadonlySet<bigint>,
  { signal, found }: { readonly signal: AbortSignal; readonly found: Map<bigint, CoordinatorsView> },
): Promise<void> {
  const answer = await cluster.sendTo(nodeId, listTransactions, { states: [], producerIds: [...wanted] }, { signal })
  const own = answer.error === 0 ? answer.transactions.filter(({ producerId }) => wanted.has(producerId)) : []
  if (own.length === 0) return
  for (const { producerId, transactionalId, state } of own) found.set(producerId, { transactionalId, state, details: undefined }) // prettier-ignore
  const transactionalIds = own.map(({ transactionalId }) => transactionalId)
  const { transactions } = await cluster.sendTo(nodeId, describeTransactions, { transactionalIds }, { signal })
  for (const { producerId, transactionalId } of own) {
    const one = transactions.find((other) => other.error === 0 && other.transactionalId === transactionalId)
    if (one !== undefined) found.set(producerId, viewOf(one))
  }
}

type Described = ResponseOf<typeof describeTransactions>['transactions'][number]

function viewOf({ transactionalId, state, transactionTimeoutMs: timeoutMs, startTimeMs, producerId, producerEpoch, topics }: Described): CoordinatorsView {
  const partitions = new Set(topics.flatMap(({ name, partitions: some }) => some.map((partition) => partitionKey({ topic: name, partition })))) // prettier-ignore
  const startedMs = startTimeMs < 0n ? undefined : startTimeMs
  return { transactionalId, state, details: { timeoutMs, startedMs, producerId, producerEpoch, partitions } }
} // prettier-ignore
