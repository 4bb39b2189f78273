import { expect, it } from 'vitest'
import { clockSkewFrom } from './clock-skew.ts'

it('the clock is told by the quickest answer, which may be off by half of its time', () => {
  const slow = { sentMs: 1_000, roundTripMs: 80, appendedMs: 1_305 }
  const quick = { sentMs: 2_000, roundTripMs: 4, appendedMs: 2_252 }
  expect(clockSkewFrom([slow, quick])).toEqual({ value: 250, error: 3, unit: 'ms', why: null })
  expect(clockSkewFrom([{ sentMs: 1_000, roundTripMs: 10, appendedMs: 905 }])).toMatchObject({ value: -100, error: 6 })
  expect(clockSkewFrom([])).toMatchObject({ value: null, why: 'the clock was not asked' })
})
