import { topicRight } from '../../../core/acl.ts'
import { isAborted, type Now } from '../../../core/time.ts'
import type { TokenBucket } from '../../../core/token-bucket.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { Code, codeName, isDenied, isLeaderMoved } from '../../../kafka/error-codes.ts'
import { type Batch, batchesOf } from '../../../kafka/records/batch.ts'
import { loadCodecs } from '../../../kafka/records/codecs/plain.ts'
import { isUnreadable } from '../../../kafka/records/unreadable.ts'
import type { ResponseOf } from '../../../kafka/wire/message.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import type { Appender } from './appender.ts'
import type { FetchedMemory } from './fetched-memory.ts'
import type { MirrorPartition } from './mirror-partition.ts'
import { needsCodecs, piecesOf } from './pieces.ts'
import { Notice } from './notice.ts'

/** Two fetches a broker: one may be held for idle partitions while the other brings data. */
const lanes = ['fetch-0', 'fetch-1'] as const
const holdMs = 500
/** While some partition waits for room no fetch is held for long, so that a lane is free when there is room. */
const shortHoldMs = 20
const partitionBytes = 1024 * 1024
const maxFetchBytes = 8 * 1024 * 1024
const backoffMs = 250
const noRequestHeldMs = 5_000
/** Under a limit no fetch asks for more than what may be carried in this time, so that bytes come evenly. */
const throttledMs = 250
const throttledBytes = 16 * 1024

export interface FetcherEvents {
  /** A partition's leader moved, its topic is gone or its offset is not there: it is to be looked at. */
  readonly onMoved: (partition: MirrorPartition, why: string) => void
  readonly onFailure: (partition: MirrorPartition, reason: string) => void
  /** The source does not permit to read the topic; rights may come back, so that it is to be looked at like one that moved. */
  readonly onDenied: (partition: MirrorPartition, why: string) => void
  /** The broker that leads these did not answer: it is gone, or the source is. */
  readonly onUnreachable: (partitions: readonly MirrorPartition[]) => void
  readonly onReachable: () => void
}

type AbortedTransaction = NonNullable<FetchedPartition['abortedTransactions']>[number]
type FetchedPartition = ResponseOf<typeof fetch>['topics'][number]['partitions'][number]

/** Fetches from the leaders of the source, many partitions a request, as long as there is room for what comes. */
export class Fetcher {
  readonly #source: Cluster
  readonly #appender: Appender
  readonly #memory: FetchedMemory
  readonly #events: FetcherEvents
  readonly #memoryBytes: number
  readonly #throttle: TokenBucket
  readonly #mostHidden: bigint
  readonly #now: Now
  readonly #partitions = new Set<MirrorPartition>()
  readonly #brokers = new Map<number, Notice[]>()
  readonly #loops: Promise<void>[] = []
  readonly #stop = new AbortController()
  /** What the fetches under way may bring. */
  #askedBytes = 0

  constructor(options: {
    readonly source: Cluster
    readonly appender: Appender
    readonly memory: FetchedMemory
    readonly events: FetcherEvents
    /** Being fetched, or fetched and not yet acknowledged, all partitions together. A single batch may be larger, and then goes alone. */
    readonly memoryBytes: number
    /** Bytes that may come from the source, all partitions together. */
    readonly throttle: TokenBucket
    /** More offsets at once are not hidden. */
    readonly mostHidden: bigint
    readonly now: Now
  }) {
    this.#source = options.source
    this.#appender = options.appender
    this.#memory = options.memory
    this.#events = options.events
    this.#memoryBytes = options.memoryBytes
    this.#throttle = options.throttle
    this.#mostHidden = options.mostHidden
    this.#now = options.now
  }

  add(partition: MirrorPartition): void {
    this.#partitions.add(partition)
    this.#wakeBroker(partition.sourceLeader)
  }

  remove(partition: MirrorPartition): void {
    this.#partitions.delete(partition)
  }

