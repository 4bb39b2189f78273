import { nextUnread, type NextUnread } from '../core/next-unread.ts'
import { portionsOf } from '../core/portions.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { askLeaders, type LedPartition, type PartitionAnswer } from './leaders.ts'
import { committedOnly } from './read.ts'
import { type Batch, batchesOf } from './records/batch.ts'
import { loadCodecs } from './records/codecs/plain.ts'
import { recordsOf } from './records/record.ts'
import { isUnreadable } from './records/unreadable.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'
import { fetch } from './wire/messages/fetch.ts'

/** How many partitions share a request, and how much each may answer with. What a partition's share is too small for is asked for again. */
const rounds = [
  { partitions: 64, bytes: 16 * 1024 },
  { partitions: 8, bytes: 1024 * 1024 },
  // A broker answers the first partition of a request with one whole batch however small the share, KIP-74.
  { partitions: 1, bytes: 1024 * 1024 },
] as const

export type Unread = TopicPartition & { readonly offset: bigint }

/** What is told of positions: by partition, then by offset. */
export type ByPosition<T> = ReadonlyMap<PartitionKey, ReadonlyMap<bigint, T>>

export function atPosition<T>(told: ByPosition<T>, at: Unread): T | undefined {
  return told.get(partitionKey(at))?.get(at.offset)
}

/** 'none': up to the high watermark there is nothing that anybody will read, but markers and what was aborted perhaps. */
export type Unreads = ByPosition<NextUnread | 'none' | undefined | BrokerError>

export interface UnreadOptions extends AskOptions {
  /** What is in an open transaction is no record either, and 'none' is up to the last stable offset. */
  readonly isCommittedOnly?: boolean
}

/**
 * For each position the first record from its offset on, which says how long the lag has lasted. What was aborted is no record, KIP-98; what is in an
 * open transaction is one. Fetches of many partitions, leaders side by side; positions of one partition that lie close together share a fetch.
 *
 * @returns undefined where that cannot be told (retention has passed the offset, or nothing that can be read is there); the broker's error where it
 *   refused
 * @throws GeorepError "unreachable" when no broker of the cluster answers
 */
export async function nextUnreadOf(
  cluster: Cluster,
  positions: readonly Unread[],
  options: UnreadOptions,
): Promise<Unreads> {
  let left = sorted(positions)
  const found = new Map([...left.keys()].map((key) => [key, new Map<bigint, NextUnread | 'none' | undefined | BrokerError>()])) // prettier-ignore
  while (left.size > 0) {
    const wave = await lowestOf(cluster, left, options)
    const after = new Map<PartitionKey, Position>()
    for (const [key, { topic, partition, offsets }] of left) {
      const answer = wave.get(key)
      const rest = offsets.filter((offset, index) => {
        const isTold = answer instanceof BrokerError || answer === undefined || answer.next.has(offset) || index === 0
        if (!isTold) return true
        const next = answer instanceof BrokerError ? answer : answer?.next.get(offset)
        found.get(key)?.set(offset, next)
        return false
      })
      if (rest.length > 0) after.set(key, { topic, partition, offsets: rest })
    }
    left = after
  }
  return found
}

/** The offsets of one partition, the lowest first, each once. */
type Position = TopicPartition & { readonly offsets: readonly bigint[] }

function sorted(positions: readonly Unread[]): ReadonlyMap<PartitionKey, Position> {
  const byKey = new Map<PartitionKey, TopicPartition & { readonly offsets: Set<bigint> }>()
  for (const { topic, partition, offset } of positions) {
    const key = partitionKey({ topic, partition })
    const same = byKey.get(key)
    if (same === undefined) byKey.set(key, { topic, partition, offsets: new Set([offset]) })
    else same.offsets.add(offset)
  }
  return new Map([...byKey].map(([key, one]) => [key, { ...one, offsets: [...one.offsets].toSorted((a, b) => (a < b ? -1 : 1)) }])) // prettier-ignore
}

/** Of each partition its lowest offset, and what the answer tells of the others. */
async function lowestOf(
  cluster: Cluster,
  positions: ReadonlyMap<PartitionKey, Position>,
  { isCommittedOnly = false, ...options }: UnreadOptions,
): Promise<ReadonlyMap<PartitionKey, Answer | BrokerError>> {
  const found = new Map<PartitionKey, Answer | BrokerError>()
  let left: readonly TopicPartition[] = [...positions.values()]
  for (const round of rounds) {
    if (left.length === 0) break
    const ask = async (leader: number, own: readonly LedPartition[]): Promise<readonly PartitionAnswer<Answer>[]> => {
      const answers: PartitionAnswer<Answer>[] = []
      for (const some of portionsOf(own, round.partitions)) {
        const asked = { leader, bytes: round.bytes, signal: options.signal, isCommittedOnly }
        const committed = await fetchSome(cluster, some.map((one) => wantedOf(one, positions)), 'committed', asked) // prettier-ignore
        // Behind the last stable offset nothing is told to a reader of what is committed.
        const open = committed.flatMap((one) => (one.value.openFrom === undefined ? [] : [one.value.openFrom]))
        answers.push(...committed, ...(await fetchSome(cluster, open, 'uncommitted', asked)))
      }
      return answers
    }
    const answers = await askLeaders(cluster, left, 'Read', ask, options)
    for (const [key, answer] of answers) found.set(key, answer)
    left = left.filter((one) => {
      const answer = answers.get(partitionKey(one))
      return answer !== undefined && 'isAnswered' in answer && !answer.isAnswered
    })
  }
  return found
}

