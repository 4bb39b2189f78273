import type { Time } from '../../../core/time.ts'
import { WriteRefused } from '../../../kafka/wire/connection.ts'
import { staleAfterMs } from '../../../links/session.ts'

/**
 * How old the runner's knowledge of the link's state may be when it writes. Far below `connections.max.idle.ms`; far above the second in which the
 * state is read again; and 2 s below what it takes until a runner that does not renew its lock is taken for dead, which is counted from later on.
 * What left just before has landed by the time when another runner reads where it goes on.
 */
const usualMaxAgeMs = staleAfterMs.runner - 2_000

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
    return (this.ageMs ?? Number.POSITIVE_INFINITY) <= this.maxAgeMs
  }

  /** Milliseconds since the state was begun to be read, by the clock that says more; undefined before the first time. */
  get ageMs(): number | undefined {
    if (this.#monotonicMs === Number.NEGATIVE_INFINITY) return undefined
    const age = this.#time.monotonic() - this.#monotonicMs
    return Math.max(age, Math.abs(this.#time.now().getTime() - this.#wallMs))
  }

  /** @throws WriteRefused when the state must be read again first */
  assertFresh(): void {
    if (!this.isFresh) throw new WriteRefused('the link state was not read for too long')
  }
}
