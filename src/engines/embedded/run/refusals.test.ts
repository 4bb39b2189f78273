import { expect, it } from 'vitest'
import { Refusals } from './refusals.ts'

it('holds back what was refused, until half a minute has passed or it is to be something else', () => {
  let now = 0
  const refusals = new Refusals({ monotonic: () => now })
  refusals.note('orders', 'retention.ms', { value: '5', why: 'too short' })
  const settings = new Map([['retention.ms', '5'], ['segment.ms', '7']]) // prettier-ignore
  expect(refusals.split('orders', settings)).toEqual({ due: new Map([['segment.ms', '7']]), held: new Set(['retention.ms']) }) // prettier-ignore
  expect(refusals.split('other', settings).due).toEqual(settings)
  expect(refusals.isHeld('orders', 'retention.ms', '6')).toBe(false)
  expect(refusals.why('orders', 'retention.ms', '6')).toBeUndefined()
  now = 30_000
  expect(refusals.isHeld('orders', 'retention.ms', '5')).toBe(false)
  expect(refusals.why('orders', 'retention.ms', '5')).toBe('too short')
  refusals.note('orders', 'retention.ms', { value: '5', why: undefined })
  expect(refusals.why('orders', 'retention.ms', '5')).toBeUndefined()
})

it('forgets mirrors that are gone', () => {
  const refusals = new Refusals({ monotonic: () => 0 })
  refusals.note('orders', 'retention.ms', { value: '5', why: 'too short' })
  refusals.keep(new Map([['other', []]]))
  expect(refusals.isHeld('orders', 'retention.ms', '5')).toBe(false)
})
