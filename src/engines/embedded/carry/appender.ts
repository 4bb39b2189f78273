import { topicRight } from '../../../core/acl.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Time } from '../../../core/time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { Code, codeName, isDenied, isFenced } from '../../../kafka/error-codes.ts'
import { type Batch, type ProducerIdentity, rewriteForAppend, sequenceAfter } from '../../../kafka/records/batch.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { AppendLanes } from './append-lanes.ts'
import type { FetchedMemory } from './fetched-memory.ts'
import type { Lease } from './lease.ts'
import { fillerBatch } from './filler.ts'
import { mirrorProducer } from './link-producer.ts'
import { Hider } from './hider.ts'
import type { DoneAlone } from './marker-writer.ts'
import type { Hiding } from '../holes/hiding.ts'
import { mayHaveLeft } from './may-have-left.ts'
import { isHeld, type MirrorPartition, noteCarried } from './mirror-partition.ts'
import { bytesOf, type Filler, isBatch, isFiller, isHidden, type Piece } from './pieces.ts'
import { Trimmer } from './trimmer.ts'

/** What a broker takes for one partition from one idempotent producer before it has answered, KIP-98. */
const maxInFlight = 5
const maxRequestBytes = 8 * 1024 * 1024
const produceTimeoutMs = 10_000

/** Answers that are settled by reading the log end again: the append did not happen, or it is not known whether it did. */
export const passing: ReadonlySet<number> = new Set([
  5, // LEADER_NOT_AVAILABLE
  Code.notLeaderOrFollower,
  Code.requestTimedOut,
  13, // NETWORK_EXCEPTION
  Code.notEnoughReplicas,
  Code.notEnoughReplicasAfterAppend,
  Code.outOfOrderSequenceNumber,
  Code.duplicateSequenceNumber,
  56, // KAFKA_STORAGE_ERROR
  89, // THROTTLING_QUOTA_EXCEEDED
])

export interface AppenderEvents {
  /** Something is to be settled, and why: the runner's loop has work. */
  readonly onSettle: (partition: MirrorPartition, why: string) => void
  /** Queue space was freed: fetching may go on. */
  readonly onRoom: () => void
  /** The brokers refuse this producer: the link's state must be read again. */
  readonly onFenced: () => void
  readonly onFailure: (partition: MirrorPartition, reason: string) => void
}

interface Sent {
  readonly partition: MirrorPartition
  readonly batch: Batch
  /** To be called when it is under way no more. */
  readonly release: () => void
}

/** What leaves in one request. */
interface Request {
  readonly leader: number
  readonly lane: number
  readonly sent: Sent[]
  bytes: number
}

/**
 * Appends queued batches to the destination: one batch a partition in a request, requests pipelined, idempotent under the link's producer.
 *
 * It never sends a batch twice. When an answer is lost or is an error, the partition stops and is settled: what is in flight is waited for, the log
 * end is read, and fetching starts from there.
 */
export class Appender {
  readonly #destination: Cluster
  readonly #producer: ProducerIdentity
  readonly #lease: Lease
  readonly #memory: FetchedMemory
  readonly #time: Time
  readonly #expiryMs: number
  readonly #events: AppenderEvents
  readonly #signal: AbortSignal
  readonly #hider: Hider
  readonly #trimmer: Trimmer
  readonly #lanes = new AppendLanes()
  readonly #sendable = new Set<MirrorPartition>()
  #isPumping = false
  /** Until the filler that was asked for last may be made. */
  #filling = Promise.resolve()
  /** Bytes that were fetched and are not acknowledged. */
  heldBytes = 0

  constructor(options: {
    readonly destination: Cluster
    readonly producer: ProducerIdentity
    readonly hiding: Hiding
    readonly lease: Lease
    readonly memory: FetchedMemory
    readonly time: Time
    /** How long the destination's brokers remember a producer after the time of its last record; 0 when that is not known. */
    readonly expiryMs: number
    readonly events: AppenderEvents
    /** Something holds hidden offsets up, and is tried again. */
    readonly onTrouble: (why: string) => void
    readonly signal: AbortSignal
  }) {
    this.#destination = options.destination
    this.#producer = options.producer
    this.#lease = options.lease
    this.#memory = options.memory
    this.#time = options.time
    this.#expiryMs = options.expiryMs
    this.#events = options.events
    this.#signal = options.signal
    this.#hider = new Hider(options)
    this.#trimmer = new Trimmer(options)
  }