  /** There is room, or a partition has become ready. */
  wake(): void {
    for (const notices of this.#brokers.values()) for (const notice of notices) notice.give()
  }

  /** Ends all fetches. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the fetcher stops'))
    await Promise.allSettled(this.#loops)
  }

  #wakeBroker(leader: number): void {
    if (leader < 0) return
    const known = this.#brokers.get(leader)
    if (known !== undefined) {
      for (const notice of known) notice.give()
      return
    }
    const notices = lanes.map(() => new Notice())
    this.#brokers.set(leader, notices)
    for (const [index, lane] of lanes.entries()) this.#loops.push(this.#loop(leader, lane, notices[index] as Notice))
  }

  async #loop(leader: number, lane: string, notice: Notice): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const { waitMs } = this.#throttle
      if (waitMs > 0) {
        // Looked at again soon: the limit may be changed meanwhile.
        await this.#source.wait(Math.min(waitMs, throttledMs), signal).catch(() => undefined)
        continue
      }
      const maxBytes = this.#fetchBytes
      const { ready, isBacklogged } = this.#ready(leader, maxBytes)
      if (ready.length === 0) {
        await notice.taken(signal)
        continue
      }
      for (const partition of ready) partition.isFetching = true
      this.#askedBytes += maxBytes
      const isAnswered = await this.#fetch(leader, lane, ready, {
        maxBytes,
        maxWaitMs: isBacklogged ? shortHoldMs : holdMs,
      }).then(
        () => true,
        () => false,
      )
      if (!isAnswered && !isAborted(signal)) {
        this.#events.onUnreachable(ready)
        await this.#source.wait(backoffMs, signal).catch(() => undefined)
      }
      this.#askedBytes -= maxBytes
      for (const partition of ready) partition.isFetching = false
      this.wake()
    }
  }

  /** For each lane of each broker a share, and as much again for what is being appended. */
  get #fetchBytes(): number {
    const share = Math.floor(this.#memoryBytes / (2 * lanes.length * this.#brokers.size))
    const usual = Math.min(maxFetchBytes, Math.max(partitionBytes, share))
    const { perSecond } = this.#throttle
    if (perSecond === undefined) return usual
    return Math.min(usual, Math.max(throttledBytes, Math.floor((perSecond * throttledMs) / 1_000)))
  }

  #ready(
    leader: number,
    maxBytes: number,
  ): { readonly ready: readonly MirrorPartition[]; readonly isBacklogged: boolean } {
    const takenBytes = this.#appender.heldBytes + this.#askedBytes
    const isFull = takenBytes > 0 && takenBytes + maxBytes > this.#memoryBytes
    const led = [...this.#partitions].filter((one) => one.sourceLeader === leader && one.phase === 'running')
    const roomBytes = Math.max(2 * partitionBytes, Math.floor(maxBytes / led.length))
    const ready: MirrorPartition[] = []
    let isBacklogged = isFull
    for (const partition of led) {
      const hasRoom = !isFull && partition.queuedBytes < roomBytes
      if (!hasRoom) isBacklogged = true
      else if (!partition.isFetching) ready.push(partition)
    }
    return { ready, isBacklogged }
  }

  async #fetch(
    leader: number,
    lane: string,
    ready: readonly MirrorPartition[],
    { maxBytes, maxWaitMs }: { readonly maxBytes: number; readonly maxWaitMs: number },
  ): Promise<void> {
    const asked = new Map<string, MirrorPartition>()
    const topics = new Map<string, MirrorPartition[]>()
    for (const partition of ready) {
      const id = partition.topic.record.sourceTopicId
      asked.set(`${id}/${partition.partition}`, partition)
      const same = topics.get(id)
      if (same === undefined) topics.set(id, [partition])
      else same.push(partition)
    }
    const positions = new Map(ready.map((partition) => [partition, partition.nextFetch]))
    const sentAtMs = this.#now().getTime()
    const answer = await this.#source.sendTo(
      leader,
      fetch,
      {
        replicaId: -1,
        maxWaitMs,
        minBytes: 1,
        maxBytes,
        // Up to the last stable offset, with the transactions that were aborted.
        isolation: 1,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [...topics].map(([topicId, some]) => ({
          topicId,
          partitions: some.map((partition) => ({
            partition: partition.partition,
            currentLeaderEpoch: partition.sourceLeaderEpoch,
            fetchOffset: partition.nextFetch,
            lastFetchedEpoch: partition.lastFetchedEpoch,
            logStartOffset: -1n,
            // On a long way a partition alone is as fast as its fetches are large.
            maxBytes: Math.min(maxBytes, Math.max(partitionBytes, Math.floor(maxBytes / ready.length))),
          })),
        })),
        forgotten: [],
        rackId: '',
      },
      { signal: this.#stop.signal, timeoutMs: maxWaitMs + noRequestHeldMs, lane },
    )
    this.#events.onReachable()
    this.#throttle.spend(bytesIn(answer))
    if (answer.error !== 0) {
      for (const partition of ready) this.#events.onMoved(partition, codeName(answer.error))
      return
    }
    const all = answer.topics.flatMap(({ topicId, partitions }) =>
      partitions.flatMap((fetched) => {
        const partition = asked.get(`${topicId}/${fetched.partition}`)
        return partition === undefined ? [] : [{ partition, fetched, stored: storedIn(fetched) }]
      }),
    )
    const read = all.flatMap(({ partition, stored }) => (stored instanceof Error ? [] : needsCodecs(stored, partition.nextFetch))) // prettier-ignore
    if (read.length > 0) await loadCodecs(read)
    for (const { partition, fetched, stored } of all) {
      // While the fetch was under way the partition may have been settled and positioned anew.
      const isAsAsked = partition.phase === 'running' && partition.nextFetch === positions.get(partition)
      if (isAsAsked) this.#take(partition, fetched, stored, sentAtMs)
    }
    for (const { fetched } of all) if (fetched.records !== null) this.#memory.looked(fetched.records)
  }

