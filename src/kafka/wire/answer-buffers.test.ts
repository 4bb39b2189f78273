import { expect, it, vi } from 'vitest'
import { AnswerBuffers } from './answer-buffers.ts'

const megabyte = 1024 * 1024

it('gives memory out again that was given back, also to a smaller answer', () => {
  const buffers = new AnswerBuffers()
  const first = buffers.take(8 * megabyte)
  expect(first.length).toBe(8 * megabyte)
  buffers.giveBack(first.buffer)
  const second = buffers.take(3 * megabyte)
  expect(second.buffer).toBe(first.buffer)
  expect(second.length).toBe(3 * megabyte)
})

it('gives no memory to two', () => {
  const buffers = new AnswerBuffers()
  const first = buffers.take(megabyte)
  expect(buffers.take(megabyte).buffer).not.toBe(first.buffer)
  buffers.giveBack(first.buffer)
  buffers.giveBack(first.buffer)
  expect(buffers.take(megabyte).buffer).toBe(first.buffer)
  expect(buffers.take(megabyte).buffer).not.toBe(first.buffer)
})

it('takes nothing back that is not its own, such as the memory that small buffers share', () => {
  const buffers = new AnswerBuffers()
  const shared = Buffer.allocUnsafe(100)
  buffers.giveBack(shared.buffer)
  const other = Buffer.alloc(megabyte)
  buffers.giveBack(other.buffer)
  buffers.giveBack(buffers.take(100).buffer)
  expect([shared.buffer, other.buffer]).not.toContain(buffers.take(megabyte).buffer)
})

it('takes the smallest that is large enough', () => {
  const buffers = new AnswerBuffers()
  const all = [4, 1, 2].map((size) => buffers.take(size * megabyte).buffer)
  for (const one of all) buffers.giveBack(one)
  expect(buffers.take(1.5 * megabyte).buffer).toBe(all[2])
  expect(buffers.take(5 * megabyte).byteLength).toBe(5 * megabyte)
})

it('keeps no more than 64 MiB, and nothing when no answer was large for ten seconds', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const buffers = new AnswerBuffers()
    const all = Array.from({ length: 9 }, () => buffers.take(8 * megabyte).buffer)
    for (const one of all) buffers.giveBack(one)
    const again = all.map(() => buffers.take(8 * megabyte).buffer)
    expect(again.filter((one) => all.includes(one))).toHaveLength(8)
    for (const one of again) buffers.giveBack(one)
    vi.advanceTimersByTime(10_001)
    buffers.take(100)
    expect(again).not.toContain(buffers.take(8 * megabyte).buffer)
  } finally {
    vi.useRealTimers()
  }
})
