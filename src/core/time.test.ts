import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { anySignal, withDeadline } from './time.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const timeoutMs = 250

/** After the time-out, with garbage collected meanwhile: what a weak reference was made to lives until the turn ends. */
async function later(): Promise<void> {
  for (let n = 0; n < 8; n++) {
    await sleep(n === 0 ? 0 : 50)
    collect()
  }
}

describe('a time-out that only the signal made of it knows', () => {
  it('comes, whatever is collected before', async () => {
    const { signal } = new AbortController()
    const deadline = withDeadline(signal, timeoutMs)
    await later()
    expect(deadline.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('comes through a signal that is made of such a one', async () => {
    const { signal } = new AbortController()
    const outer = anySignal(withDeadline(signal, timeoutMs), new AbortController().signal)
    await later()
    expect(outer.aborted).toBe(true)
  })

  it('comes to who listens, and holds nothing else', async () => {
    let heard = 0
    anySignal(AbortSignal.timeout(timeoutMs), new AbortController().signal).addEventListener('abort', () => heard++)
    await later()
    expect(heard).toBe(1)
  })
})

it('is aborted with each of its sources, by its reason', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const signal = anySignal(one.signal, other.signal)
  expect(signal.aborted).toBe(false)
  const reason = new Error('enough')
  other.abort(reason)
  expect(signal.reason).toBe(reason)
  expect(anySignal(other.signal, one.signal).reason).toBe(reason)
})
