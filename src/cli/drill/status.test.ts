import { expect, it } from 'vitest'
import { statusOf } from './status.ts'

const status = { elapsedMs: 12_340, sourceRate: 30, destinationRate: 0, lag: 3 }

function shown(isErrTerminal: boolean): { readonly at: (ms: number) => void; readonly seen: string[] } {
  const seen: string[] = []
  let now = 0
  const progress = { status: (text: string) => void seen.push(`status ${text}`), note: (text: string) => void seen.push(`note ${text}`) } // prettier-ignore
  const tell = statusOf(progress, { io: { isErrTerminal }, time: { monotonic: () => now } })
  return {
    at: (ms) => {
      now = ms
      tell(status)
    },
    seen,
  }
}

it('is told beside the step on a terminal, whenever it is known', () => {
  const { at, seen } = shown(true)
  for (const ms of [0, 500, 1_000]) at(ms)
  expect(seen).toHaveLength(3)
  expect(seen[0]).toBe('status (12.3 s, canary 30/s on the source, 0/s on the destination, mirror 3 behind)')
})

it('is a line now and then where lines stay', () => {
  const { at, seen } = shown(false)
  for (let ms = 500_000; ms <= 525_000; ms += 500) at(ms)
  expect(seen).toHaveLength(2)
  expect(seen[0]).toMatch(/^note {3}12\.3 s, canary/)
})
