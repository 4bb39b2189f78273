import type { Monotonic } from './time.ts'

/** How much may be spent at once after a rest. */
const burstMs = 250

/**
 * Holds what is spent to a rate, over time. What is spent is told afterwards, so that the bucket may go below zero: then nothing more is spent until
 * it has filled up again.
 */
export class TokenBucket {
  readonly #monotonic: Monotonic
  #perSecond: number | undefined
  #tokens = 0
  #atMs = 0

  /** No limit until one is set. */
  constructor(monotonic: Monotonic) {
    this.#monotonic = monotonic
  }

  get perSecond(): number | undefined {
    return this.#perSecond
  }

  /** Tokens a second; undefined for no limit. What was spent too much under the rate before is not owed under a new one. */
  limit(perSecond: number | undefined): void {
    if (perSecond === this.#perSecond) return
    this.#perSecond = perSecond
    this.#tokens = 0
    this.#atMs = this.#monotonic()
  }

  spend(tokens: number): void {
    if (this.#perSecond === undefined) return
    this.#fill(this.#perSecond)
    this.#tokens -= tokens
  }

  /** Milliseconds until something may be spent; 0 for now. */
  get waitMs(): number {
    if (this.#perSecond === undefined) return 0
    this.#fill(this.#perSecond)
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens * 1_000) / this.#perSecond)
  }

  #fill(perSecond: number): void {
    const now = this.#monotonic()
    this.#tokens = Math.min((perSecond * burstMs) / 1_000, this.#tokens + ((now - this.#atMs) * perSecond) / 1_000)
    this.#atMs = now
  }
}
