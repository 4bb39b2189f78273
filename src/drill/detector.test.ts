import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Time } from '../core/time.ts'
import { detectLoss, type Detected } from './detector.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const time: Time = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal.reason as Error)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  },
}

type Answer = 'ok' | 'fails' | 'hangs'

/** Probes every 200 ms, 3 failures needed, the answers one after the other and the last one for ever. */
async function detected(answers: readonly Answer[], forMs: number): Promise<Detected | undefined> {
  const remaining = [...answers]
  let found: Detected | undefined
  const controller = new AbortController()
  const detecting = detectLoss({
    probe: async () => {
      const answer = remaining.length > 1 ? remaining.shift() : remaining[0]
      if (answer === 'hangs') await new Promise(() => undefined) // and does not heed the signal
      await time.wait(10, new AbortController().signal)
      if (answer === 'fails') throw new Error('refused')
    },
    probeEveryMs: 200,
    failuresNeeded: 3,
    time,
    signal: controller.signal,
  }).then(
    (result) => {
      found = result
    },
    () => undefined,
  )
  await vi.advanceTimersByTimeAsync(forMs)
  controller.abort(new Error('enough'))
  await detecting
  return found
}

describe('detector', () => {
  it('finds a source lost after so many failures in a row', async () => {
    const start = performance.now()
    const found = await detected(['ok', 'fails', 'fails', 'ok', 'fails'], 5_000)
    expect(found?.failingSince).toBe(start + 800)
    expect(found?.lostAt).toBe(start + 1_210)
    expect(found?.probes.map(({ failure }) => failure)).toEqual([
      undefined,
      'refused',
      'refused',
      undefined,
      'refused',
      'refused',
      'refused',
    ])
  })

  it('gives a probe that hangs no longer than the interval', async () => {
    const start = performance.now()
    const found = await detected(['ok', 'hangs'], 5_000)
    expect(found?.lostAt).toBe(start + 800)
    expect(found?.probes.at(-1)?.failure).toBe('no answer within 200 ms')
  })

  it('goes on as long as the source answers, and ends with the signal', async () => {
    expect(await detected(['ok'], 60_050)).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
  })
})
