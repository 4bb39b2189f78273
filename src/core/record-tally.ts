import type { SeenRecord } from './fingerprint.ts'
import { isCandidate, type MatchBy, type Pass } from './record-match.ts'

export interface TallyLimits {
  /** How far times may be apart where they are a broker's. */
  readonly windowMs: number
  /** Records that are looked at. */
  readonly records: number
}

/** On the destination, before the first record of that time: it is not asked how finely a broker looks. */
export const headStart = 100
/** Records of another time in a row, after which the ones of a time are taken to be over. */
const past = 1_000

/** What was seen on the destination so far. */
export class Tally {
  readonly #wanted: SeenRecord
  readonly #by: MatchBy
  readonly #limits: TallyLimits
  found: Pass['found']
  lastSeen: SeenRecord | undefined
  seen = 0
  #inARow = 0
  #isAllAppendTime = true

  constructor(wanted: SeenRecord, by: MatchBy, limits: TallyLimits) {
    this.#wanted = wanted
    this.#by = by
    this.#limits = limits
  }

  /** Why no more has to be looked at; undefined to go on. */
  see(record: SeenRecord): 'past' | 'limit' | undefined {
    const { timestampMs } = this.#wanted
    const windowMs = BigInt(this.#limits.windowMs)
    const apart = record.timestampMs - timestampMs
    const isNear = this.#by === 'sameTime' || (apart <= windowMs && apart >= -windowMs)
    if (isNear && isCandidate(this.#wanted, record, this.#by)) {
      this.found =
        this.found === undefined
          ? { first: record, last: record, times: 1, before: this.lastSeen }
          : { ...this.found, last: record, times: this.found.times + 1 }
    }
    this.lastSeen = record
    this.seen++
    this.#isAllAppendTime &&= record.isLogAppendTime
    // Times of one producer may stand before later ones of another: until it is found nothing is over.
    const isOver =
      this.#by === 'sameTime' ? this.found !== undefined && record.timestampMs !== timestampMs : apart > windowMs
    this.#inARow = isOver ? this.#inARow + 1 : 0
    if (this.#inARow >= past) return 'past'
    // No record of the source's time will come where the broker gives them all one of its own.
    if (this.#by === 'sameTime' && this.#isAllAppendTime && this.seen > headStart) return 'past'
    return this.seen >= this.#limits.records ? 'limit' : undefined
  }
}
