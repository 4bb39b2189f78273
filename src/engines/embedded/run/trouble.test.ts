import { expect, it } from 'vitest'
import { troubleOf } from './trouble.ts'

it('says of a time-out what was tried, and of anything else what it says itself', () => {
  const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
  expect(troubleOf("reading and writing the link's state", timeout)).toBe("reading and writing the link's state: no answer in time") // prettier-ignore
  expect(troubleOf('copying group offsets', new Error('b1:9092: connection closed'))).toBe('b1:9092: connection closed')
})