  enqueue(partition: MirrorPartition, pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      partition.queue.push(piece)
      partition.queuedBytes += bytesOf(piece)
      this.heldBytes += bytesOf(piece)
    }
    this.#sendable.add(partition)
    this.pump()
  }

  /** Forgets what is queued; what is in flight stays. */
  drop(partition: MirrorPartition): void {
    this.heldBytes -= partition.queuedBytes
    partition.queue.length = 0
    partition.queuedBytes = 0
    this.#sendable.delete(partition)
  }

  /** Sends whatever may be sent, in the same turn once the work of this turn is done, so that requests carry many partitions. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    queueMicrotask(() => {
      this.#isPumping = false
      while (this.#sendRound()) continue
    })
  }

  #sendRound(): boolean {
    const requests = new Map<string, Request>()
    for (const partition of this.#sendable) {
      const piece = partition.queue[0]
      if (piece === undefined || partition.phase !== 'running') {
        this.#sendable.delete(partition)
        continue
      }
      // It stays sendable: whoever pumps next looks again.
      if (isHeld(partition)) continue
      if (partition.isBusyAlone || !isBatch(piece)) {
        // What was sent before is waited for, and what comes behind waits for it.
        this.#sendable.delete(partition)
        if (!isBatch(piece) && !partition.isBusyAlone && partition.inFlight === 0) void this.#alone(partition, piece)
        continue
      }
      if (partition.inFlight >= (partition.isRemembered ? maxInFlight : 1)) {
        this.#sendable.delete(partition)
        continue
      }
      const lane = this.#lanes.laneFor(partition)
      if (lane === undefined) {
        this.#sendable.delete(partition)
        continue
      }
      const leader = partition.destinationLeader
      const request = requests.get(`${leader}/${lane}`) ?? { leader, lane, sent: [], bytes: 0 }
      const size = piece.bytes.length
      if (request.bytes > 0 && request.bytes + size > maxRequestBytes) continue
      requests.set(`${leader}/${lane}`, request)
      request.bytes += size
      request.sent.push({ partition, batch: piece, release: this.#lanes.hold(partition, lane, size) })
    }
    for (const request of requests.values()) void this.#send(request)
    return requests.size > 0
  }

  async #send({ leader, lane, sent }: Request): Promise<void> {
    const topics = new Map<string, { partition: number; records: Buffer }[]>()
    for (const { partition, batch } of sent) {
      partition.queue.shift()
      partition.queuedBytes -= batch.bytes.length
      partition.inFlight++
      rewriteForAppend(batch, mirrorProducer(this.#producer, partition.topic.record), partition.nextSequence)
      partition.nextSequence = sequenceAfter(partition.nextSequence, batch.recordCount)
      partition.nextAppend = batch.lastOffset + 1n
      const name = partition.topic.record.mirrorTopic
      const some = topics.get(name) ?? []
      some.push({ partition: partition.partition, records: batch.bytes })
      topics.set(name, some)
    }
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: produceTimeoutMs,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    }
    try {
      const answer = await this.#destination.sendTo(leader, produce, request, {
        signal: this.#signal,
        timeoutMs: produceTimeoutMs + 2_000,
        lane: `append-${lane}`,
        beforeWrite: () => {
          this.#lease.assertFresh()
        },
      })
      const results = new Map(
        answer.topics.flatMap(({ name, partitions }) =>
          partitions.map((result) => [`${name}/${result.partition}`, result] as const),
        ),
      )
      for (const one of sent) {
        this.#done(one)
        const result = results.get(`${one.partition.topic.record.mirrorTopic}/${one.partition.partition}`)
        if (result === undefined) this.#settle(one, 'the destination left it out of its answer', true)
        else this.#handle(one, result)
      }
    } catch (error) {
      for (const one of sent) {
        this.#done(one)
        this.#settle(one, messageOf(error), mayHaveLeft(error))
      }
    }
    this.#events.onRoom()
    this.pump()
  }

  async #alone(partition: MirrorPartition, piece: Exclude<Piece, Batch>): Promise<void> {
    partition.queue.shift()
    partition.isBusyAlone = true
    partition.inFlight++
    if (isHidden(piece)) partition.nextAppend = piece.until
    const result = await this.#doAlone(partition, piece)
    partition.isBusyAlone = false
    partition.inFlight--
    this.#sendable.add(partition)
    if (result.kind === 'failed') this.#events.onFailure(partition, result.why)
    else if (result.kind === 'fenced') {
      partition.phase = 'settling'
      this.#events.onFenced()
    } else if (result.kind === 'unsettled') {
      if (partition.phase === 'running') partition.phase = 'settling'
      if (result.mayStillLand) partition.mustSettleLong = true
      this.#events.onSettle(partition, result.why)
    } else if (isHidden(piece)) partition.appended = piece.until
    this.#events.onRoom()
    this.pump()
  }

  async #doAlone(partition: MirrorPartition, piece: Exclude<Piece, Batch>): Promise<DoneAlone> {
    if (isHidden(piece)) return await this.#hider.hide(partition, piece)
    if (isFiller(piece)) return await this.#fill(partition, piece)
    return await this.#trimmer.trim(partition, piece)
  }

  /**
   * The next batch of a filler stands first in the queue then. Of all partitions one is made after the other, with a pause before each: it takes some hundredths
   * of a second, in which nothing else is done.
   */
  async #fill(partition: MirrorPartition, { fillFrom, fillUntil }: Filler): Promise<DoneAlone> {
    const pause = this.#filling.then(async () => { await this.#time.wait(0, this.#signal).catch(() => undefined) }) // prettier-ignore
    this.#filling = pause
    await pause
    // Meanwhile it may have been dropped, with what stands behind it.
    if (partition.phase !== 'running') return { kind: 'done' }
    const batch = fillerBatch(fillFrom, fillUntil)
    const next = batch.lastOffset + 1n
    partition.queue.unshift(batch, ...(next < fillUntil ? [{ fillFrom: next, fillUntil }] : []))
    partition.queuedBytes += batch.bytes.length
    this.heldBytes += batch.bytes.length
    return { kind: 'done' }
  }

  #done({ partition, batch, release }: Sent): void {
    release()
    partition.inFlight--
    this.heldBytes -= batch.bytes.length
    this.#sendable.add(partition)
  }

  #handle(
    sent: Sent,
    result: { readonly error: number; readonly baseOffset: bigint; readonly errorMessage: string | null },
  ): void {
    const { partition, batch } = sent
    if (result.error === 0) {
      if (result.baseOffset !== batch.baseOffset) {
        this.#events.onFailure(
          partition,
          `source offset ${batch.baseOffset.toString()} came to stand at ${result.baseOffset.toString()}: something else wrote to the mirror topic`,
        )
        return
      }
      partition.appended = batch.lastOffset + 1n
      noteCarried(partition.carried, batch)
      this.#memory.acknowledged(batch.bytes)
      partition.isRemembered = this.#isRememberedFor(batch)
      return
    }
    if (isFenced(result.error)) {
      partition.phase = 'settling'
      this.#events.onFenced()
      return
    }
    if (passing.has(result.error)) {
      this.#settle(sent, codeName(result.error), result.error === Code.requestTimedOut)
      return
    }
    if (result.error === Code.unknownTopicOrPartition || isDenied(result.error)) {
      // Metadata in motion, or rights that may come back: settling looks, and goes on or fails with a reason.
      const right = topicRight('Write', partition.topic.record.mirrorTopic)
      const isRefused = isDenied(result.error)
      this.#settle(sent, isRefused ? deniedError(this.#destination, result.error, right).message : codeName(result.error), false) // prettier-ignore
      return
    }
    const detail = result.errorMessage === null ? '' : ` (${result.errorMessage})`
    this.#events.onFailure(
      partition,
      `the destination refuses the batch at source offset ${batch.baseOffset.toString()}: ${codeName(result.error)}${detail}`,
    )
  }

  #settle({ partition, batch }: Sent, why: string, mayStillLand: boolean): void {
    if (partition.phase === 'running') partition.phase = 'settling'
    if (mayStillLand && !(partition.isRemembered && this.#isRememberedFor(batch))) partition.mustSettleLong = true
    this.#events.onSettle(partition, why)
  }

  /** Records older than half the expiry may make the broker forget the producer as soon as it has appended them. */
  #isRememberedFor(batch: Batch): boolean {
    return this.#time.now().getTime() - Number(batch.maxTimestampMs) < this.#expiryMs / 2
  }
}
