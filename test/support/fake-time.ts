import type { Time } from '../../src/core/time.ts'

/** A clock that goes on only when it is told to. */
export interface FakeTime extends Time {
  /** Lets so much time pass, on both clocks unless one is named, and wakes who has waited for it. */
  readonly pass: (ms: number, clock?: 'wall' | 'monotonic') => Promise<void>
  readonly isAnyoneWaiting: () => boolean
}

export function fakeTime(startMs = 1_700_000_000_000): FakeTime {
  let wallMs = startMs
  let monotonicMs = 0
  const waiting = new Set<{ readonly atMs: number; readonly wake: () => void }>()
  return {
    now: () => new Date(wallMs),
    monotonic: () => monotonicMs,
    wait: async (ms, signal) => {
      signal.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const one = { atMs: monotonicMs + ms, wake: resolve }
        waiting.add(one)
        signal.addEventListener('abort', () => {
          waiting.delete(one)
          reject(signal.reason as Error)
        })
      })
    },
    pass: async (ms, clock) => {
      if (clock !== 'monotonic') wallMs += ms
      if (clock !== 'wall') monotonicMs += ms
      for (const one of waiting) {
        if (one.atMs > monotonicMs) continue
        waiting.delete(one)
        one.wake()
      }
      await settled()
    },
    isAnyoneWaiting: () => waiting.size > 0,
  }
}

/** All that could be done without time passing, or an answer from outside, is done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
