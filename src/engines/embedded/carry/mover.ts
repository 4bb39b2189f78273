import { isAborted, type Time, withDeadline } from '../../../core/time.ts'
import { GeorepError, messageOf } from '../../../core/errors.ts'
import { TokenBucket } from '../../../core/token-bucket.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import type { ProducerIdentity } from '../../../kafka/records/batch.ts'
import type { MirrorRecord, PositionRecord } from '../../../links/records.ts'
import { Appender } from './appender.ts'
import { FetchedMemory } from './fetched-memory.ts'
import { Fetcher } from './fetcher.ts'
import type { Hiding } from '../holes/hiding.ts'
import type { Lease } from './lease.ts'
import { growTopic, isBusy, type MirrorPartition, type MirrorTopic, newMirrorTopic } from './mirror-partition.ts'
import { Notice } from './notice.ts'
import { changedTopic, positionPartitions, SourceUnavailableError } from './positioning.ts'

const lookAgainMs = 250
const leadersTimeoutMs = 3_000
/** How long a topic must not be found before it is taken to be gone. */
const goneMs = 3_000
/** Longer than a broker may hold a produce request: what was sent has landed by then, or never will. */
const longSettleMs = 12_000

export interface MoverOptions {
  readonly source: Cluster
  readonly destination: Cluster
  readonly producer: ProducerIdentity
  readonly hiding: Hiding
  readonly lease: Lease
  readonly time: Time
  readonly expiryMs: number
  readonly memoryBytes: number
  /** The brokers refused an append, or the lease ran out: the link's state is to be read before anything is appended again. */
  readonly onFenced: () => void
  readonly onFailure: (topic: MirrorTopic) => void
  readonly onTrouble: (what: string) => void
}

/** Moves the records of a set of mirrors: fetcher and appender, and the settling between them. */
export class Mover {
  readonly #options: MoverOptions
  readonly #topics = new Map<string, MirrorTopic>()
  readonly #work = new Notice()
  readonly #stop = new AbortController()
  readonly #appender: Appender
  readonly #fetcher: Fetcher
  readonly #loop: Promise<void>
  /** How often the link's state was read, and at which reading each partition was first found fenced. */
  #readings = 0
  readonly #fencedAt = new Map<MirrorPartition, number>()
  readonly #goneSinceMs = new Map<MirrorTopic, number>()
  /** Taken off the mover, with answers to come. */
  readonly #leaving = new Set<MirrorTopic>()
  readonly #throttle: TokenBucket
  /** When the source was last found not to answer, since when; undefined while it answers. */
  sourceLostAt: Date | undefined

