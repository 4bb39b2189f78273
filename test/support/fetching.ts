import { TokenBucket } from '../../src/core/token-bucket.ts'
import type { Appender } from '../../src/engines/embedded/carry/appender.ts'
import { FetchedMemory } from '../../src/engines/embedded/carry/fetched-memory.ts'
import { Fetcher } from '../../src/engines/embedded/carry/fetcher.ts'
import type { MirrorPartition } from '../../src/engines/embedded/carry/mirror-partition.ts'
import { bytesOf, isBatch, type Piece } from '../../src/engines/embedded/carry/pieces.ts'
import type { RequestOf, ResponseOf } from '../../src/kafka/wire/message.ts'
import { fetch } from '../../src/kafka/wire/messages/fetch.ts'
import { type BatchChanges, storedBatch } from './batches.ts'
import { FakeCluster, type Held } from './fake-cluster.ts'
import { fakeTime, settled } from './fake-time.ts'
import { runningMirror } from './mirror.ts'

export type SentFetch = Held<RequestOf<typeof fetch>, ResponseOf<typeof fetch>>
type Fetched = ResponseOf<typeof fetch>['topics'][number]['partitions'][number]

/** Takes what is fetched, and keeps it until the test lets go of it. */
class FakeAppender {
  heldBytes = 0
  readonly taken: { readonly partition: MirrorPartition; readonly pieces: readonly Piece[] }[] = []

  enqueue(partition: MirrorPartition, pieces: readonly Piece[]): void {
    this.taken.push({ partition, pieces })
    for (const bytes of pieces.map(bytesOf)) {
      this.heldBytes += bytes
      partition.queuedBytes += bytes
    }
  }

  offsets(): readonly (readonly bigint[])[] {
    return this.taken.map(({ pieces }) => pieces.map((piece) => (isBatch(piece) ? piece.baseOffset : -1n)))
  }

  acknowledgeAll(): void {
    this.heldBytes = 0
    for (const { partition } of this.taken) partition.queuedBytes = 0
  }
}

/** What a fetcher works with, and what it tells. */
export class Fetching {
  readonly time = fakeTime()
  readonly throttle = new TokenBucket(this.time.monotonic)
  readonly source = new FakeCluster(this.time.wait)
  readonly appender = new FakeAppender()
  readonly events: string[] = []
  readonly givenBack: ArrayBufferLike[] = []

  fetcherOf(memoryBytes: number): Fetcher {
    const fetcher = new Fetcher({
      source: this.source.asCluster,
      appender: this.appender as unknown as Appender,
      memory: new FetchedMemory({ giveBack: (memory) => this.givenBack.push(memory) }),
      memoryBytes,
      throttle: this.throttle,
      mostHidden: 10_000_000n,
      now: this.time.now,
      events: {
        onMoved: (one, why) => {
          this.events.push(`moved ${one.partition}: ${why}`)
          one.phase = 'settling'
        },
        onFailure: (one, reason) => {
          this.events.push(`failed ${one.partition}: ${reason}`)
          fetcher.remove(one)
        },
        onDenied: (one, why) => {
          this.events.push(`denied ${one.partition}: ${why}`)
          one.phase = 'settling'
        },
        onUnreachable: () => this.events.push('unreachable'),
        onReachable: () => {
          if (this.events.at(-1) === 'unreachable') this.events.push('reachable')
        },
      },
    })
    return fetcher
  }

  async take(): Promise<SentFetch> {
    await settled()
    return this.source.take(fetch)
  }
}

/** What a broker answers of a partition, but for these fields. */
export function fetched(partition: number, but: Partial<Fetched>): Fetched {
  return {
    partition,
    error: 0,
    highWatermark: 1_000n,
    lastStableOffset: 1_000n,
    logStartOffset: 0n,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: null,
    ...but,
  }
}

/** Answers with the records of each partition; a partition that is not named is left out, as a broker does. */
export async function answer(
  sent: SentFetch,
  records: Readonly<Record<number, Buffer | Partial<Fetched>>>,
  error = 0,
): Promise<void> {
  const partitionOf = (partition: number): Fetched[] => {
    const one = records[partition]
    return one === undefined ? [] : [fetched(partition, Buffer.isBuffer(one) ? { records: one } : one)]
  }
  sent.answer({
    throttleMs: 0,
    error,
    sessionId: 0,
    topics: sent.request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.flatMap(({ partition }) => partitionOf(partition)),
    })),
  })
  await settled()
}

export const stored = (...batches: readonly (readonly [bigint, BatchChanges?])[]): Buffer =>
  Buffer.concat(batches.map(([offset, changes]) => storedBatch(offset, changes)))

export function one(): MirrorPartition {
  return runningMirror().partitions[0]!
}
