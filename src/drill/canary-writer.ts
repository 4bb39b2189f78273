import { bytesFromCanary } from '../core/canary-record.ts'
import { GeorepError } from '../core/errors.ts'
import type { LedgerEntry, SendOutcome } from '../core/ledger.ts'
import type { Time } from '../core/time.ts'
import type { CanarySender, SendAnswer, Sending } from './canary-sender.ts'

export interface CanaryWriterOptions {
  readonly sender: CanarySender
  /** Lower case letters, digits and hyphens; up to 64. A run id for each writer, since each counts from 0. */
  readonly runId: string
  readonly partitions: readonly number[]
  /** One record for each partition every so many milliseconds. */
  readonly everyMs: number
  /** After this a send counts as unknown. An acknowledgement that comes later still counts. Default 2 s. */
  readonly sendTimeoutMs?: number
  /** Sends that the client may hold at a time; a slot beyond it fails as not sent. Default 1,000. */
  readonly maxOutstanding?: number
  readonly time: Time
}

type Mode = { readonly kind: 'paused' | 'running' } | { readonly kind: 'exactly'; readonly tally: Tally }

/** Of the sends of one `writeExactly`. */
interface Tally {
  readonly records: number
  acknowledged: number
  pending: number
  unknown: number
}

interface Outstanding {
  readonly sentAt: number
  readonly sending: Sending
  readonly tally: Tally | undefined
}

const pollEveryMs = 10
/** So that an overdue send is noticed though the slots are far apart. */
const wakeEveryMs = 50

/**
 * Writes the canary in an open loop: slots are scheduled from the instant of the start, a slot is never skipped, and after a stall all that fell
 * due are sent at once, each with the time at which it was due. So a stall shows in the latencies instead of hiding in a gap.
 *
 * Begins paused.
 */
export class CanaryWriter {
  readonly runId: string
  readonly #options: Required<CanaryWriterOptions>
  readonly #entries: LedgerEntry[] = []
  readonly #outstanding = new Map<number, Outstanding>()
  readonly #nextSeq = new Map<number, number>()
  readonly #loop: Promise<void>
  #wake = new AbortController()
  #mode: Mode = { kind: 'paused' }
  #nextSlotAt = 0
  #isEnded = false
  #stopping: Promise<void> | undefined

  constructor(options: CanaryWriterOptions) {
    this.runId = options.runId
    this.#options = { sendTimeoutMs: 2_000, maxOutstanding: 1_000, ...options }
    this.#loop = this.#run()
  }

