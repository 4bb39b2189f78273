import { expect, it } from 'vitest'
import { watchLoopDelay } from './loop-delay.ts'

async function turns(forMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, forMs))
}

it('sees an event loop that stands still, and not the interval at which it looks', async () => {
  using watch = watchLoopDelay()
  await turns(200)
  const idle = watch.p99Ms()
  expect(idle).toBeDefined()
  for (let i = 0; i < 5; i++) {
    const until = performance.now() + 150
    while (performance.now() < until);
    await turns(1)
  }
  await turns(20)
  expect(watch.p99Ms()).toBeGreaterThan(120)
  expect(idle).toBeLessThan(watch.p99Ms() ?? 0)
})
