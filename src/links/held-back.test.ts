import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { never } from '../../test/support/cluster-at.ts'
import { storedBatch } from '../../test/support/batches.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { Code } from '../kafka/error-codes.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import type { Message, RequestOf, ResponseOf } from '../kafka/wire/message.ts'
import type { describeTransactions } from '../kafka/wire/messages/describe-transactions.ts'
import type { listTransactions } from '../kafka/wire/messages/list-transactions.ts'
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
  /** A request that is never answered. */
  hanging: string | undefined
  /** Which of the cluster's brokers coordinates a transactional id, by producer. */
  readonly ids = new Map<bigint, { readonly nodeId: number; readonly transactionalId: string }>()
  brokers: readonly number[] = [1]
  /** What brokers answer that are asked for transactions, in place of that. */
  listError = 0
  describeError = 0

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
      metadata: () => Promise.resolve({ clusterId: 'c', controllerId: 1, brokers: this.brokers.map((nodeId) => ({ nodeId, host: 'h', port: 1, rack: undefined })), topics: new Map([['orders', topic]]), denied: new Map() }), // prettier-ignore
      sendTo: async <Request, Response>(
        nodeId: number,
        { name }: Message<Request, Response>,
        request: Request,
        { signal }: { readonly signal: AbortSignal },
      ) => {
        await Promise.resolve()
        this.asked.push(name)
        if (name === this.silent) throw new TransportError('the connection ended', { mayHaveActed: false })
        if (name === this.hanging) return await new Promise<Response>((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error) }) }) // prettier-ignore
        if (name === 'ListTransactions')
          return this.#list(nodeId, request as RequestOf<typeof listTransactions>) as Response
        if (name === 'DescribeTransactions')
          return this.#describe(request as RequestOf<typeof describeTransactions>) as Response
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

  #list(nodeId: number, { states, producerIds }: RequestOf<typeof listTransactions>): ResponseOf<typeof listTransactions> {
    expect(states).toEqual([])
    const own = [...this.ids].filter(([id, one]) => one.nodeId === nodeId && producerIds.includes(id))
    const transactions = own.map(([producerId, { transactionalId }]) => ({ transactionalId, producerId, state: 'Ongoing' })) // prettier-ignore
    return { throttleMs: 0, error: this.listError, unknownStates: [], transactions: this.listError === 0 ? transactions : [] } // prettier-ignore
  } // prettier-ignore

  #describe({ transactionalIds }: RequestOf<typeof describeTransactions>): ResponseOf<typeof describeTransactions> {
    const idOf = (name: string): bigint => [...this.ids].find(([, { transactionalId }]) => transactionalId === name)![0]
    const transactions = transactionalIds.map((transactionalId) => ({ error: this.describeError, transactionalId, state: 'Ongoing', transactionTimeoutMs: 60_000, startTimeMs: 4_000n, producerId: idOf(transactionalId), producerEpoch: 3, topics: [{ name: 'orders', partitions: [0] }] })) // prettier-ignore
    return { throttleMs: 0, transactions }
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
      {
        ...place,
        stableEnd: 4n,
        by: { producerId: 8n, producerEpoch: 3, firstOffset: 4n, since, coordinators: undefined },
      },
    ])
  })

  describe('and by which transactional id', () => {
    let broker: Broker
    beforeEach(() => {
      broker = new Broker([4n, 3n])
      broker.producers = [[{ producerId: 8n, currentTxnStartOffset: 4n }], [{ producerId: 9n, currentTxnStartOffset: 3n }]] // prettier-ignore
      broker.brokers = [1, 2]
      broker.ids.set(8n, { nodeId: 2, transactionalId: 'billing-3' })
      // Of others nothing is wanted.
      broker.ids.set(7n, { nodeId: 1, transactionalId: 'other' })
    })
    const coordinatorsOf = async (): Promise<readonly unknown[]> => (await broker.look()).map(({ by }) => ('why' in by ? by.why : by.coordinators)) // prettier-ignore

    it('asks all brokers once, and the coordinator for more', async () => {
      const details = { timeoutMs: 60_000, startedMs: 4_000n, producerId: 8n, producerEpoch: 3, partitions: new Set(['orders/0']) } // prettier-ignore
      expect(await coordinatorsOf()).toEqual([{ transactionalId: 'billing-3', state: 'Ongoing', details }, undefined])
      expect(broker.asked.filter((name) => name.endsWith('Transactions'))).toEqual(['ListTransactions', 'ListTransactions', 'DescribeTransactions']) // prettier-ignore
    })

    it('says less where less is told, and fails for none of it', async () => {
      const told = { transactionalId: 'billing-3', state: 'Ongoing', details: undefined }
      broker.describeError = Code.transactionalIdAuthorizationFailed
      expect(await coordinatorsOf()).toEqual([told, undefined])
      broker.silent = 'DescribeTransactions'
      expect(await coordinatorsOf()).toEqual([told, undefined])
      broker.silent = 'ListTransactions'
      expect(await coordinatorsOf()).toEqual([undefined, undefined])
      broker.silent = undefined
      broker.listError = Code.coordinatorLoadInProgress
      expect(await coordinatorsOf()).toEqual([undefined, undefined])
    })

    it('does not wait for long', async () => {
      const within = AbortSignal.timeout.bind(AbortSignal)
      vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => within(ms / 100))
      onTestFinished(() => { vi.restoreAllMocks() }) // prettier-ignore
      broker.hanging = 'ListTransactions'
      expect(await coordinatorsOf()).toEqual([undefined, undefined])
    })
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
