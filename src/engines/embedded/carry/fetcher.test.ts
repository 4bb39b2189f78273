import { setMaxListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BatchChanges, storedBatch } from '../../../../test/support/batches.ts'
import { FakeCluster, type Held } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, type FakeTime, settled } from '../../../../test/support/fake-time.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { RequestOf, ResponseOf } from '../../../kafka/wire/message.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import { TokenBucket } from '../../../core/token-bucket.ts'
import type { Appender } from './appender.ts'
import { FetchedMemory } from './fetched-memory.ts'
import { Fetcher } from './fetcher.ts'
import type { MirrorPartition } from './mirror-partition.ts'
import { bytesOf, isBatch, type Piece } from './pieces.ts'

type Sent = Held<RequestOf<typeof fetch>, ResponseOf<typeof fetch>>
type Fetched = ResponseOf<typeof fetch>['topics'][number]['partitions'][number]

const megabyte = 1024 * 1024

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

let time: FakeTime
let source: FakeCluster
let appender: FakeAppender
let events: string[]
let givenBack: ArrayBufferLike[]
let fetcher: Fetcher
let throttle: TokenBucket
beforeEach(() => {
  setMaxListeners(0)
  time = fakeTime()
  throttle = new TokenBucket(time.monotonic)
  source = new FakeCluster(time.wait)
  appender = new FakeAppender()
  events = []
  givenBack = []
  fetcher = newFetcher(64 * 1024 * 1024)
})
afterEach(async () => {
  await fetcher.stop()
})

function newFetcher(memoryBytes: number): Fetcher {
  return new Fetcher({
    source: source.asCluster,
    appender: appender as unknown as Appender,
    memory: new FetchedMemory({ giveBack: (memory) => givenBack.push(memory) }),
    memoryBytes,
    throttle,
    mostHidden: 10_000_000n,
    now: time.now,
    events: {
      onMoved: (one, why) => {
        events.push(`moved ${one.partition}: ${why}`)
        one.phase = 'settling'
      },
      onFailure: (one, reason) => {
        events.push(`failed ${one.partition}: ${reason}`)
        fetcher.remove(one)
      },
      onDenied: (one, why) => {
        events.push(`denied ${one.partition}: ${why}`)
        one.phase = 'settling'
      },
      onUnreachable: () => events.push('unreachable'),
      onReachable: () => {
        if (events.at(-1) === 'unreachable') events.push('reachable')
      },
    },
  })
}

async function take(): Promise<Sent> {
  await settled()
  return source.take(fetch)
}

