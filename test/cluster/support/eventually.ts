import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'

export async function eventually(what: string, isTrue: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) expect.fail(`not within ${timeoutMs} ms: ${what}`)
    await sleep(50)
  }
}
