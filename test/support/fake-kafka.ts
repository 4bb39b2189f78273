import { fillerBatch } from '../../src/engines/embedded/carry/filler.ts'
import { batchLayout } from '../../src/kafka/records/batch.ts'
import type { RequestOf, ResponseOf } from '../../src/kafka/wire/message.ts'
import { describeProducers } from '../../src/kafka/wire/messages/describe-producers.ts'
import { fetch } from '../../src/kafka/wire/messages/fetch.ts'
import { listOffsets } from '../../src/kafka/wire/messages/list-offsets.ts'
import { offsetForLeaderEpoch } from '../../src/kafka/wire/messages/offset-for-leader-epoch.ts'
import { storedBatch } from './batches.ts'
import { FakeCluster } from './fake-cluster.ts'
import type { FakeTime } from './fake-time.ts'

/** Of the link, as brokers remember it. */
export const producer = { producerId: 4_000n, producerEpoch: 0 }
export const nowMs = 1_700_000_000_000

export interface Log {
  readonly topicId: string
  end: bigint
  isThere: boolean
  /** Nobody leads it, whoever leads the others. */
  isLeaderless?: boolean
  readonly ageMs: number
  /** Epoch of the link's producer as the broker remembers it; undefined when it does not. */
  producerEpoch: number | undefined
  /** Where it begins, when that is not 0. */
  start?: bigint
  /** What stands in it up to here are fillers. */
  filledTo?: bigint
}

/** A cluster of one broker, which answers at once from logs of one-record batches, but for Produce: that the test answers. */
export class FakeKafka extends FakeCluster {
  readonly logs: Readonly<Record<string, Log>>
  readonly #by: bigint
  looks = 0
  /** Who leads, as the metadata has it. */
  leader = 1
  /** How many records the followers lack. */
  lagging = 0n
  /** Why nobody is let in. */
  refusal: Error | undefined

  constructor(time: FakeTime, logs: Readonly<Record<string, Log>>, by: bigint) {
    super(time.wait)
    this.logs = logs
    this.#by = by
  }

  async metadata(names: readonly string[]): Promise<object> {
    if (this.refusal !== undefined) throw this.refusal
    const found = names.filter((name) => this.logs[name]?.isThere === true)
    const topics = found.map((name) => {
      const { topicId, isLeaderless = false } = this.logs[name]!
      const partition = { partition: 0, leader: isLeaderless ? -1 : this.leader, leaderEpoch: 0, replicas: [1], isr: [1] } // prettier-ignore
      return [name, { name, topicId, isInternal: false, partitions: [partition] }]
    })
    return await Promise.resolve({ topics: new Map(topics as [string, object][]), denied: new Map() })
  }

  /** Answers what was asked, but for Produce. Fetches past the end are left waiting. */
  answer(): boolean {
    const waiting = this.held.splice(0)
    const answered = waiting.filter((one) => {
      const response = this.#response(one.message.name, one.request)
      if (response !== undefined) one.answer(response)
      return response !== undefined
    })
    this.held.push(...waiting.filter((one) => !answered.includes(one)))
    return answered.length > 0
  }

  /** The time for which a fetch is held is over: there is nothing. */
  release(): void {
    const waiting = this.held.splice(0)
    this.held.push(...waiting.filter(({ message }) => message !== fetch))
    for (const { message, answer } of waiting)
      if (message === fetch) answer({ throttleMs: 0, error: 0, sessionId: 0, topics: [] })
  }

  #response(name: string, request: unknown): unknown {
    const each = (of: (log: Log, timestamp: bigint) => object): object => {
      const { topics } = request as { topics: { name: string; partitions: ({ timestamp?: bigint } | number)[] }[] }
      return {
        throttleMs: 0,
        topics: topics.map(({ name: topic, partitions: [asked] }) => ({
          name: topic,
          partitions: [
            {
              partition: 0,
              error: 0,
              ...of(this.logs[topic]!, (typeof asked === 'object' ? asked.timestamp : undefined) ?? 0n),
            },
          ],
        })),
      }
    }
    if (name === listOffsets.name) {
      const bound = (end: bigint): bigint => (end < this.lagging ? 0n : end - this.lagging)
      return each(({ start = 0n, end }, timestamp) => ({
        timestamp: -1n,
        leaderEpoch: 0,
        offset: timestamp === -2n ? start : bound(end),
      }))
    }
    if (name === offsetForLeaderEpoch.name) {
      this.looks++
      return each(({ end }) => ({ leaderEpoch: 0, endOffset: end }))
    }
    if (name === describeProducers.name) {
      const state = (epoch: number, end: bigint): object => ({
        ...{ producerId: producer.producerId, producerEpoch: epoch, lastSequence: Number(end) - 1 },
        ...{ lastTimestampMs: BigInt(nowMs), coordinatorEpoch: -1, currentTxnStartOffset: -1n },
      })
      return each(({ end, producerEpoch }) => ({ errorMessage: null, producers: producerEpoch === undefined ? [] : [state(producerEpoch, end)] })) // prettier-ignore
    }
    if (name === fetch.name) return this.#fetched(request as RequestOf<typeof fetch>)
    return undefined
  }

  #fetched({ topics }: RequestOf<typeof fetch>): ResponseOf<typeof fetch> | undefined {
    const found = topics.flatMap(({ topicId, partitions: [asked] }) => {
      const log = Object.values(this.logs).find((one) => one.topicId === topicId)!
      const isBefore = asked!.fetchOffset < (log.start ?? 0n)
      const error = log.isThere ? (isBefore ? 1 : 0) : 100
      if (error === 0 && asked!.fetchOffset >= log.end) return []
      const { filledTo = 0n } = log
      const isFilled = asked!.fetchOffset < filledTo
      const batch = isFilled ? fillerBatch(0n, filledTo).bytes : storedBatch(asked!.fetchOffset, { timestampMs: BigInt(nowMs - log.ageMs) }) // prettier-ignore
      batch.writeBigInt64BE(this.#by, batchLayout.producerId)
      const answer = { partition: 0, error, highWatermark: log.end, lastStableOffset: log.end, logStartOffset: 0n }
      const records = error === 0 ? batch : null
      return [{ topicId, partitions: [{ ...answer, abortedTransactions: null, preferredReadReplica: -1, records }] }]
    })
    return found.length === 0 ? undefined : { throttleMs: 0, error: 0, sessionId: 0, topics: found }
  }
}