/** Answers with the records of each partition; a partition that is not named is left out, as a broker does. */
async function answer(
  sent: Sent,
  records: Readonly<Record<number, Buffer | Partial<Fetched>>>,
  error = 0,
): Promise<void> {
  const partitionOf = (partition: number): Fetched[] => {
    const one = records[partition]
    if (one === undefined) return []
    return [
      {
        partition,
        error: 0,
        highWatermark: 1_000n,
        lastStableOffset: 1_000n,
        logStartOffset: 0n,
        abortedTransactions: null,
        preferredReadReplica: -1,
        records: null,
        ...(Buffer.isBuffer(one) ? { records: one } : one),
      },
    ]
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

const stored = (...batches: readonly (readonly [bigint, BatchChanges?])[]): Buffer =>
  Buffer.concat(batches.map(([offset, changes]) => storedBatch(offset, changes)))

function one(): MirrorPartition {
  return runningMirror().partitions[0]!
}

describe('a fetch', () => {
  it('asks by topic id, from the next offset, with the epochs that are known, and for what was committed', async () => {
    const partition = Object.assign(one(), { nextFetch: 7n, lastFetchedEpoch: 2, sourceLeaderEpoch: 3 })
    fetcher.add(partition)
    const { request, nodeId } = await take()
    expect(nodeId).toBe(1)
    expect(request.isolation).toBe(1)
    expect(request.topics).toMatchObject([
      { topicId: 'a'.repeat(32), partitions: [{ partition: 0, fetchOffset: 7n, lastFetchedEpoch: 2, currentLeaderEpoch: 3 }] }, // prettier-ignore
    ])
  })

  it('carries all partitions of a broker, and asks no partition twice at a time', async () => {
    const topic = runningMirror(3)
    topic.partitions[2]!.sourceLeader = 2
    for (const partition of topic.partitions) fetcher.add(partition)
    const requests = [await take(), await take()]
    const asked = requests.map(({ nodeId, request }) => [
      nodeId,
      request.topics[0]!.partitions.map((at) => at.partition),
    ])
    expect(asked).toEqual(expect.arrayContaining([[2, [2]]]))
    const first = requests.filter(({ nodeId }) => nodeId === 1)
    // Whichever lane came first took what was there then; a second fetch of the same partition is not sent.
    await settled()
    expect([...first, ...source.held.filter(({ nodeId }) => nodeId === 1)].flatMap(({ request }) =>
      (request as Sent['request']).topics[0]!.partitions.map((at) => at.partition),
    ).toSorted((a, b) => a - b)).toEqual([0, 1]) // prettier-ignore
  })

  it('tells of the end of the source from when it was sent, and of a hole from when it was answered', async () => {
    const partition = Object.assign(one(), { caughtUpAtMs: time.now().getTime() })
    const sentAtMs = partition.caughtUpAtMs
    fetcher.add(partition)
    const sent = await take()
    await time.pass(400)
    await answer(sent, { 0: stored([0n], [5n]) })
    expect(partition).toMatchObject({ sourceEnd: 1_000n, sourceEndAtMs: sentAtMs })
    const [since, until] = [sentAtMs, sentAtMs + 400].map((ms) => new Date(ms).toISOString())
    expect(partition.topic.tombstones.toRecord(sentAtMs)).toMatchObject({ late: { since, until } })
    await answer(await take(), { 0: { error: 6, highWatermark: 2_000n } })
    expect(partition).toMatchObject({ sourceEnd: 1_000n, sourceEndAtMs: sentAtMs })
  })

  it('hands on what it brings, and goes on behind it', async () => {
    const partition = one()
    fetcher.add(partition)
    await answer(await take(), { 0: stored([0n, { count: 3, leaderEpoch: 4 }], [3n, { leaderEpoch: 5 }]) })
    expect(appender.offsets()).toEqual([[0n, 3n]])
    expect(partition).toMatchObject({ nextFetch: 4n, lastFetchedEpoch: 5, sourceEnd: 1_000n })
    const next = await take()
    expect(next.request.topics[0]!.partitions[0]).toMatchObject({ fetchOffset: 4n, lastFetchedEpoch: 5 })
  })

  it('leaves out a batch in front of the asked offset, and a cut one at the end', async () => {
    const partition = Object.assign(one(), { nextFetch: 3n })
    fetcher.add(partition)
    const records = stored([0n, { count: 3 }], [3n], [4n, { valueBytes: 500 }])
    await answer(await take(), { 0: records.subarray(0, records.length - 1) })
    expect(appender.offsets()).toEqual([[3n]])
    expect(partition.nextFetch).toBe(4n)
  })

  it('leaves its memory to what it hands on, and gives it back at once when that is nothing', async () => {
    const partition = one()
    fetcher.add(partition)
    // Too large to share their memory with others.
    const both = (): Buffer => stored([0n, { valueBytes: 10_000 }], [1n])
    await answer(await take(), { 0: both() })
    expect(appender.offsets()).toEqual([[0n, 1n]])
    expect(givenBack).toEqual([])
    const known = both()
    await answer(await take(), { 0: known })
    expect(givenBack).toEqual([known.buffer])
  })

  it('is asked again when there was nothing', async () => {
    fetcher.add(one())
    await answer(await take(), { 0: Buffer.alloc(0) })
    await answer(await take(), {})
    expect((await take()).request.topics[0]!.partitions[0]!.fetchOffset).toBe(0n)
    expect(events).toEqual([])
  })

  it.each([
    [
      'settled',
      (partition: MirrorPartition) => {
        partition.phase = 'settling'
      },
    ],
    [
      'positioned elsewhere',
      (partition: MirrorPartition) => {
        partition.nextFetch = 9n
      },
    ],
    [
      'stopped',
      (partition: MirrorPartition) => {
        partition.phase = 'stopped'
      },
    ],
  ])('is thrown away when its partition was %s meanwhile', async (_, change) => {
    // prettier-ignore
    const partition = one()
    fetcher.add(partition)
    const sent = await take()
    change(partition)
    await answer(sent, { 0: stored([0n]) })
    expect(appender.taken).toEqual([])
  })
})

describe('what cannot be appended', () => {
  it.each([
    ['an unknown codec', [2n, { attributes: 7 }], 'a batch at source offset 2 has an unknown compression'],
    [
      'a compacted batch with a wrong checksum',
      [2n, { lastOffsetDelta: 3 }],
      'a batch at source offset 2 has a wrong checksum',
    ],
  ] as const)('%s fails the mirror after the good batches before it were handed on', async (_, bad, reason) => {
    const partition = one()
    fetcher.add(partition)
    await answer(await take(), { 0: stored([0n], [1n], bad, [20n]) })
    expect(appender.offsets()).toEqual([[0n, 1n]])
    expect(events).toEqual([`failed 0: ${reason}`])
    expect(partition.nextFetch).toBe(2n)
    expect(source.held).toEqual([])
  })

  it('what the source does not show is handed on as hidden', async () => {
    const partition = one()
    fetcher.add(partition)
    await answer(await take(), { 0: { records: stored([0n], [4n, { attributes: 16 }], [5n]), abortedTransactions: [{ producerId: 77n, firstOffset: 4n }] } }) // prettier-ignore
    expect(appender.taken.flatMap(({ pieces }) => pieces)).toMatchObject([{ baseOffset: 0n }, { from: 1n, until: 5n }, { baseOffset: 5n }]) // prettier-ignore
    expect(partition.nextFetch).toBe(6n)
    expect(events).toEqual([])
  })

  it('the message format of old brokers fails the mirror', async () => {
    fetcher.add(one())
    const old = storedBatch(0n)
    old.writeInt8(1, 16)
    await answer(await take(), { 0: old })
    expect(events).toEqual(['failed 0: the source: a record batch has the message format 1'])
  })

  it('bytes that are no batches fail the mirror', async () => {
    fetcher.add(one())
    await answer(await take(), { 0: Buffer.alloc(100, 0xff) })
    expect(events).toEqual(['failed 0: the source: a record batch has the message format -1'])
  })

  it('does not stop other partitions of the same answer', async () => {
    const [a, b] = runningMirror(2).partitions as [MirrorPartition, MirrorPartition]
    fetcher.add(a)
    fetcher.add(b)
    for (const sent of [await take(), ...source.held.splice(0)]) {
      await answer(sent as Sent, { 0: stored([0n, { attributes: 7 }]), 1: stored([0n]) })
    }
    expect(appender.offsets()).toEqual([[0n]])
    expect(events).toEqual(['failed 0: a batch at source offset 0 has an unknown compression'])
  })

  it('a source that was truncated fails the mirror', async () => {
    const partition = Object.assign(one(), { nextFetch: 9n, lastFetchedEpoch: 4 })
    fetcher.add(partition)
    await answer(await take(), { 0: { divergingEpoch: { epoch: 3, endOffset: 6n } } })
    expect(events).toEqual([
      'failed 0: the source log was truncated: its epoch 3 now ends at 6, and the mirror is at 9',
    ])
  })
})

describe('an error of the source', () => {
  it.each([
    [1, 'OFFSET_OUT_OF_RANGE'],
    [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [5, 'LEADER_NOT_AVAILABLE'],
    [6, 'NOT_LEADER_OR_FOLLOWER'],
    [74, 'FENCED_LEADER_EPOCH'],
    [75, 'UNKNOWN_LEADER_EPOCH'],
    [78, 'OFFSET_NOT_AVAILABLE'],
    [100, 'UNKNOWN_TOPIC_ID'],
    [103, 'INCONSISTENT_TOPIC_ID'],
  ])('%i is looked into: %s', async (error, name) => {
    fetcher.add(one())
    await answer(await take(), { 0: { error } })
    expect(events).toEqual([`moved 0: ${name}`])
  })

  it('29 is looked into, naming the right that is lacking', async () => {
    fetcher.add(one())
    await answer(await take(), { 0: { error: 29 } })
    expect(events).toEqual(['denied 0: needs Read on topic "orders" at cluster "fake" for its principal'])
  })

  it('2 fails the mirror', async () => {
    fetcher.add(one())
    await answer(await take(), { 0: { error: 2 } })
    expect(events).toEqual(['failed 0: the source answers CORRUPT_MESSAGE'])
  })

  it('of the whole answer is looked into for each partition', async () => {
    fetcher.add(one())
    await answer(await take(), {}, 75)
    expect(events).toEqual(['moved 0: UNKNOWN_LEADER_EPOCH'])
  })

  it('no answer: told, and asked again a little later', async () => {
    fetcher.add(one())
    ;(await take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await settled()
    expect(events).toEqual(['unreachable'])
    expect(source.held).toEqual([])
    await time.pass(250)
    await answer(await take(), { 0: stored([0n]) })
    expect(events).toEqual(['unreachable', 'reachable'])
    expect(appender.offsets()).toEqual([[0n]])
  })
})

describe('the bound on memory', () => {
  it.each([8, 16, 64])('of %i MB holds for what is being fetched and what is not acknowledged', async (megabytes) => {
    await fetcher.stop()
    fetcher = newFetcher(megabytes * megabyte)
    const partitions = Array.from({ length: 40 }, (_, index) => {
      const topic = runningMirror(1, { sourceTopicId: index.toString(16).padStart(32, '0') })
      return Object.assign(topic.partitions[0]!, { sourceLeader: 1 + (index % 4) })
    })
    for (const partition of partitions) fetcher.add(partition)
    let largest = 0
    for (let round = 0; round < 150; round++) {
      await settled()
      const asked = source.held.reduce((sum, { request }) => sum + (request as Sent['request']).maxBytes, 0)
      largest = Math.max(largest, appender.heldBytes + asked)
      const sent = source.held.shift() as Sent | undefined
      if (sent === undefined) {
        appender.acknowledgeAll()
        fetcher.wake()
        continue
      }
      await answerInFull(sent)
    }
    expect(largest).toBeLessThanOrEqual(megabytes * megabyte)
    expect(largest).toBeGreaterThan((megabytes * megabyte) / 2)
    // None waits for ever behind those that always have more.
    expect(partitions.every(({ nextFetch }) => nextFetch > 0n)).toBe(true)
  })

  /** As much as a broker may send: of each partition some, up to what was asked for. */
  const large = storedBatch(0n, { valueBytes: 900_000 })
  async function answerInFull(sent: Sent): Promise<void> {
    let room = sent.request.maxBytes
    const records: Record<string, Buffer> = {}
    for (const { topicId, partitions } of sent.request.topics) {
      const batch = Buffer.from(large)
      batch.writeBigInt64BE(partitions[0]!.fetchOffset, 0)
      room -= batch.length
      if (room >= 0) records[topicId] = batch
    }
    sent.answer({
      throttleMs: 0,
      error: 0,
      sessionId: 0,
      topics: sent.request.topics
        .filter(({ topicId }) => records[topicId] !== undefined)
        .map(({ topicId }) => ({
          topicId,
          partitions: [
            {
              partition: 0,
              error: 0,
              highWatermark: 1_000n,
              lastStableOffset: 1_000n,
              logStartOffset: 0n,
              abortedTransactions: null,
              preferredReadReplica: -1,
              records: records[topicId]!,
            },
          ],
        })),
    })
    await settled()
  }

  it('lets one fetch through even where it is smaller than that', async () => {
    await fetcher.stop()
    fetcher = newFetcher(1)
    fetcher.add(one())
    await answer(await take(), { 0: stored([0n]) })
    expect(source.held).toEqual([])
    appender.acknowledgeAll()
    fetcher.wake()
    expect((await take()).request.topics[0]!.partitions[0]!.fetchOffset).toBe(1n)
  })

  it('of a partition: what has a fetch of its own waiting is not asked', async () => {
    const partition = one()
    partition.queuedBytes = 8 * 1024 * 1024
    fetcher.add(partition)
    await settled()
    expect(source.held).toEqual([])
    partition.queuedBytes--
    fetcher.wake()
    await settled()
    expect(source.held).toHaveLength(1)
  })
})

describe('under a limit', () => {
  /** A broker that always has more: of one batch that is larger than what is asked for, as brokers send it all the same. */
  async function carriedIn(ms: number): Promise<number> {
    const partition = one()
    fetcher.add(partition)
    const batch = storedBatch(0n, { valueBytes: 40_000 })
    let bytes = 0
    for (let passed = 0; passed < ms; passed += 50) {
      await settled()
      for (const sent of source.held.splice(0) as Sent[]) {
        expect(sent.request.maxBytes).toBeLessThanOrEqual(25_000)
        expect(sent.request.topics[0]!.partitions[0]!.maxBytes).toBeLessThanOrEqual(25_000)
        batch.writeBigInt64BE(partition.nextFetch, 0)
        await answer(sent, { 0: Buffer.from(batch) })
        bytes += batch.length
        appender.acknowledgeAll()
      }
      await time.pass(50)
    }
    return bytes
  }

  it('no more bytes come than that, over time, and not much fewer', async () => {
    throttle.limit(100_000)
    const bytes = await carriedIn(20_000)
    // The last batch, and what a rest is worth, come on top.
    expect(bytes).toBeLessThanOrEqual(20 * 100_000 + 25_000 + 41_000)
    expect(bytes).toBeGreaterThan(20 * 90_000)
  })

  it('a limit that is taken away holds no longer', async () => {
    throttle.limit(1_000)
    const partition = one()
    fetcher.add(partition)
    await answer(await take(), { 0: storedBatch(0n, { valueBytes: 100_000 }) })
    appender.acknowledgeAll()
    await time.pass(1_000)
    expect(source.held).toEqual([])
    throttle.limit(undefined)
    await time.pass(250)
    expect((await take()).request.maxBytes).toBeGreaterThan(1_000_000)
  })
})

it('stops at once, whatever is under way', async () => {
  fetcher.add(one())
  await settled()
  expect(source.held).toHaveLength(1)
  await fetcher.stop()
  expect(appender.taken).toEqual([])
})
