import { topicRight } from '../../../core/acl.ts'
import { type ErrorCode, type ErrorKind, GeorepError } from '../../../core/errors.ts'
import { isAborted, type Time, withDeadline } from '../../../core/time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { BrokerError, Code, codeName, isDenied } from '../../../kafka/error-codes.ts'
import { findLeaders } from '../../../kafka/leaders.ts'
import { logEnds } from '../../../kafka/offsets.ts'
import { readRange } from '../../../kafka/read.ts'
import { type ProducerIdentity, sequenceAfter } from '../../../kafka/records/batch.ts'
import { batchFromStored, bodyOf, type KafkaRecord } from '../../../kafka/records/record.ts'
import { partitionKey, type TopicPartition } from '../../../kafka/topic-partition.ts'
import type { Effect } from '../../../kafka/topics.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { ResponseOf } from '../../../kafka/wire/message.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { lineOf } from '../../salvage.ts'
import { passing } from '../carry/appender.ts'
import { asItWas, savedHeaders } from './saved-record.ts'

const produceTimeoutMs = 10_000
const againMs = 200
/** How long one batch is tried for: a broker that goes away has been replaced by then, as a rule. */
const giveUpMs = 60_000
/** MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE */
const tooLarge: ReadonlySet<number> = new Set([10, 18])

/**
 * Appends records to one partition of a topic in which they are saved, one batch after the other, idempotently. What had no answer, or one that leaves it
 * open, is looked for in the log before it is sent again; sent again it is the same batch under the same sequence, which a leader takes once. KIP-98.
 */
export class SalvageAppender {
  readonly #cluster: Cluster
  readonly #at: TopicPartition
  readonly #producer: ProducerIdentity
  readonly #time: Time
  #next: bigint
  #sequence = 0
  /** It is not known whether what was sent stands. */
  #isOpen = false
  /** Why it was not appended when it was tried last. */
  #why = ''
  /** Since when the present batch is tried. */
  #startedMs: number | undefined

  /** @param next where the log ends */
  constructor(options: {
    readonly cluster: Cluster
    readonly at: TopicPartition
    readonly next: bigint
    readonly producer: ProducerIdentity
    readonly time: Time
  }) {
    this.#cluster = options.cluster
    this.#at = options.at
    this.#next = options.next
    this.#producer = options.producer
    this.#time = options.time
  }

  /**
   * @throws DeniedError; GeorepError "refused" GR-SALVAGE-TOO-LARGE, "failed" GR-BROKER-REFUSED, GR-SALVAGE-DIFFERS when the log has what was not sent,
   *   "timedOut" GR-SALVAGE-NOT-WRITTEN; WriteRefused when it was held back: it is to be called again for the same records
   */
  async append(records: readonly KafkaRecord[], effect: Effect): Promise<void> {
    const stored = records.map((record, index) => ({
      offset: BigInt(index),
      timestampMs: record.timestampMs,
      body: bodyOf({ ...record, headers: savedHeaders(record) }),
    }))
    const batch = batchFromStored(stored, { producer: this.#producer, baseSequence: this.#sequence, compression: 'gzip' }) // prettier-ignore
    this.#startedMs ??= this.#time.monotonic()
    while (!(await (this.#isOpen ? this.#stands(records, effect) : this.#send(batch, effect)))) {
      await this.#wait(effect)
    }
    this.#next += BigInt(records.length)
    this.#sequence = sequenceAfter(this.#sequence, records.length)
    this.#isOpen = false
    this.#startedMs = undefined
  }

  /** False when it was not appended, or that is not known: the log is to be looked at then. */
  async #send(batch: Buffer, effect: Effect): Promise<boolean> {
    const { topic, partition } = this.#at
    const { led, leaderless } = await findLeaders(this.#cluster, [this.#at], { signal: effect.signal, needs: 'Write' })
    const [leader, none] = [led[0]?.leader, leaderless[0]]
    if (none?.denied !== undefined) throw none.denied
    if (leader === undefined) return this.#isLeftOpen(codeName(none?.error ?? -1))
    const topics = [{ name: topic, partitions: [{ partition, records: batch }] }]
    const request = { transactionalId: null, acks: -1, timeoutMs: produceTimeoutMs, topics }
    let answer: ResponseOf<typeof produce>
    try {
      answer = await this.#cluster.sendTo(leader, produce, request, { ...effect, timeoutMs: produceTimeoutMs + 2_000 })
    } catch (error) {
      effect.signal.throwIfAborted()
      if (!(error instanceof TransportError)) throw error
      return this.#isLeftOpen(error.message)
    }
    const result = answer.topics[0]?.partitions[0]
    const code = result?.error ?? -1
    if (code === 0 && result?.baseOffset === this.#next) return true
    if (code === 0) throw this.#foreign()
    if (isDenied(code)) throw deniedError(this.#cluster, code, topicRight('Write', topic))
    if (tooLarge.has(code)) throw this.#error('refused', 'GR-SALVAGE-TOO-LARGE', `does not take a record as large as one that is to be saved: ${codeName(code)}`) // prettier-ignore
    if (passing.has(code) || code === Code.unknownTopicOrPartition) return this.#isLeftOpen(codeName(code))
    throw this.#error('failed', 'GR-BROKER-REFUSED', `does not take what is to be saved: ${codeName(code)}`)
  }

  #isLeftOpen(why: string): false {
    this.#isOpen = true
    this.#why = why
    return false
  }

  /** Whether what was sent stands in the log: when it does not, it may be sent again. False as well while that is not known. */
  async #stands(records: readonly KafkaRecord[], { signal }: Effect): Promise<boolean> {
    const end = (await logEnds(this.#cluster, [this.#at], { signal, needs: 'Read' })).get(partitionKey(this.#at))
    if (end === undefined || end instanceof BrokerError) return false
    if (end.offset === this.#next) {
      this.#isOpen = false
      return false
    }
    const to = this.#next + BigInt(records.length)
    if (end.offset !== to) throw this.#foreign()
    const deadline = withDeadline(signal, giveUpMs)
    let index = 0
    try {
      for await (const saved of readRange(this.#cluster, this.#at, { from: this.#next, to }, { signal: deadline })) {
        const [there, sent] = [asItWas(saved), records[index++]]
        if (there === undefined || sent === undefined || lineOf(there) !== lineOf(sent)) throw this.#foreign()
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isAborted(deadline)) throw error
      throw this.#notWritten()
    }
    if (index !== records.length) throw this.#foreign()
    return true
  }

  async #wait({ signal }: Effect): Promise<void> {
    const { monotonic, wait } = this.#time
    if (monotonic() - (this.#startedMs ?? 0) > giveUpMs) throw this.#notWritten()
    await wait(againMs, signal)
  }

  #notWritten(): GeorepError {
    return this.#error('timedOut', 'GR-SALVAGE-NOT-WRITTEN', `could not be written for a minute: ${this.#why}`) // prettier-ignore
  }

  #foreign(): GeorepError {
    return this.#error('failed', 'GR-SALVAGE-DIFFERS', `has records behind ${this.#next.toString()} that are not those that were sent: something else writes to it`) // prettier-ignore
  }

  #error(kind: ErrorKind, code: ErrorCode, why: string): GeorepError {
    const { topic, partition } = this.#at
    return new GeorepError(
      kind,
      code,
      `partition ${partition} of "${topic}" on cluster "${this.#cluster.name}" ${why}`,
      {
        stateNow: 'nothing was deleted',
        next: kind === 'timedOut' ? 'the same command goes on' : 'name another topic, or a folder, with --salvage',
      },
    )
  }
}
