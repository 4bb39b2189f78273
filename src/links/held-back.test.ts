import { describe, expect, it } from 'vitest'
import { never } from '../../test/support/cluster-at.ts'
import { storedBatch } from '../../test/support/batches.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { Code } from '../kafka/error-codes.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import type { Message, RequestOf, ResponseOf } from '../kafka/wire/message.ts'
import type { describeProducers } from '../kafka/wire/messages/describe-producers.ts'
import type { fetch } from '../kafka/wire/messages/fetch.ts'
import type { listOffsets } from '../kafka/wire/messages/list-offsets.ts'
import { heldBackOf } from './held-back.ts'

type Producer = ResponseOf<typeof describeProducers>['topics'][number]['partitions'][number]['producers'][number]

/** A broker that leads partitions of "orders", each of which ends at 10, and names the requests that it gets. */
class Broker {
  readonly asked: string[] = []
  /** Last stable offsets: those of the first question, and after that the last ones. */
  readonly stables: (readonly bigint[])[]
  producers: readonly (readonly Partial<Producer>[])[] = []
  refusal = 0
  silent: string | undefined

  constructor(...stables: (readonly bigint[])[]) {
    this.stables = stables
  }

  get asCluster(): Cluster {
    const partitions = (this.stables[0] ?? []).map((_, partition) => ({ partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1] })) // prettier-ignore
    const topic = { name: 'orders', topicId: 'ab'.repeat(16), isInternal: false, partitions }
    const cluster: Pick<Cluster, 'name' | 'bootstrap' | 'principal' | 'wait' | 'metadata' | 'sendTo'> = {
      name: 'east',
      bootstrap: [],
      principal: undefined,
      wait: () => Promise.resolve(),
      metadata: () => Promise.resolve({ clusterId: 'c', controllerId: 1, brokers: [], topics: new Map([['orders', topic]]), denied: new Map() }), // prettier-ignore
      sendTo: async <Request, Response>(_: number, { name }: Message<Request, Response>, request: Request) => {
        await Promise.resolve()
        this.asked.push(name)
        if (name === this.silent) throw new TransportError('the connection ended', { mayHaveActed: false })
        const answer = name === 'ListOffsets' ? this.#offsets(request as RequestOf<typeof listOffsets>) : name === 'Fetch' ? fetched(request as RequestOf<typeof fetch>) : this.#states(request as RequestOf<typeof describeProducers>) // prettier-ignore
        return answer as Response
      },
    }
    return cluster as Cluster
  }

  async look(): Promise<ReturnType<typeof heldBackOf>> {
    const ends = (this.stables[0] ?? []).map((_, partition) => ({ topic: 'orders', partition, end: 10n }))
    return await heldBackOf(this.asCluster, ends, { signal: never })
  }

  #offsets({ isolation, topics }: RequestOf<typeof listOffsets>): ResponseOf<typeof listOffsets> {
    expect(isolation).toBe(1)
    const now = (this.stables.length > 1 ? this.stables.shift() : this.stables[0]) ?? []
    const partitions = topics.flatMap((one) => one.partitions).map(({ partition }) => ({ partition, error: 0, timestamp: -1n, offset: now[partition]!, leaderEpoch: 0 })) // prettier-ignore
    return { throttleMs: 0, topics: [{ name: 'orders', partitions }] }
  }

  #states({ topics }: RequestOf<typeof describeProducers>): ResponseOf<typeof describeProducers> {
    const partitions = topics.flatMap((one) => one.partitions).map((partition) => ({
      partition,
      error: this.refusal,
      errorMessage: null,
      producers: (this.producers[partition] ?? []).map((one) => ({ producerId: 1n, producerEpoch: 0, lastSequence: 0, lastTimestampMs: 0n, coordinatorEpoch: 0, currentTxnStartOffset: -1n, ...one })),
    })) // prettier-ignore
    return { throttleMs: 0, topics: [{ name: 'orders', partitions }] }
  }
}

function fetched({ topics, isolation }: RequestOf<typeof fetch>): ResponseOf<typeof fetch> {
  const none = { error: 0, highWatermark: 10n, lastStableOffset: 4n, logStartOffset: 0n, abortedTransactions: [], preferredReadReplica: -1 } // prettier-ignore
  const all = topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map(({ partition, fetchOffset }) => ({ partition, ...none, records: isolation === 1 ? null : storedBatch(fetchOffset, { timestampMs: 5_000n, attributes: 16 }) })), // prettier-ignore
  }))
  return { throttleMs: 0, error: 0, sessionId: 0, topics: all }
}

const place = { topic: 'orders', partition: 0 }

describe('heldBackOf', () => {
  it('asks nothing of nobody, and of what nobody holds one question', async () => {
    expect(await new Broker().look()).toEqual([])
    const broker = new Broker([10n, 12n])
    expect(await broker.look()).toEqual([])
    expect(broker.asked).toEqual(['ListOffsets'])
  })

  it('names the oldest of those who have a transaction open, and since when', async () => {
    const broker = new Broker([4n, 10n])
    broker.producers = [
      [
        { producerId: 7n, currentTxnStartOffset: 6n },
        { producerId: 8n, producerEpoch: 3, currentTxnStartOffset: 4n },
        { producerId: 9n },
      ],
    ]
    const since = { timestampMs: 5_000n, method: 'exact', isLogAppendTime: false }
    expect(await broker.look()).toEqual([
      { ...place, stableEnd: 4n, by: { producerId: 8n, producerEpoch: 3, firstOffset: 4n, since } },
    ])
  })

  it('leaves out one that ended meanwhile', async () => {
    const broker = new Broker([4n], [10n])
    expect(await broker.look()).toEqual([])
    expect(broker.asked).toEqual(['ListOffsets', 'DescribeProducers', 'ListOffsets'])
  })

  it('says that nobody is told of', async () => {
    expect(await new Broker([4n]).look()).toEqual([
      { ...place, stableEnd: 4n, by: { why: 'no producer is told of that has a transaction open' } },
    ])
  })

  it.each([
    ['may not read the topic', Code.topicAuthorizationFailed, 'needs Read on topic "orders" at cluster "east" for its principal'],
    ['is refused', 42, 'partition 0 of topic "orders" on cluster "east": INVALID_REQUEST'],
  ])('says why it is not known: it %s', async (_, refusal, why) => {
    const broker = new Broker([4n])
    broker.refusal = refusal
    expect(await broker.look()).toEqual([{ ...place, stableEnd: 4n, by: { why } }])
  }) // prettier-ignore

  it('says why it is not known: the broker is gone', async () => {
    const broker = new Broker([4n])
    broker.silent = 'ListOffsets'
    expect(await broker.look()).toMatchObject([{ ...place, by: { why: expect.stringContaining('LEADER_NOT_AVAILABLE') as string } }]) // prettier-ignore
    broker.silent = 'DescribeProducers'
    expect(await broker.look()).toMatchObject([{ ...place, stableEnd: 4n, by: { why: expect.stringContaining('LEADER_NOT_AVAILABLE') as string } }]) // prettier-ignore
  })
})
