import type { Cluster } from './cluster.ts'
import { type Batch, batchesOf } from './records/batch.ts'
import { loadCodecs } from './records/codecs/plain.ts'
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
      /** What a committed read is not given begins there. */
      readonly lastStableOffset: bigint
    }

/**
 * One fetch from one partition, on a lane of its own.
 *
 * @throws TransportError; MalformedError when the batches are none
 */
export async function fetchOne(
  cluster: Cluster,
  place: LedPlace,
  { offset, ...how }: FetchOne,
  options: { readonly signal: AbortSignal },
): Promise<Fetched> {
  const [fetched] = await fetchMany(cluster, place.leader, [{ ...place, offset }], how, options)
  return fetched ?? { error: -1 }
}

/**
 * One fetch from partitions of one leader, each with as many bytes at most, in the order of the places. Only the first that has anything is
 * answered with a whole batch however small the share is: where nothing came, there may be more than that.
 *
 * @throws TransportError; MalformedError when the batches are none
 */
export async function fetchMany(
  cluster: Cluster,
  leader: number,
  places: readonly (Omit<LedPlace, 'leader'> & { readonly offset: bigint })[],
  { maxBytes, maxWaitMs, isolation }: Omit<FetchOne, 'offset'>,
  options: { readonly signal: AbortSignal },
): Promise<readonly Fetched[]> {
  const byId = new Map<string, (typeof places)[number][]>()
  for (const one of places) byId.set(one.topicId, [...(byId.get(one.topicId) ?? []), one])
  const answer = await cluster.sendTo(
    leader,
    fetch,
    {
      replicaId: -1,
      maxWaitMs,
      minBytes: maxWaitMs === 0 ? 0 : 1,
      maxBytes: maxBytes * places.length,
      isolation: isolation === 'committed' ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...byId].map(([topicId, own]) => ({
        topicId,
        partitions: own.map(({ partition, leaderEpoch, offset: fetchOffset }) => ({
          partition,
          currentLeaderEpoch: leaderEpoch,
          fetchOffset,
          lastFetchedEpoch: -1,
          logStartOffset: -1n,
          maxBytes,
        })),
      })),
      forgotten: [],
      rackId: '',
    },
    { ...options, lane: 'read' },
  )
  const found = new Map(answer.topics.flatMap(({ topicId, partitions: some }) => some.map((one) => [`${topicId}/${one.partition}`, one] as const))) // prettier-ignore
  const all = places.map(({ topicId, partition }): Fetched => {
    const one = found.get(`${topicId}/${partition}`)
    if (answer.error !== 0 || one === undefined) return { error: answer.error === 0 ? -1 : answer.error }
    if (one.error !== 0) return { error: one.error }
    const { lastStableOffset, abortedTransactions } = one
    return { error: 0, batches: batchesOf(one.records ?? Buffer.alloc(0)), aborted: abortedTransactions ?? [], lastStableOffset } // prettier-ignore
  })
  await loadCodecs(all.flatMap((one) => ('batches' in one ? one.batches : [])))
  return all
}
