import { expect, it } from 'vitest'
import { offset } from '../core/offset.ts'
import { MetadataLimit } from './metadata-limit.ts'

const beside = (length: number): { readonly offset: ReturnType<typeof offset>; readonly metadata: string } => ({ offset: offset(7n), metadata: 'x'.repeat(length) }) // prettier-ignore

it('lets everything pass until something was refused, then what is shorter than that', () => {
  const limit = new MetadataLimit({ monotonic: () => 0 })
  expect(limit.within(beside(5_000))).toEqual(beside(5_000))
  limit.refused([beside(100), beside(5_000), {}])
  expect(limit.within(beside(5_000))).toEqual(beside(0))
  expect(limit.within(beside(4_999))).toEqual(beside(4_999))
  limit.refused([beside(4_999)])
  expect(limit.within(beside(4_999))).toEqual(beside(0))
  limit.refused([beside(6_000)])
  expect(limit.within(beside(4_998))).toEqual(beside(4_998))
  limit.refused([beside(0)])
  expect(limit.within(beside(4_998))).toEqual(beside(4_998))
})

it('tries again after ten minutes, from the first refusal on', () => {
  let now = 0
  const limit = new MetadataLimit({ monotonic: () => now })
  limit.refused([beside(100)])
  now = 599_999
  expect(limit.isPast(beside(100))).toBe(true)
  limit.refused([beside(200)])
  now = 600_000
  expect(limit.isPast(beside(100))).toBe(false)
  limit.refused([beside(200)])
  expect([limit.isPast(beside(100)), limit.isPast(beside(200))]).toEqual([false, true])
})
