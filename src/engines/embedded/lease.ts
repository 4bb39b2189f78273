import type { Time } from '../../core/time.ts'
import { WriteRefused } from '../../kafka/wire/connection.ts'

/**
 * How old the runner's knowledge of the link's state may be when it writes. Far below `connections.max.idle.ms`; far above the second in which the
 * state is read again; half of what it takes until a runner that does not renew its lock is taken for dead.
 */
const usualMaxAgeMs = 5_000

/**
 * @param expiryMs how long the destination's brokers remember a producer, and with it a fence; 0 when that is not known
 */
export function leaseMaxAgeMs(expiryMs: number): number {
  return expiryMs > 0 ? Math.min(usualMaxAgeMs, expiryMs / 2) : usualMaxAgeMs
}

/**
 * The right to append, as far as this process can know it: it has read the link's state, and no more than `maxAgeMs` have gone by since.
 *
 * The brokers refuse a fenced runner as long as they remember its producer id. A runner that was frozen for longer, and thaws, must not reach them
 * with an append at all. Both clocks are asked: the monotonic one stands still while a machine sleeps, the wall clock does not.
 */
export class Lease {
  readonly maxAgeMs: number
  readonly #time: Time
  #monotonicMs = Number.NEGATIVE_INFINITY
  #wallMs = 0

  constructor(time: Time, options: { readonly maxAgeMs: number }) {
    this.#time = time
    this.maxAgeMs = options.maxAgeMs
  }

  /** To be called before the state is read; the result confirms the lease as of that moment. */
  renewal(): () => void {
    const monotonicMs = this.#time.monotonic()
    const wallMs = this.#time.now().getTime()
    return () => {
      this.#monotonicMs = monotonicMs
      this.#wallMs = wallMs
    }
  }

  get isFresh(): boolean {
    const age = this.#time.monotonic() - this.#monotonicMs
    return age <= this.maxAgeMs && Math.abs(this.#time.now().getTime() - this.#wallMs) <= this.maxAgeMs
  }

  /** @throws WriteRefused when the state must be read again first */
  assertFresh(): void {
    if (!this.isFresh) throw new WriteRefused('the link state was not read for too long')
  }
}