  #take(
    partition: MirrorPartition,
    fetched: FetchedPartition,
    stored: readonly Batch[] | Error,
    sentAtMs: number,
  ): void {
    if (isDenied(fetched.error)) {
      const right = topicRight('Read', partition.topic.record.sourceTopic)
      this.#events.onDenied(partition, deniedError(this.#source, fetched.error, right).message)
      return
    }
    if (fetched.error !== 0) {
      const isLook = isLeaderMoved(fetched.error) || lookAt.has(fetched.error)
      if (isLook) this.#events.onMoved(partition, codeName(fetched.error))
      else this.#events.onFailure(partition, `the source answers ${codeName(fetched.error)}`)
      return
    }
    if (fetched.divergingEpoch !== undefined) {
      const { epoch, endOffset } = fetched.divergingEpoch
      this.#events.onFailure(
        partition,
        `the source log was truncated: its epoch ${epoch} now ends at ${endOffset.toString()}, and the mirror is at ${partition.nextFetch.toString()}`,
      )
      return
    }
    partition.sourceEnd = fetched.highWatermark
    partition.sourceEndAtMs = sentAtMs
    const refuse = (error: Error): void => { this.#events.onFailure(partition, `the source: ${error.message}`) } // prettier-ignore
    if (stored instanceof Error) {
      refuse(stored)
      return
    }
    try {
      this.#enqueue(partition, stored, fetched.abortedTransactions ?? [])
    } catch (error) {
      if (!isUnreadable(error)) throw error
      refuse(error)
    }
  }

  #enqueue(partition: MirrorPartition, stored: readonly Batch[], aborted: readonly AbortedTransaction[]): void {
    const { pieces, next, isHoled, why } = piecesOf(stored, {
      expected: partition.nextFetch,
      aborted,
      mostHidden: this.#mostHidden,
    })
    if (isHoled) partition.topic.tombstones.noteHole(partition.caughtUpAtMs, this.#now().getTime())
    if (pieces.length > 0) {
      partition.nextFetch = next
      partition.lastFetchedEpoch = stored.findLast(({ baseOffset }) => baseOffset < next)?.leaderEpoch ?? -1
      // A broker fills its answer in the order in which it is asked: who was served goes to the back.
      if (this.#partitions.delete(partition)) this.#partitions.add(partition)
      this.#memory.hold(pieces)
      this.#appender.enqueue(partition, pieces)
    }
    if (why !== undefined) this.#events.onFailure(partition, why)
  }
}

/** The batches of an answer, or why they are none. */
function storedIn({ records }: FetchedPartition): readonly Batch[] | Error {
  try {
    return batchesOf(records ?? Buffer.alloc(0))
  } catch (error) {
    if (isUnreadable(error)) return error
    throw error
  }
}

function bytesIn({ topics }: ResponseOf<typeof fetch>): number {
  const sizes = topics.flatMap(({ partitions }) => partitions.map(({ records }) => records?.length ?? 0))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Not a matter of time alone: the runner looks at the source's metadata and bounds, and fails the mirror when they say so. */
const lookAt: ReadonlySet<number> = new Set([
  Code.offsetOutOfRange,
  Code.unknownTopicOrPartition,
  Code.unknownTopicId,
  Code.inconsistentTopicId,
  78, // OFFSET_NOT_AVAILABLE
])
