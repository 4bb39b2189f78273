import { GeorepError, messageOf } from '../core/errors.ts'
import type { Monotonic } from '../core/time.ts'
import { withDeadline } from '../core/time.ts'
import type { LockRecord } from './records.ts'
import { isHolderGone, LinkSession, type SessionOptions, staleAfterMs } from './session.ts'
import type { LinkState } from './state.ts'

const lookEveryMs = 200
const lookTimeoutMs = 5_000
/** Silence between two looks counts this long at the most: whoever was frozen itself has not watched. */
const maxGapMs = 1_000

export interface StandbyEvents {
  readonly onHeld: (holder: LockRecord) => void
  /** The state was read. */
  readonly onLook: () => void
  readonly onTrouble: (what: string) => void
}

/**
 * Waits until nobody holds the lock, its holder's process is gone from this machine, or it was not renewed for as long as makes its holder count as
 * dead; then takes it. Of several that wait one gets it, and the others go on waiting. Ends with the signal only: what goes wrong is told and tried
 * again.
 */
export async function standBy(
  state: LinkState,
  options: SessionOptions,
  { signal, events }: { readonly signal: AbortSignal; readonly events: StandbyEvents },
): Promise<LinkSession> {
  const { link, kind, time, actor } = options
  const silence = new Silence(time.monotonic)
  let told: string | undefined
  for (;;) {
    try {
      await state.glance({ signal: withDeadline(signal, lookTimeoutMs) })
      events.onLook()
      const lock = state.lock(link, kind)
      const isDead =
        lock === undefined || isHolderGone(lock.value, actor) || silence.look(lock.offset) >= staleAfterMs[kind]
      if (isDead) return await LinkSession.claim(state, { ...options, deadLock: lock?.offset }, { signal })
      if (told !== lock.value.owner) events.onHeld(lock.value)
      told = lock.value.owner
    } catch (error) {
      signal.throwIfAborted()
      silence.reset()
      if (!isHeld(error)) events.onTrouble(messageOf(error))
    }
    await time.wait(lookEveryMs, signal)
  }
}

/** Someone else holds the lock: what `LinkSession.claim` throws then. */
export function isHeld(error: unknown): boolean {
  return error instanceof GeorepError && error.code === 'GR-LINK-HELD'
}

/**
 * How long a lock was watched without being renewed. Only time in which the state could be read, and this process ran, is counted: a leader that
 * cannot renew its lock because the topic has no leader is not taken for dead, and no clocks are compared.
 */
export class Silence {
  readonly #monotonic: Monotonic
  #offset: bigint | undefined
  #lookedAtMs = 0
  #silentMs = 0

  constructor(monotonic: Monotonic) {
    this.#monotonic = monotonic
  }

  /** Milliseconds for which the lock has stood at this offset, this look included. */
  look(offset: bigint): number {
    const now = this.#monotonic()
    if (offset === this.#offset) this.#silentMs += Math.min(now - this.#lookedAtMs, maxGapMs)
    else this.#silentMs = 0
    this.#offset = offset
    this.#lookedAtMs = now
    return this.#silentMs
  }

  /** A look failed: what was not seen does not count. */
  reset(): void {
    this.#offset = undefined
  }
}
