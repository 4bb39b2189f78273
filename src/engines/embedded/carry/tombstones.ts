import type { MirrorRecord, PositionRecord } from '../../../links/records.ts'

type Known = NonNullable<PositionRecord['tombstones']>

/** How long an answer about delete.retention.ms is gone by: it comes every few seconds while the source answers. */
const keptForMs = 60_000

/** Between the last moment at which a mirror had all of its source, 0 when that is not known, and a hole that was read behind that. Wall clock. */
interface Stretch {
  readonly sinceMs: number
  readonly untilMs: number
}

/** Tombstones that a mirror may have missed. */
export interface Missed extends Stretch {
  /** How long the source keeps them. */
  readonly keptMs: number
}

/**
 * Tombstones that compaction may have taken from a mirror's source before they were read. Brokers keep one for delete.retention.ms after they have first
 * cleaned its segment (KIP-534), and what a mirror lacks was written since it last had all: a hole that is read within that time hides none.
 */
export class Tombstones {
  /** Holes of the longest time that is not compared yet. */
  #late: { sinceMs: number; untilMs: number; isWritten: boolean } | undefined
  #writing: { isWritten: boolean } | undefined
  #missed: Missed | undefined
  #kept: { readonly ms: number; readonly askedMs: number } | undefined

  constructor(known?: Known) {
    if (known?.late != null) this.#late = { ...stretchOf(known.late), isWritten: true }
    if (known?.missed != null) this.#missed = { ...stretchOf(known.missed), keptMs: known.missed.keptMs }
  }

  /** A hole was read late, and the state does not say so yet. */
  get isUnwritten(): boolean {
    return this.#late?.isWritten === false
  }

  /** Offsets without a record were read, of a partition that last had all of its source at `caughtUpAtMs`. */
  noteHole(caughtUpAtMs: number, nowMs: number): void {
    const lateMs = nowMs - caughtUpAtMs
    const kept = this.#kept
    const isAnswerFresh = kept !== undefined && Math.abs(nowMs - kept.askedMs) < keptForMs
    if (lateMs <= (isAnswerFresh ? kept.ms : 0)) return
    const late = this.#late
    // What is missed is told already: nothing has to wait for it to be told of more.
    if (late === undefined)
      this.#late = { sinceMs: caughtUpAtMs, untilMs: nowMs, isWritten: this.#missed !== undefined } // prettier-ignore
    else if (lateMs > late.untilMs - late.sinceMs) Object.assign(late, { sinceMs: caughtUpAtMs, untilMs: nowMs })
  }

  /**
   * What the source answers to how long it keeps tombstones.
   *
   * @returns what may be missed, where that was not known before
   */
  judge(keptMs: number, nowMs: number): Missed | undefined {
    this.#kept = { ms: keptMs, askedMs: nowMs }
    const late = this.#late
    if (late === undefined) return undefined
    const isMissed = late.untilMs - late.sinceMs > keptMs
    // Until it is written down, another runner would not find it.
    if (isMissed && !late.isWritten) return undefined
    this.#late = undefined
    if (!isMissed) return undefined
    const before = this.#missed
    const { sinceMs, untilMs } = late
    this.#missed = {
      sinceMs: Math.min(sinceMs, before?.sinceMs ?? sinceMs),
      untilMs: Math.max(untilMs, before?.untilMs ?? untilMs),
      keptMs,
    }
    return before === undefined || sinceMs > before.untilMs ? { sinceMs, untilMs, keptMs } : undefined
  }

  /** As it is to be written down. */
  toRecord(caughtUpAtMs: number): Known {
    this.#writing = this.#late
    return {
      caughtUpAt: timeOf(caughtUpAtMs),
      late: this.#late === undefined ? null : told(this.#late),
      missed: this.#missed === undefined ? null : { ...told(this.#missed), keptMs: this.#missed.keptMs },
    }
  }

  /** What `toRecord` gave last is written. */
  written(): void {
    if (this.#writing !== undefined) this.#writing.isWritten = true
  }
}

/**
 * The last moment before a runner begins with a mirror at which it is known to have had all of its source; 0 when none is. Of a topic that was empty when the
 * mirror was made nothing was read before; one that goes the way back held the same as its source, which a record of an older version does not say when.
 */
export function caughtUpBefore(
  { createdAt, reversed }: Pick<MirrorRecord, 'createdAt' | 'reversed'>,
  known: Known | undefined,
  nowMs: number,
): number {
  const isEmpty = reversed === undefined || reversed.ends.every((end) => end === 0n)
  const began = reversed?.at ?? (isEmpty ? createdAt : undefined)
  const times = [began, known?.caughtUpAt ?? undefined].map((at) => (at === undefined ? 0 : Date.parse(at)))
  return Math.min(nowMs, Math.max(...times))
}

function stretchOf({ since, until }: { readonly since: string | null; readonly until: string }): Stretch {
  return { sinceMs: since === null ? 0 : Date.parse(since), untilMs: Date.parse(until) }
}

function told({ sinceMs, untilMs }: Stretch): { since: string | null; until: string } {
  return { since: timeOf(sinceMs), until: new Date(untilMs).toISOString() }
}

function timeOf(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString()
}
