import type { AskOptions, Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { type Fetched, fetchMany } from './fetch-one.ts'
import { askLeaders, type LedPartition, type PartitionAnswer } from './leaders.ts'
import { isUnreadable } from './records/unreadable.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'

/** What one partition is asked for at a time; less where there are many of them. */
const maxShareBytes = 1024 * 1024
const minShareBytes = 16 * 1024
/** What one request may be answered with. */
const maxAnswerBytes = 8 * 1024 * 1024

/** The offsets [from, to) of one partition. */
export interface Stretch extends TopicPartition {
  readonly from: bigint
  readonly to: bigint
}

export interface FetchedStretch {
  /** Of the batches as they are stored, compressed as they are, that hold any of the offsets: markers and what was aborted included. */
  readonly bytes: bigint
  /** How many of the offsets are behind these bytes: all of them when it was fetched to its end. */
  readonly offsets: bigint
}

export interface FetchedStretches {
  /** A broker's refusal in the place of a partition's; of a partition that was not come to there is nothing. */
  readonly stretches: ReadonlyMap<PartitionKey, FetchedStretch | BrokerError>
  /** Why not all was fetched, where that has one reason. */
  readonly endedBy: 'limit' | 'time' | undefined
}

interface Going extends Stretch {
  position: bigint
  bytes: bigint
  /** Its next batch did not fit into a share: it is asked for alone, and a broker then answers with one whole batch, KIP-74. */
  isAlone: boolean
  isDone: boolean
}

/**
 * How many bytes stretches of logs have, by fetching them: no request tells that. All partitions go on side by side, so that a limit cuts each of them.
 *
 * @param options.maxBytes fetched in all, by and large
 * @param options.deadline ends it with what was fetched until then
 * @throws GeorepError "unreachable" when no broker of the cluster answers
 */
export async function fetchStretches(
  cluster: Cluster,
  stretches: readonly Stretch[],
  { maxBytes, deadline, ...options }: AskOptions & { readonly maxBytes: number; readonly deadline: AbortSignal },
): Promise<FetchedStretches> {
  const going = stretches.map((one): Going => ({ ...one, position: one.from, bytes: 0n, isAlone: false, isDone: one.from >= one.to })) // prettier-ignore
  const byKey = new Map(going.map((one) => [partitionKey(one), one]))
  const refused = new Map<PartitionKey, BrokerError>()
  let endedBy: FetchedStretches['endedBy']
  let leftBytes = maxBytes
  try {
    for (
      let left = going.filter(({ isDone }) => !isDone);
      left.length > 0;
      left = left.filter(({ isDone }) => !isDone)
    ) {
      if (leftBytes < minShareBytes) {
        endedBy = 'limit'
        break
      }
      const some = left.toSorted((a, b) => Number(a.bytes - b.bytes)).slice(0, Math.ceil(leftBytes / minShareBytes))
      const share = Math.max(minShareBytes, Math.min(maxShareBytes, Math.floor(leftBytes / some.length)))
      for (const [key, page] of await pagesOf(cluster, some, share, { ...options, signal: deadline })) {
        const one = byKey.get(key)
        if (one === undefined) continue
        if (page instanceof BrokerError) {
          refused.set(key, page)
          one.isDone = true
        } else leftBytes -= take(one, page)
      }
    }
  } catch (error) {
    options.signal.throwIfAborted()
    if (!deadline.aborted) throw error
    endedBy = 'time'
  }
  const found = going.map((one): readonly [PartitionKey, FetchedStretch | BrokerError] => {
    const key = partitionKey(one)
    const end = one.position < one.to ? one.position : one.to
    return [key, refused.get(key) ?? { bytes: one.bytes, offsets: end > one.from ? end - one.from : 0n }]
  })
  return { stretches: new Map(found), endedBy }
}

type Page = Exclude<Fetched, { readonly error: number; readonly batches?: never }>['batches']

/** @returns how many bytes of the page count */
function take(one: Going, page: Page): number {
  const own = page.filter(({ baseOffset, lastOffset }) => lastOffset >= one.position && baseOffset < one.to)
  const bytes = own.reduce((sum, batch) => sum + batch.bytes.length, 0)
  one.bytes += BigInt(bytes)
  const last = page.at(-1)
  if (last !== undefined) one.position = last.lastOffset + 1n
  // Nothing though there was room for a batch: the log ends here, or what is behind was taken out by compaction.
  else if (one.isAlone) one.position = one.to
  one.isAlone = last === undefined
  one.isDone = one.position >= one.to
  return bytes
}

async function pagesOf(
  cluster: Cluster,
  some: readonly Going[],
  share: number,
  options: AskOptions,
): Promise<ReadonlyMap<PartitionKey, Page | BrokerError>> {
  const byKey = new Map(some.map((one) => [partitionKey(one), one]))
  const ask = async (leader: number, own: readonly LedPartition[]): Promise<readonly PartitionAnswer<Page>[]> => {
    const places = own.map((one) => ({ ...one, offset: byKey.get(partitionKey(one))?.position ?? 0n }))
    const alone = places.filter((one) => byKey.get(partitionKey(one))?.isAlone === true)
    const many = places.filter((one) => !alone.includes(one))
    const perRequest = Math.max(1, Math.floor(maxAnswerBytes / share))
    const requests = [...alone.map((one) => [one]), ...chunked(many, perRequest)]
    const answers: PartitionAnswer<Page>[] = []
    for (const request of requests) {
      answers.push(...(await fetched(cluster, leader, request, share, options)))
    }
    return answers
  }
  return await askLeaders(cluster, [...byKey.values()], 'Read', ask, options)
}

type FetchedPlace = LedPartition & { readonly offset: bigint }

async function fetched(
  cluster: Cluster,
  leader: number,
  places: readonly FetchedPlace[],
  maxBytes: number,
  options: AskOptions,
): Promise<readonly PartitionAnswer<Page>[]> {
  try {
    const pages = await fetchMany(cluster, leader, places, { maxBytes, maxWaitMs: 0, isolation: 'uncommitted' }, options) // prettier-ignore
    return places.map(({ topic, partition }, index) => answerOf({ topic, partition }, pages[index]))
  } catch (error) {
    if (!isUnreadable(error)) throw error
    const [{ topic, partition } = { topic: '', partition: 0 }, ...more] = places
    if (more.length === 0) return [{ topic, partition, error: corruptMessage, value: [] }]
    // One of them cannot be read: the others can, each alone.
    const answers: PartitionAnswer<Page>[] = []
    for (const one of places) answers.push(...(await fetched(cluster, leader, [one], maxBytes, options)))
    return answers
  }
}

const corruptMessage = 2

function answerOf(at: TopicPartition, page: Fetched | undefined): PartitionAnswer<Page> {
  if (page === undefined) return { ...at, error: corruptMessage, value: [] }
  return 'batches' in page ? { ...at, error: 0, value: page.batches } : { ...at, error: page.error, value: [] }
}

function chunked<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size)) // prettier-ignore
}