  /** Every send so far, in the order of sending, with what is known of it now. */
  ledger(): readonly LedgerEntry[] {
    return [...this.#entries]
  }

  /** Slots from now on, the first one now. */
  resume(): void {
    this.#begin({ kind: 'running' })
  }

  /** No more slots; resolves when no send is pending any more, which the time-out of a send bounds. */
  async pause(options: { readonly signal: AbortSignal }): Promise<void> {
    this.#begin({ kind: 'paused' })
    while (this.#pendingCount() > 0) await this.#options.time.wait(pollEveryMs, options.signal)
  }

  /**
   * Writes on schedule until `records` more are acknowledged, all partitions together, and is then paused. A send that failed is replaced by
   * one of the next slot. Pause the writer before.
   *
   * @throws GeorepError "unknown" when one of the sends is unknown: then nobody can say how many were written
   */
  async writeExactly(records: number, options: { readonly signal: AbortSignal }): Promise<void> {
    const tally: Tally = { records, acknowledged: 0, pending: 0, unknown: 0 }
    const mode: Mode = { kind: 'exactly', tally }
    this.#begin(mode)
    try {
      while (tally.acknowledged < records) {
        if (tally.unknown > 0) {
          throw new GeorepError('unknown', 'GR-CANARY-UNKNOWN', 'a canary record was sent and not answered', {
            stateNow: `${tally.acknowledged} of ${records} records are acknowledged, ${tally.unknown} may be written or not`,
            next: 'run the drill again',
          })
        }
        if (this.#mode !== mode || this.#isEnded) {
          throw new GeorepError('interrupted', 'GR-CANARY-STOPPED', 'the canary was stopped before its records were written') // prettier-ignore
        }
        await this.#options.time.wait(pollEveryMs, options.signal)
      }
    } finally {
      if (this.#mode === mode) this.#begin({ kind: 'paused' })
    }
  }

  /**
   * Ends the writing and closes the sender. Waits up to `timeoutMs` for answers; sends without one are then unknown, or failed where they were
   * surely not sent. Closing takes at most as long again. The ledger does not change afterwards.
   */
  async stop(options: { readonly timeoutMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(options)
    await this.#stopping
  }

  async #stop(options: { readonly timeoutMs: number }): Promise<void> {
    this.#begin({ kind: 'paused' })
    const { wait, monotonic } = this.#options.time
    const until = monotonic() + options.timeoutMs
    const uninterrupted = new AbortController().signal
    while (this.#pendingCount() > 0 && monotonic() < until) await wait(pollEveryMs, uninterrupted)
    this.#giveUpOn(() => true, 'no answer before the canary was stopped')
    this.#isEnded = true
    this.#begin({ kind: 'paused' })
    await this.#loop
    await this.#options.sender.close(options)
  }

  #begin(mode: Mode): void {
    this.#mode = mode
    this.#nextSlotAt = this.#options.time.monotonic()
    this.#wake.abort(new Error('another mode'))
    this.#wake = new AbortController()
  }

  async #run(): Promise<void> {
    const { time, sendTimeoutMs } = this.#options
    while (!this.#isEnded) {
      const now = time.monotonic()
      this.#giveUpOn(({ sentAt }) => now - sentAt >= sendTimeoutMs, `no answer within ${sendTimeoutMs} ms`)
      this.#fireDueSlots(now)
      const untilNextMs = this.#mode.kind === 'paused' ? wakeEveryMs : this.#nextSlotAt - time.monotonic()
      await time.wait(Math.min(Math.max(0, untilNextMs), wakeEveryMs), this.#wake.signal).catch(() => undefined)
    }
  }

  #fireDueSlots(now: number): void {
    const wallMs = this.#options.time.now().getTime()
    while (this.#mode.kind !== 'paused' && this.#nextSlotAt <= now) {
      const tally = this.#mode.kind === 'exactly' ? this.#mode.tally : undefined
      for (const partition of this.#options.partitions) {
        if (tally !== undefined && tally.acknowledged + tally.pending >= tally.records) break
        this.#send(partition, this.#nextSlotAt, Math.round(wallMs - (now - this.#nextSlotAt)), tally)
      }
      this.#nextSlotAt += this.#options.everyMs
    }
  }

  #send(partition: number, scheduledAt: number, scheduledWallMs: number, tally: Tally | undefined): void {
    const { sender, maxOutstanding, time } = this.#options
    const seq = this.#nextSeq.get(partition) ?? 0
    this.#nextSeq.set(partition, seq + 1)
    const index = this.#entries.length
    const isRoom = this.#outstanding.size < maxOutstanding
    const outcome: SendOutcome = isRoom
      ? { kind: 'pending' }
      : { kind: 'fail', why: `not sent: ${maxOutstanding} sends are unanswered` }
    this.#entries.push({ partition, seq, scheduledAt, scheduledWallMs, outcome })
    if (!isRoom) return
    if (tally !== undefined) tally.pending++
    const value = bytesFromCanary({ runId: this.runId, partition, seq, scheduledWallMs })
    const sending = sender.send({ partition, key: `${partition}-${seq}`, value })
    this.#outstanding.set(index, { sentAt: time.monotonic(), sending, tally })
    void sending.answer.then((answer) => {
      this.#answered(index, answer)
    })
  }

  #answered(index: number, answer: SendAnswer): void {
    const outstanding = this.#outstanding.get(index)
    if (outstanding === undefined) return
    this.#outstanding.delete(index)
    const before = this.#entries[index]?.outcome.kind
    // Given up on: only what is surer than "unknown" still counts.
    if (before !== 'pending' && !(before === 'unknown' && answer.kind !== 'unknown')) return
    const { monotonic, now } = this.#options.time
    const outcome: SendOutcome =
      answer.kind === 'ok' ? { ...answer, acknowledgedAt: monotonic(), acknowledgedWallMs: now().getTime() } : answer
    this.#decide(index, outstanding, outcome)
  }

  #giveUpOn(isHopeless: (one: Outstanding) => boolean, why: string): void {
    for (const [index, one] of this.#outstanding) {
      if (this.#entries[index]?.outcome.kind !== 'pending' || !isHopeless(one)) continue
      const isWithdrawn = one.sending.withdraw()
      this.#decide(index, one, isWithdrawn ? { kind: 'fail', why: `not sent: ${why}` } : { kind: 'unknown', why })
    }
  }

  #decide(index: number, { tally }: Outstanding, outcome: SendOutcome): void {
    const entry = this.#entries[index]
    if (entry === undefined) return
    this.#entries[index] = { ...entry, outcome }
    if (tally === undefined || entry.outcome.kind !== 'pending') return
    tally.pending--
    if (outcome.kind === 'ok') tally.acknowledged++
    if (outcome.kind === 'unknown') tally.unknown++
  }

  #pendingCount(): number {
    let count = 0
    for (const index of this.#outstanding.keys()) if (this.#entries[index]?.outcome.kind === 'pending') count++
    return count
  }
}
