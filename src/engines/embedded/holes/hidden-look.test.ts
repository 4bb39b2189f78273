import { describe, expect, it } from 'vitest'
import { batchAt, storedBatch } from '../../../../test/support/batches.ts'
import { never } from '../../../../test/support/cluster-at.ts'
import type { Cluster, TopicMetadata } from '../../../kafka/cluster.ts'
import { DeniedError } from '../../../kafka/denied.ts'
import { Code } from '../../../kafka/error-codes.ts'
import type { Message, RequestOf, ResponseOf } from '../../../kafka/wire/message.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { fetch } from '../../../kafka/wire/messages/fetch.ts'
import type { listOffsets } from '../../../kafka/wire/messages/list-offsets.ts'
import { type HiddenLook, lookForHidden } from './hidden-look.ts'

type Fetch = RequestOf<typeof fetch>
type FetchedPartition = ResponseOf<typeof fetch>['topics'][number]['partitions'][number]

/** A stored log: its batches, where it ends, and where it begins. */
interface Log {
  readonly batches: readonly Buffer[]
  readonly end: bigint
  readonly start?: bigint
}

/** A broker that leads all partitions and answers as Kafka does: the first partition of a request with one whole batch, the others with what fits. */
class LogBroker {
  readonly fetches: Fetch[] = []
  /** What becomes of a request in place of its answer: an error of the connection, or codes of the partitions. */
  fault: (fetch: Fetch, count: number) => Error | number | undefined = () => undefined
  /** Each batch is alone in a segment, with which an answer ends. */
  segments = false
  readonly #logs: readonly Log[]

  constructor(...logs: readonly Log[]) {
    this.#logs = logs
  }

  get topic(): TopicMetadata {
    const partitions = this.#logs.map((_, partition) => ({ partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1] })) // prettier-ignore
    return { name: 'orders', topicId: 'ab'.repeat(16), isInternal: false, partitions }
  }

  get asCluster(): Cluster {
    const cluster: Pick<Cluster, 'name' | 'bootstrap' | 'principal' | 'wait' | 'metadata' | 'sendTo'> = {
      name: 'east',
      bootstrap: [],
      principal: undefined,
      wait: () => Promise.resolve(),
      metadata: () => Promise.resolve({ clusterId: 'c', controllerId: 1, brokers: [], topics: new Map([['orders', this.topic]]), denied: new Map() }), // prettier-ignore
      sendTo: async <Request, Response>(_: number, message: Message<Request, Response>, request: Request) => {
        await Promise.resolve()
        return (message.name === 'Fetch' ? this.#fetch(request as Fetch) : this.#offsets(request as RequestOf<typeof listOffsets>)) as Response // prettier-ignore
      },
    }
    return cluster as Cluster
  }

  async look(most: bigint): Promise<HiddenLook> {
    return await lookForHidden(this.asCluster, this.topic, { signal: never, most })
  }

  #offsets({ isolation, topics }: RequestOf<typeof listOffsets>): ResponseOf<typeof listOffsets> {
    const partitions = topics.flatMap((topic) => topic.partitions).map(({ partition, timestamp }) => {
      const { start = 0n, end } = this.#logs[partition]!
      return { partition, error: 0, timestamp: 0n, offset: timestamp === -2n ? start : end + (isolation === 1 ? 0n : 7n), leaderEpoch: 0 }
    }) // prettier-ignore
    return { throttleMs: 0, topics: [{ name: 'orders', partitions }] }
  }

  #fetch(request: Fetch): ResponseOf<typeof fetch> {
    this.fetches.push(request)
    const fault = this.fault(request, this.fetches.length)
    if (fault instanceof Error) throw fault
    let isFirst = true
    const topics = request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition, fetchOffset, maxBytes }): FetchedPartition => {
        const { batches, end } = this.#logs[partition]!
        const parts: Buffer[] = []
        let room = maxBytes
        for (const bytes of batches) {
          if (bytes.readBigInt64BE(0) + BigInt(bytes.readInt32BE(23)) < fetchOffset) continue
          room -= bytes.length
          if (room < 0 && !(isFirst && parts.length === 0)) break
          parts.push(bytes)
          if (this.segments) break
        }
        if (parts.length > 0) isFirst = false
        const none = { abortedTransactions: [], preferredReadReplica: -1, logStartOffset: 0n }
        return { partition, error: fault ?? 0, highWatermark: end, lastStableOffset: end, records: fault === undefined ? Buffer.concat(parts) : null, ...none } // prettier-ignore
      }),
    }))
    return { throttleMs: 0, error: 0, sessionId: 0, topics }
  }
}