  constructor(options: MoverOptions) {
    this.#options = options
    this.#throttle = new TokenBucket(options.time.monotonic)
    const memory = new FetchedMemory(options.source)
    this.#appender = new Appender({
      ...options,
      memory,
      signal: this.#stop.signal,
      events: {
        onSettle: ({ topic, partition }, why) => {
          this.#work.give()
          options.onTrouble(`appending to partition ${partition} of "${topic.record.mirrorTopic}": ${why}`)
        },
        onRoom: () => { this.#fetcher.wake() }, // prettier-ignore
        onFenced: options.onFenced,
        onFailure: ({ topic }, reason) => {
          this.#fail(topic, reason)
          this.#halt(topic)
        },
      },
    })
    this.#fetcher = new Fetcher({
      source: options.source,
      appender: this.#appender,
      memory,
      memoryBytes: options.memoryBytes,
      throttle: this.#throttle,
      mostHidden: options.hiding.most,
      now: options.time.now,
      events: {
        onMoved: (partition) => {
          this.#lookAt(partition)
        },
        onDenied: (partition, why) => {
          this.#lookAt(partition)
          options.onTrouble(
            `reading partition ${partition.partition} of "${partition.topic.record.sourceTopic}": ${why}`,
          )
        },
        onFailure: ({ topic }, reason) => {
          this.#fail(topic, reason)
        },
        onUnreachable: (partitions) => {
          void this.#followLeaders(partitions)
        },
        onReachable: () => {
          this.sourceLostAt = undefined
        },
      },
    })
    this.#loop = this.#settleLoop()
  }

  get topics(): readonly MirrorTopic[] {
    return [...this.#topics.values()]
  }

  carried(mirrorTopic: string): MirrorTopic | undefined { return this.#topics.get(mirrorTopic) } // prettier-ignore

  /** Mirrors that were taken off the mover, and of which something may still land. */
  get leaving(): ReadonlySet<string> {
    for (const topic of this.#leaving) {
      if (topic.partitions.every((partition) => this.#isSettled(partition))) this.#leaving.delete(topic)
    }
    return new Set([...this.#leaving].map(({ record }) => record.mirrorTopic))
  }

  /** Bytes a second that come from the source, all mirrors together; null for no limit. */
  limit(bytesPerSecond: number | null): void {
    this.#throttle.limit(bytesPerSecond ?? undefined)
  }

  /** Bytes of records that were fetched and are not acknowledged. */
  get heldBytes(): number {
    return this.#appender.heldBytes
  }

  /** Starts to carry a mirror; it is positioned first. */
  add(record: MirrorRecord, known?: PositionRecord): void {
    this.#topics.set(record.mirrorTopic, newMirrorTopic(record, known, this.#options.time.now().getTime()))
    this.#work.give()
  }

  /** Carries the partitions that a mirror has more than before; the others go on. */
  extend(record: MirrorRecord): void {
    const topic = this.#topics.get(record.mirrorTopic)
    if (topic === undefined || topic.failure !== undefined) return
    topic.record = record
    growTopic(topic, record.partitions, this.#options.time.now().getTime())
    this.#work.give()
  }

  /** Appends nothing more to this mirror; what is in flight is left to its answer. */
  remove(mirrorTopic: string): void {
    const topic = this.#topics.get(mirrorTopic)
    if (topic === undefined) return
    this.#halt(topic)
    this.#topics.delete(mirrorTopic)
    this.#leaving.add(topic)
  }

  /** Partitions that a fence or an old lease stopped are positioned anew: to be called when the link's state was read. */
  resume(): void {
    this.#readings++
    this.#work.give()
    // What was waiting to be written down is.
    this.#appender.pump()
  }

  /** Fails the mirrors whose topics are no longer the ones that they were made for, and has looked at again what another broker leads. */
  async lookAtTopics(signal: AbortSignal): Promise<void> {
    const { source, destination } = this.#options
    const open = this.topics.filter(({ failure }) => failure === undefined)
    if (open.length === 0) return
    const names = (of: 'sourceTopic' | 'mirrorTopic'): readonly string[] => open.map(({ record }) => record[of])
    const [here, there] = await Promise.all([
      destination.metadata(names('mirrorTopic'), { signal, keepDenied: true }),
      source.metadata(names('sourceTopic'), { signal, keepDenied: true }),
    ])
    for (const topic of open) {
      const change = changedTopic(topic, here, there)
      // One that is gone is noticed by those who fetch and append.
      if (change?.kind === 'failed') {
        this.#fail(topic, change.why)
        this.#halt(topic)
      }
      // Another leader may have lost where the log begins, and nobody appends to a mirror whose source is idle.
      const now = here.topics.get(topic.record.mirrorTopic)?.partitions
      for (const one of topic.partitions) if ((now?.[one.partition]?.leaderEpoch ?? -1) > one.destinationLeaderEpoch) this.#lookAt(one) // prettier-ignore
    }
  }

  /** Appends nothing more at all. */
  halt(): void {
    for (const topic of this.topics) this.#halt(topic)
  }

  /** Stops fetching, and waits until what was fetched is appended or given up. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#fetcher.stop()
    while (this.topics.some(({ partitions }) => partitions.some(isBusy)) && !signal.aborted) {
      await this.#options.time.wait(20, signal).catch(() => undefined)
    }
    for (const topic of this.topics) this.#halt(topic)
    this.#stop.abort(new Error('the mover stops'))
    await this.#loop
  }

  async #settleLoop(): Promise<void> {
    const { time } = this.#options
    const { signal } = this.#stop
    while (!isAborted(signal)) {
      await this.#work.taken(signal)
      while (this.#unsettled().length > 0) {
        if (isAborted(signal)) return
        await this.#settle().catch((error: unknown) => {
          // That the source does not answer is a state, and is told as such.
          if (!signal.aborted && !(error instanceof SourceUnavailableError)) this.#options.onTrouble(messageOf(error))
        })
        // Also when all is settled: what is refused again at once must not be tried at the speed of the network.
        await time.wait(lookAgainMs, signal).catch(() => undefined)
      }
    }
  }

  #unsettled(): readonly MirrorPartition[] {
    return this.topics.flatMap(({ partitions }) =>
      partitions.filter(({ phase }) => phase === 'settling' || phase === 'positioning'),
    )
  }

  async #settle(): Promise<void> {
    const { time, lease, hiding, source, destination, producer, expiryMs } = this.#options
    const { signal } = this.#stop
    for (const partition of this.#unsettled()) {
      if (partition.phase !== 'settling') continue
      this.#fetcher.remove(partition)
      this.#appender.drop(partition)
      if (!this.#isSettled(partition)) continue
      partition.phase = partition.topic.failure === undefined ? 'positioning' : 'stopped'
    }
    if (!lease.isFresh || !hiding.isReady) {
      this.#options.onFenced()
      return
    }
    const ready = this.#unsettled().filter(({ phase }) => phase === 'positioning')
    if (ready.length === 0) return
    const results = await positionPartitions(ready, {
      source,
      destination,
      producer,
      expiryMs,
      nowMs: time.now().getTime(),
      signal,
    }).catch((error: unknown) => {
      if (error instanceof SourceUnavailableError) this.#sourceFailed(error.cause)
      throw error
    })
    this.sourceLostAt = undefined
    for (const [partition, result] of results) {
      if (partition.phase !== 'positioning') continue
      if (result === 'fenced') this.#refused(partition)
      else if (result.kind === 'positioned') {
        partition.phase = 'running'
        this.#goneSinceMs.delete(partition.topic)
        this.#appender.enqueue(partition, result.first)
        this.#fetcher.add(partition)
      } else if (result.kind === 'failed' || (result.kind === 'gone' && this.#isGone(partition.topic))) {
        this.#fail(partition.topic, result.why)
        this.#halt(partition.topic)
      } else this.#options.onTrouble(result.why)
    }
  }

  #lookAt(partition: MirrorPartition): void {
    if (partition.phase === 'running') partition.phase = 'settling'
    this.#work.give()
  }

  #isGone(topic: MirrorTopic): boolean {
    const now = this.#options.time.monotonic()
    const since = this.#goneSinceMs.get(topic) ?? now
    this.#goneSinceMs.set(topic, since)
    return now - since >= goneMs
  }

  /** What was sent has landed by now, or never will. */
  #isSettled(partition: MirrorPartition): boolean {
    if (partition.inFlight > 0) return false
    const now = this.#options.time.monotonic()
    if (partition.mustSettleLong) {
      partition.mustSettleLong = false
      partition.settledAtMs = now + longSettleMs
    }
    if (partition.settledAtMs !== undefined && now < partition.settledAtMs) return false
    partition.settledAtMs = undefined
    return true
  }

  /** A failover says so in the link's state before it fences. Fenced, and after reading the state still active: someone else did it. */
  #refused(partition: MirrorPartition): void {
    const since = this.#fencedAt.get(partition)
    if (since === undefined) this.#fencedAt.set(partition, this.#readings)
    else if (this.#readings > since + 1) {
      this.#fail(partition.topic, 'the destination refuses the producer of this link, though nobody stopped the mirror')
      this.#halt(partition.topic)
    }
    this.#options.onFenced()
  }

  /** A broker that is gone tells nobody who leads in its place; the others do. */
  async #followLeaders(partitions: readonly MirrorPartition[]): Promise<void> {
    const names = [...new Set(partitions.map(({ topic }) => topic.record.sourceTopic))]
    const { signal } = this.#stop
    try {
      const { topics } = await this.#options.source.metadata(names, {
        signal: withDeadline(signal, leadersTimeoutMs),
        keepDenied: true,
      })
      for (const one of partitions) {
        const leader = topics.get(one.topic.record.sourceTopic)?.partitions[one.partition]?.leader
        if (one.phase === 'running' && leader !== one.sourceLeader) one.phase = 'settling'
      }
      this.#work.give()
    } catch (error) {
      if (!signal.aborted) this.#sourceFailed(error)
    }
  }

  #sourceFailed(error: unknown): void {
    this.sourceLostAt ??= this.#options.time.now()
    // That it does not answer is a state, and is told as such. That it does not let us in, or that there is no token to show, is more than that.
    if (error instanceof GeorepError && error.code !== 'GR-CLUSTER-UNREACHABLE') this.#options.onTrouble(error.message)
  }

  #fail(topic: MirrorTopic, reason: string): void {
    if (topic.failure !== undefined) return
    topic.failure = reason
    // Good batches before the bad one are in flight or queued; they may go.
    for (const partition of topic.partitions) this.#fetcher.remove(partition)
    this.#options.onFailure(topic)
  }

  #halt(topic: MirrorTopic): void {
    for (const partition of topic.partitions) {
      partition.phase = 'stopped'
      this.#fencedAt.delete(partition)
      this.#goneSinceMs.delete(topic)
      this.#fetcher.remove(partition)
      this.#appender.drop(partition)
    }
  }
}
