import type { NextUnread } from '../core/next-unread.ts'
import { withDeadline } from '../core/time.ts'
import type { AskOptions, Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { atPosition, nextUnreadOf } from '../kafka/next-unread.ts'
import { isGone } from '../kafka/of-cluster.ts'
import { logBounds } from '../kafka/offsets.ts'
import { type ProducerState, producerStates } from '../kafka/producers.ts'
import { partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { type CoordinatorsView, transactionsOf } from '../kafka/transactions.ts'

const deadlineMs = 10_000

/** The oldest transaction that is open in a partition. */
export interface OpenTransaction {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstOffset: bigint
  /** When its first record was written, by that record's time; undefined when that cannot be told. */
  readonly since: NextUnread | undefined
  /** What its coordinator tells of it; undefined when it was not told. */
  readonly coordinators: CoordinatorsView | undefined
}

/** A partition of which those who read what is committed, mirrors among them, are not given all that is there. */
export interface HeldBack extends TopicPartition {
  /** The last stable offset: what stands from there on waits. Undefined when that is not known. */
  readonly stableEnd: bigint | undefined
  /** By whom, or why that is not known. */
  readonly by: OpenTransaction | { readonly why: string }
}

/**
 * Of these partitions those whose last stable offset lies behind the end, and who holds it there (KIP-664). Of most it is one question that ends it.
 *
 * @param ends high watermarks, read before
 * @returns also those of which that cannot be told, with the reason: a right that is missing (Read on the topic), no answer within 10 s
 */
export async function heldBackOf(
  source: Cluster,
  ends: readonly (TopicPartition & { readonly end: bigint })[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly HeldBack[]> {
  if (ends.length === 0) return []
  const deadline = withDeadline(signal, deadlineMs)
  try {
    return await lookAt(source, ends, deadline)
  } catch (error) {
    signal.throwIfAborted()
    if (!isGone(error) && !deadline.aborted) throw error
    const why = isGone(error) ? error.message : `no answer within ${deadlineMs / 1_000} s`
    return ends.map(({ topic, partition }) => ({ topic, partition, stableEnd: undefined, by: { why } }))
  }
}

type End = TopicPartition & { readonly end: bigint }

async function lookAt(source: Cluster, ends: readonly End[], signal: AbortSignal): Promise<readonly HeldBack[]> {
  const options = { signal, keepDenied: true } as const
  const { held, untold } = await behind(source, ends, options)
  if (held.length === 0) return untold
  const states = await producerStates(source, held, options)
  const found = held.map((one) => ({ ...one, by: oldestIn(states.get(partitionKey(one))) }))
  // Those that nobody holds may have ended between the two answers.
  const again = await behind(source, found.filter(({ by }) => by === undefined), options) // prettier-ignore
  const why = 'no producer is told of that has a transaction open'
  const unheld = again.held.map((one): HeldBack => ({ ...one, by: { why } }))
  const named = found.flatMap(({ by, ...one }): readonly HeldBack[] => (by === undefined ? [] : [{ ...one, by }]))
  return [...(await withMore(source, named, options)), ...unheld, ...untold, ...again.untold].map(
    ({ topic, partition, stableEnd, by }) => ({ topic, partition, stableEnd, by }),
  )
}

/** Those whose last stable offset lies behind the end, and those of which it is not told. */
async function behind(
  source: Cluster,
  ends: readonly End[],
  options: AskOptions,
): Promise<{ readonly held: readonly (End & { readonly stableEnd: bigint })[]; readonly untold: readonly HeldBack[] }> {
  const held: (End & { readonly stableEnd: bigint })[] = []
  const untold: HeldBack[] = []
  const stables = await logBounds(source, ends, 'lastStableOffset', options)
  for (const one of ends) {
    const stableEnd = stables.get(partitionKey(one))
    if (typeof stableEnd === 'bigint') {
      if (stableEnd < one.end) held.push({ ...one, stableEnd })
    } else untold.push({ ...one, stableEnd: undefined, by: { why: stableEnd?.message ?? 'no answer' } })
  }
  return { held, untold }
}

/** Undefined when none is open. */
function oldestIn(states: readonly ProducerState[] | BrokerError | undefined): HeldBack['by'] | undefined {
  if (states === undefined || states instanceof BrokerError) return { why: states?.message ?? 'no answer' }
  let oldest: OpenTransaction | undefined
  for (const { producerId, producerEpoch, openFrom } of states) {
    if (openFrom === undefined || (oldest !== undefined && oldest.firstOffset <= openFrom)) continue
    oldest = { producerId, producerEpoch, firstOffset: openFrom, since: undefined, coordinators: undefined }
  }
  return oldest
}

/** Since when they are open, and by which transactional id. */
async function withMore(source: Cluster, held: readonly HeldBack[], options: AskOptions): Promise<readonly HeldBack[]> {
  const places = held.flatMap(({ topic, partition, by }) => 'why' in by ? [] : [{ topic, partition, offset: by.firstOffset, id: by.producerId }]) // prettier-ignore
  const [times, transactions] = await Promise.all([
    nextUnreadOf(source, places, options),
    transactionsOf(source, places.map(({ id }) => id), options), // prettier-ignore
  ])
  return held.map((one) => {
    const { by } = one
    if ('why' in by) return one
    const since = atPosition(times, { ...one, offset: by.firstOffset })
    const isTold = typeof since === 'object' && 'timestampMs' in since
    return { ...one, by: { ...by, since: isTold ? since : undefined, coordinators: transactions.get(by.producerId) } }
  })
}
