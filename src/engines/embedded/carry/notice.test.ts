import { describe, expect, it } from 'vitest'
import { settled } from '../../../../test/support/fake-time.ts'
import { Notice } from './notice.ts'

function waiter(notice: Notice, signal = new AbortController().signal): { isDone: boolean } {
  const state = { isDone: false }
  void notice.taken(signal).then(() => (state.isDone = true))
  return state
}

describe('Notice', () => {
  it('wakes whoever waits', async () => {
    const notice = new Notice()
    const waiting = waiter(notice)
    await settled()
    expect(waiting.isDone).toBe(false)
    notice.give()
    await settled()
    expect(waiting.isDone).toBe(true)
  })

  it('keeps a notice that is given while nobody waits, once', async () => {
    const notice = new Notice()
    notice.give()
    notice.give()
    const [first, second] = [waiter(notice), waiter(notice)]
    await settled()
    expect([first.isDone, second.isDone]).toEqual([true, false])
    notice.give()
    await settled()
    expect(second.isDone).toBe(true)
  })

  it('does not lose one that is given while the one before is being taken', async () => {
    const notice = new Notice()
    const first = waiter(notice)
    notice.give()
    await settled()
    expect(first.isDone).toBe(true)
    notice.give()
    const second = waiter(notice)
    await settled()
    expect(second.isDone).toBe(true)
  })

  it('ends with the signal, before and while it waits', async () => {
    const notice = new Notice()
    const stop = new AbortController()
    const waiting = waiter(notice, stop.signal)
    stop.abort()
    await settled()
    expect(waiting.isDone).toBe(true)
    const late = waiter(notice, stop.signal)
    await settled()
    expect(late.isDone).toBe(true)
  })
})
