import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { CanaryRead } from '../core/canary-reads.ts'
import { canaryFromBytes } from '../core/canary-record.ts'
import { GeorepError, messageOf } from '../core/errors.ts'
import { type Offset, offset } from '../core/offset.ts'
import { anySignal, isAborted, orAborted, type Time } from '../core/time.ts'
import type { ClusterSettings } from '../kafka/settings.ts'
import { type CanaryClient, openCanaryClient } from './canary-client.ts'

export interface GroupReaderOptions {
  readonly settings: ClusterSettings
  readonly topic: string
  readonly group: string
  readonly clientId: string
  readonly commitEveryMs: number
  readonly joinTimeoutMs: number
  readonly time: Time
  readonly signal: AbortSignal
}

const restartAfterMs = 200

/**
 * Starts an ordinary consumer group member: it reads one topic from the group's committed offsets (else from its start), and commits now and
 * then. Resolves when the member has joined.
 *
 * @throws GeorepError "timedOut" when it has not within `joinTimeoutMs`, with the last failure
 */
export async function openGroupReader(options: GroupReaderOptions): Promise<GroupReader> {
  const reader = new GroupReader(options)
  try {
    await reader.joined()
    return reader
  } catch (error) {
    reader.abandon()
    throw error
  }
}

export class GroupReader {
  readonly #options: GroupReaderOptions
  readonly #client: CanaryClient
  readonly #ended = new AbortController()
  readonly #reads: CanaryRead[] = []
  readonly #next = new Map<number, Offset>()
  readonly #committed = new Map<number, Offset>()
  readonly #running: Promise<void>
  readonly #committing: Promise<void>
  #consumer: Consumer | undefined
  #hasJoined = false
  #failure: string | undefined

  /** For `openGroupReader`. */
  constructor(options: GroupReaderOptions) {
    this.#options = options
    this.#client = openCanaryClient(options.settings, { clientId: options.clientId, retries: 2 })
    this.#running = this.#keepRunning()
    this.#committing = this.#keepCommitting()
  }

  /** Every record handed over so far, in the order of reading; per partition that is the order of the log. */
  reads(): readonly CanaryRead[] {
    return [...this.#reads]
  }

  /** What the broker confirmed as committed by this member, per partition: the offset of the next record to read. */
  committed(): ReadonlyMap<number, Offset> {
    return new Map(this.#committed)
  }

  /** Why the member, or its last commit, failed the last time; `undefined` when all is well. It starts again by itself. */
  failure(): string | undefined {
    return this.#failure
  }

  /** Ends as a killed process does: no last commit, no leaving; the group keeps the member until its session times out. */
  abandon(): void {
    this.#end()
    this.#client.cut()
    void this.#consumer?.disconnect().catch(() => undefined)
  }

  /** Commits a last time and leaves the group; after `timeoutMs` the member is abandoned instead. */
  async stop(options: { readonly timeoutMs: number }): Promise<void> {
    if (isAborted(this.#ended.signal)) return
    this.#end()
    const bound = new AbortController()
    const leaving = this.#leave().catch(() => undefined)
    await Promise.race([leaving, this.#options.time.wait(options.timeoutMs, bound.signal).catch(() => undefined)])
    bound.abort(new Error('left'))
    this.#client.cut()
  }

  async joined(): Promise<void> {
    const { group, settings, joinTimeoutMs, time, signal } = this.#options
    const until = time.monotonic() + joinTimeoutMs
    while (!this.#hasJoined) {
      if (time.monotonic() > until) {
        throw new GeorepError(
          'timedOut',
          'GR-GROUP-JOIN',
          `group "${group}" did not start on cluster "${settings.name}" within ${joinTimeoutMs} ms`, // prettier-ignore
          this.#failure === undefined ? {} : { stateNow: this.#failure },
        )
      }
      await time.wait(20, signal)
    }
  }

  #end(): void {
    if (!isAborted(this.#ended.signal)) this.#ended.abort(new Error('the group reader was ended'))
  }

  async #leave(): Promise<void> {
    await this.#committing
    await this.#commit()
    await this.#consumer?.disconnect()
    await this.#running
  }

  /**
   * One kafkajs consumer after the other. kafkajs gives up on errors that pass, such as a coordinator that is not there yet (the first group of a
   * new cluster), so each crash is answered by a fresh consumer.
   */
  async #keepRunning(): Promise<void> {
    const either = anySignal(this.#options.signal, this.#ended.signal)
    while (!isAborted(either)) {
      try {
        await this.#runOnce(either)
      } catch (error) {
        if (isAborted(either)) return
        this.#failure = messageOf(error)
        await this.#options.time.wait(restartAfterMs, either).catch(() => undefined)
      }
    }
  }

  /** Rejects when the consumer crashed, or with the signal's reason. */
  async #runOnce(signal: AbortSignal): Promise<void> {
    const { group, topic } = this.#options
    const consumer = this.#client.kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      sessionTimeout: 10_000,
      heartbeatInterval: 1_000,
      // The broker answers as soon as there is a record; a stop must not wait long for the answer to an empty fetch.
      maxWaitTimeInMs: 250,
      retry: { retries: 2, initialRetryTime: 100, restartOnFailure: async () => await Promise.resolve(false) },
    })
    this.#consumer = consumer
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        reject(payload.error)
      })
    })
    consumer.on(consumer.events.GROUP_JOIN, () => {
      this.#hasJoined = true
      this.#failure = undefined
    })
    // Only this is an answer: a commit that the broker did not answer resolves as well, when the consumer has been ended meanwhile.
    consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload: { topics } }) => {
      for (const { partitions } of topics) {
        for (const { partition, offset: at } of partitions) this.#committed.set(partition, offset(BigInt(at)))
      }
    })
    const run = async (): Promise<never> => {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          // What comes while it leaves is not committed any more: it is for whoever goes on.
          if (!isAborted(this.#ended.signal)) this.#take(batch)
          await Promise.resolve()
        },
      })
      return await crashed
    }
    crashed.catch(() => undefined)
    try {
      await orAborted(run(), signal)
    } catch (error) {
      if (!isAborted(signal)) await consumer.disconnect().catch(() => undefined)
      throw error
    }
  }

  #take(batch: EachBatchPayload['batch']): void {
    const { partition } = batch
    const readAt = this.#options.time.monotonic()
    for (const message of batch.messages) {
      const canary = canaryFromBytes(message.value)
      this.#reads.push({
        partition,
        offset: offset(BigInt(message.offset)),
        canary: canary === undefined ? undefined : { runId: canary.runId, seq: canary.seq },
        readAt,
      })
    }
    this.#next.set(partition, offset(BigInt(batch.lastOffset()) + 1n))
  }

  async #keepCommitting(): Promise<void> {
    const { commitEveryMs, time, signal } = this.#options
    const either = anySignal(signal, this.#ended.signal)
    while (!isAborted(either)) {
      await time.wait(commitEveryMs, either).catch(() => undefined)
      if (!isAborted(either)) await this.#commit()
    }
  }

  async #commit(): Promise<void> {
    const { topic } = this.#options
    const changed = [...this.#next].filter(([partition, at]) => this.#committed.get(partition) !== at)
    if (changed.length === 0 || this.#consumer === undefined) return
    try {
      await this.#consumer.commitOffsets(
        changed.map(([partition, at]) => ({ topic, partition, offset: at.toString() })),
      )
    } catch (error) {
      this.#failure = messageOf(error)
    }
  }
}