/** What is asked of one partition: the record from `from` on, for each of the offsets. */
interface Wanted {
  readonly at: LedPartition
  readonly from: bigint
  readonly offsets: readonly bigint[]
}

function wantedOf(at: LedPartition, positions: ReadonlyMap<PartitionKey, Position>): Wanted {
  const offsets = positions.get(partitionKey(at))?.offsets ?? []
  return { at, from: offsets[0] ?? 0n, offsets }
}

interface Answer {
  /** False when the first offset is not told yet, for want of room perhaps. */
  readonly isAnswered: boolean
  /** By offset, where it is told; undefined for one that cannot be told. */
  readonly next: ReadonlyMap<bigint, NextUnread | 'none' | undefined>
  /** What is committed has nothing for the first offset, and a transaction is open behind it. */
  readonly openFrom?: Wanted
}

const offsetOutOfRange = 1
const untold: Answer = { isAnswered: true, next: new Map() }

async function fetchSome(
  cluster: Cluster,
  wanted: readonly Wanted[],
  isolation: 'committed' | 'uncommitted',
  {
    leader,
    bytes,
    signal,
    isCommittedOnly,
  }: {
    readonly leader: number
    readonly bytes: number
    readonly signal: AbortSignal
    readonly isCommittedOnly: boolean
  },
): Promise<readonly PartitionAnswer<Answer>[]> {
  if (wanted.length === 0) return []
  const byId = new Map<string, Wanted[]>()
  for (const one of wanted) byId.set(one.at.topicId, [...(byId.get(one.at.topicId) ?? []), one])
  const answer = await cluster.sendTo(
    leader,
    fetch,
    {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: bytes * wanted.length,
      isolation: isolation === 'committed' ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...byId].map(([topicId, own]) => ({
        topicId,
        partitions: own.map(({ at, from }) => ({
          partition: at.partition,
          currentLeaderEpoch: at.leaderEpoch,
          fetchOffset: from,
          lastFetchedEpoch: -1,
          logStartOffset: -1n,
          maxBytes: bytes,
        })),
      })),
      forgotten: [],
      rackId: '',
    },
    { signal, lane: 'read' },
  )
  const found = new Map(answer.topics.flatMap(({ topicId, partitions: some }) => some.map((one) => [`${topicId}/${one.partition}`, one] as const))) // prettier-ignore
  const tell = wanted.map(async (one) => {
    const { topic, partition, topicId } = one.at
    const fetched = found.get(`${topicId}/${partition}`)
    const error = answer.error === 0 ? (fetched?.error ?? -1) : answer.error
    if (error === offsetOutOfRange) return { topic, partition, error: 0, value: untold }
    if (fetched === undefined || error !== 0) return { topic, partition, error, value: untold }
    return { topic, partition, error: 0, value: await readNext(one, fetched, isolation, isCommittedOnly) }
  })
  return await Promise.all(tell)
}

interface Fetched {
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null
  readonly records: Buffer | null
}

/** What cannot be read tells no time. */
async function readNext(
  wanted: Wanted,
  fetched: Fetched,
  isolation: 'committed' | 'uncommitted',
  isCommittedOnly: boolean,
): Promise<Answer> {
  const { highWatermark, lastStableOffset } = fetched
  try {
    const batches = batchesOf(fetched.records ?? Buffer.alloc(0))
    await loadCodecs(batches)
    const readable = committedOnly(batches, fetched.abortedTransactions ?? [])
    const last = batches.at(-1)
    const readTo = last === undefined ? wanted.from : last.lastOffset + 1n
    const end = isCommittedOnly ? lastStableOffset : highWatermark
    const timesOf = rememberedTimes()
    const next = new Map<bigint, NextUnread | 'none' | undefined>()
    for (const offset of wanted.offsets) {
      const one = nextUnread(offset, readable, timesOf)
      if (one !== 'none' || readTo >= end) next.set(offset, one)
    }
    const [first = wanted.from] = wanted.offsets
    const isAnswered = next.has(first)
    const isOpen = isolation === 'committed' && !isAnswered && readTo >= lastStableOffset
    return isOpen ? { isAnswered, next, openFrom: { ...wanted, from: readTo } } : { isAnswered, next }
  } catch (error) {
    if (isUnreadable(error)) return untold
    throw error
  }
}

/** The times in a batch, read once. */
function rememberedTimes(): (batch: Batch) => ReturnType<typeof recordsOf> | undefined {
  const known = new Map<Batch, ReturnType<typeof recordsOf>>()
  return (batch) => {
    // A codec that Kafka did not have: the header has to do.
    if (batch.compression === undefined) return undefined
    const records = known.get(batch) ?? recordsOf(batch)
    known.set(batch, records)
    return records
  }
}
