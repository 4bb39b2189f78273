import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Answers } from './answers.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const never = new Promise<never>(() => undefined)

it('gives up when nothing comes in for the time-out', async () => {
  const waiting = expect(new Answers().wait(never, { bytesRead: 7 }, 5_000)).rejects.toThrow('no answer within 5000 ms')
  await vi.advanceTimersByTimeAsync(5_000)
  await waiting
})

it('waits on while bytes come in, and gives up a time-out after the last of them', async () => {
  const socket = { bytesRead: 0 }
  let why: unknown
  new Answers().wait(never, socket, 1_000).catch((error: unknown) => (why = error))
  for (let second = 0; second < 20; second++) {
    socket.bytesRead += 16 * 1024
    await vi.advanceTimersByTimeAsync(1_000)
    expect(why).toBeUndefined()
  }
  await vi.advanceTimersByTimeAsync(1_000)
  expect(why).toBeInstanceOf(Error)
})

it('gives up on a broker that drips', async () => {
  const socket = { bytesRead: 0 }
  const waiting = expect(new Answers().wait(never, socket, 1_000)).rejects.toThrow('no answer within 1000 ms')
  socket.bytesRead += 1_000
  await vi.advanceTimersByTimeAsync(1_000)
  await waiting
})

it('is silent while an answer is overdue, and not any more when it has come', async () => {
  const answers = new Answers()
  let answer: ((text: string) => void) | undefined
  const waiting = answers.wait(new Promise<string>((resolve) => (answer = resolve)), { bytesRead: 0 }, 10_000)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(answers.isSilent).toBe(false)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(answers.isSilent).toBe(true)
  answer?.('here')
  expect(await waiting).toBe('here')
  expect(answers.isSilent).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})
