import type { Time } from '../core/time.ts'

/** The clock and the waiting of this machine. */
export const systemTime: Time = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    const { setTimeout: sleep } = await import('node:timers/promises') // here, so that --help does not pay for it
    try {
      await sleep(ms, undefined, { signal })
    } catch {
      signal.throwIfAborted() // with the signal's reason, not with the timer's AbortError
    }
  },
}
