import { expect, it } from 'vitest'
import { messageOf } from './errors.ts'

it.each([
  [new Error('b1:9092: connection closed'), 'b1:9092: connection closed'],
  ['thrown as it is', 'thrown as it is'],
  [new DOMException('The operation was aborted due to timeout', 'TimeoutError'), 'no answer in time'],
])('the message of %s', (error, message) => {
  expect(messageOf(error)).toBe(message)
})