/** Batches of a hundred records, of which nothing is missing, from an offset up to another. */
function whole(from: number, until: number, valueBytes = 10): readonly Buffer[] {
  return Array.from({ length: (until - from) / 100 }, (_, index) => storedBatch(BigInt(from + 100 * index), { count: 100, valueBytes })) // prettier-ignore
}

const none = { isWhole: true, unknown: [], holes: [] }
const exactly = (count: bigint): Partial<HiddenLook> => ({ known: { atLeast: count, atMost: count }, estimate: count, bytes: 80n * count }) // prettier-ignore

describe('lookForHidden', () => {
  it('of an empty topic is nothing, and nothing is fetched', async () => {
    const broker = new LogBroker({ batches: [], end: 0n }, { batches: [], start: 5n, end: 5n })
    expect(await broker.look(100n)).toEqual({ mostAtOnce: expect.any(BigInt) as bigint, ...exactly(0n), ...none })
    expect(broker.fetches).toEqual([])
  })

  it('is exact of small partitions, in one request', async () => {
    const holes = [storedBatch(0n, { count: 3, lastOffsetDelta: 9 }), storedBatch(20n, { count: 5 })]
    const marker = storedBatch(25n, { attributes: 16 | 32 })
    const broker = new LogBroker({ batches: [...holes, marker], end: 26n }, { batches: whole(0, 100), end: 100n })
    expect(await broker.look(1_000n)).toEqual({
      mostAtOnce: expect.any(BigInt) as bigint,
      ...exactly(7n + 10n + 1n),
      ...none,
    })
    expect(broker.fetches).toMatchObject([{ isolation: 1, maxWaitMs: 0 }])
  })

  it('finds the hole that is too long and tells its ends, between batches and in one', async () => {
    const between = { batches: [...whole(0, 300), ...whole(5_400, 5_500)], end: 5_500n }
    const inside = { batches: [...whole(0, 1_000), storedBatch(7_000n, { count: 2, lastOffsetDelta: 1_999 })], end: 9_000n } // prettier-ignore
    const short = { batches: [...whole(0, 300), ...whole(5_200, 5_300)], end: 5_300n }
    const { holes, ...seen } = await new LogBroker(between, inside, short).look(5_000n)
    expect(holes).toEqual([
      { partition: 0, from: 300n, until: 5_400n, count: 5_100n },
      { partition: 1, from: 1_000n, until: 9_000n, count: 7_998n },
    ])
    expect(seen).toMatchObject({ isWhole: true, unknown: [] })
  })

  it('finds it in a long log, where places are half of what is hidden at once apart', async () => {
    const batches = Array.from({ length: 9_948 }, (_, index) => storedBatch(BigInt(5_200 + index * 100), { count: 10, lastOffsetDelta: 99 })) // prettier-ignore
    const broker = new LogBroker({ batches: [...whole(0, 100), ...batches], end: 1_000_000n })
    broker.segments = true
    // With what is missing in the batch behind it.
    expect((await broker.look(5_000n)).holes).toEqual([{ partition: 0, from: 100n, until: 5_300n, count: 5_190n }])
    expect((await broker.look(5_200n)).holes).toEqual([])
  })

  it('begins where the log does', async () => {
    const late = { batches: whole(8_000, 8_100), start: 2_000n, end: 8_100n }
    expect(await new LogBroker(late).look(5_000n)).toMatchObject({ holes: [{ partition: 0, from: 2_000n, until: 8_000n, count: 6_000n }] }) // prettier-ignore
  })

  it('asks alone what was too large for its share', async () => {
    const large = (): Log => ({ batches: [storedBatch(0n, { valueBytes: 20_000, lastOffsetDelta: 9 })], end: 10n })
    const broker = new LogBroker(large(), large(), large())
    expect(await broker.look(100n)).toEqual({ mostAtOnce: expect.any(BigInt) as bigint, ...exactly(27n), ...none })
    const sizes = broker.fetches.map(({ topics }) => topics.flatMap(({ partitions }) => partitions).length)
    expect(sizes).toEqual([3, 1, 1])
  })

  it('estimates what it does not see, with few requests', async () => {
    // Each tenth batch is left.
    const batches = Array.from({ length: 5_000 }, (_, index) => whole(index * 1_000, index * 1_000 + 100)).flat()
    const broker = new LogBroker({ batches, end: 4_999_100n })
    const { estimate, known, bytes, ...seen } = await broker.look(10_000_000n)
    expect(Number(estimate) / 4_499_100).toBeCloseTo(1, 1)
    expect(known.atLeast < 4_499_100n && 4_499_100n < known.atMost!).toBe(true)
    expect(bytes).toBe(80n * estimate!)
    expect(seen).toEqual({ mostAtOnce: 10_000_000n, ...none })
    expect(broker.fetches.length).toBeLessThan(210)
  })

  it('says where it would have to look at too many places', async () => {
    const batches = Array.from({ length: 2_000 }, (_, index) => storedBatch(BigInt(index * 5_000), { count: 10, valueBytes: 2_000 })) // prettier-ignore
    const broker = new LogBroker({ batches, end: 10_000_000n })
    expect(await broker.look(15_000n)).toMatchObject({ isWhole: false, holes: [] })
    expect(await broker.look(30_000n)).toMatchObject({ isWhole: true, holes: [] })
  })

  it('has seen all of a log with few batches, however long it is', async () => {
    const broker = new LogBroker({ batches: [batchAt(0n).bytes, batchAt(9_999_999n).bytes], end: 10_000_000n })
    expect(await broker.look(100n)).toMatchObject({ isWhole: true, holes: [{ from: 1n, until: 9_999_999n }] })
  })

  it('is exact of a small log in many segments, with which answers end', async () => {
    const batches = Array.from({ length: 150 }, (_, index) => storedBatch(BigInt(10 * index), { count: 10 }))
    const broker = new LogBroker({ batches, end: 1_500n })
    broker.segments = true
    expect(await broker.look(1_000_000n)).toEqual({ mostAtOnce: 1_000_000n, ...exactly(0n), ...none })
  })

  it('names what was refused, and has no estimate then', async () => {
    const broker = new LogBroker({ batches: whole(0, 10_000, 1_000), end: 10_000n })
    broker.fault = (_, count) => (count === 2 ? Code.offsetOutOfRange : undefined)
    const { unknown, estimate, bytes, known } = await broker.look(1_000_000n)
    expect(unknown).toEqual([{ partition: 0, offset: 100n, why: 'OFFSET_OUT_OF_RANGE' }])
    expect({ estimate, bytes, known }).toEqual({
      estimate: undefined,
      bytes: undefined,
      known: { atLeast: 0n, atMost: 100n },
    })
  })

  it('follows a leader, and a connection that ends', async () => {
    const broker = new LogBroker({ batches: whole(0, 1_000, 1_000), end: 1_000n })
    broker.fault = (_, count) => count === 1 ? Code.notLeaderOrFollower : count === 3 ? new TransportError('it ended', { mayHaveActed: false }) : undefined // prettier-ignore
    expect(await broker.look(10_000n)).toEqual({ mostAtOnce: expect.any(BigInt) as bigint, ...exactly(0n), ...none })
  })

  it('gives up where nothing is answered, and says so', async () => {
    const broker = new LogBroker({ batches: whole(0, 100), end: 1_000n })
    const { unknown, estimate } = await broker.look(10_000n)
    expect(unknown).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ partition: 0, offset: BigInt(100 * n), why: 'nothing is answered from there on' })), // prettier-ignore
    )
    expect(estimate).toBeUndefined()
  })

  it('names the right that is missing', async () => {
    const broker = new LogBroker({ batches: whole(0, 100), end: 100n })
    broker.fault = () => Code.topicAuthorizationFailed
    await expect(broker.look(100n)).rejects.toThrow(DeniedError)
    await expect(broker.look(100n)).rejects.toThrow('needs Read on topic "orders"')
  })
})
