import type { Cluster } from './cluster.ts'
import { type Batch, batchesOf } from './records/batch.ts'
import { fetch } from './wire/messages/fetch.ts'

/** A partition, where it is led. */
export interface LedPlace {
  readonly topicId: string
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
}

export interface FetchOne {
  readonly offset: bigint
  /** A broker answers with one whole batch however small this is, KIP-74. */
  readonly maxBytes: number
  /** How long the broker may wait for something to come. */
  readonly maxWaitMs: number
  readonly isolation: 'uncommitted' | 'committed'
}

/** What one fetch brought: the broker's error, or the stored batches from the one on that holds the offset, markers included. */
export type Fetched =
  | { readonly error: number }
  | {
      readonly error: 0
      readonly batches: readonly Batch[]
      /** Producers and the first offsets of their transactions that were aborted; none when read uncommitted. */
      readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
    }

/**
 * One fetch from one partition, on a lane of its own.
 *
 * @throws TransportError; MalformedError when the batches are none
 */
export async function fetchOne(
  cluster: Cluster,
  { topicId, partition, leader, leaderEpoch: currentLeaderEpoch }: LedPlace,
  { offset: fetchOffset, maxBytes, maxWaitMs, isolation }: FetchOne,
  options: { readonly signal: AbortSignal },
): Promise<Fetched> {
  const asked = { partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch: -1, logStartOffset: -1n, maxBytes }
  const answer = await cluster.sendTo(
    leader,
    fetch,
    {
      replicaId: -1,
      maxWaitMs,
      minBytes: maxWaitMs === 0 ? 0 : 1,
      maxBytes,
      isolation: isolation === 'committed' ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topicId, partitions: [asked] }],
      forgotten: [],
      rackId: '',
    },
    { ...options, lane: 'read' },
  )
  const found = answer.topics[0]?.partitions[0]
  if (answer.error !== 0 || found === undefined) return { error: answer.error === 0 ? -1 : answer.error }
  if (found.error !== 0) return { error: found.error }
  return { error: 0, batches: batchesOf(found.records ?? Buffer.alloc(0)), aborted: found.abortedTransactions ?? [] }
}
