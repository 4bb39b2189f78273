import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { outcomeFromError } from './canary-outcome.ts'

function answered(type: string): Error {
  const error = new kafkajs.KafkaJSProtocolError('x')
  return Object.assign(error, { type })
}
/** As kafkajs's retrier hands it out. */
function wrapped(cause: Error): Error {
  return new kafkajs.KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 0, retryTime: 300 })
}
const refusedConnection = new kafkajs.KafkaJSConnectionError('Connection error: connect ECONNREFUSED', {
  code: 'ECONNREFUSED',
})

describe('outcome of a rejected send', () => {
  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'fail'],
    ['NOT_ENOUGH_REPLICAS', 'fail'],
    ['MESSAGE_TOO_LARGE', 'fail'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'unknown'],
    ['REQUEST_TIMED_OUT', 'unknown'],
    ['NOT_LEADER_FOR_PARTITION', 'unknown'],
    ['UNKNOWN', 'unknown'],
    ['KAFKAJS_UNKNOWN_ERROR_CODE', 'unknown'],
  ])('with the answer %s is %s', (type, kind) => {
    expect(outcomeFromError(answered(type), true).kind).toBe(kind)
    expect(outcomeFromError(wrapped(answered(type)), true).kind).toBe(kind)
  })

  it('is unknown for a refused connection when the record had been encoded: the refusal may be that of the reconnect', () => {
    expect(outcomeFromError(wrapped(refusedConnection), true).kind).toBe('unknown')
  })

  it('is a failure when the record never reached the encoder, whatever the error', () => {
    for (const error of [wrapped(refusedConnection), answered('UNKNOWN'), new Error('x'), 'text']) {
      expect(outcomeFromError(error, false).kind).toBe('fail')
    }
    expect(outcomeFromError(wrapped(refusedConnection), false)).toEqual({
      kind: 'fail',
      why: 'not sent: Connection error: connect ECONNREFUSED',
    })
  })

  it('is unknown for everything else', () => {
    for (const error of [
      new kafkajs.KafkaJSRequestTimeoutError('Request Produce timed out'),
      new kafkajs.KafkaJSConnectionError('Closed connection'),
      new TypeError('x'),
      undefined,
    ]) {
      expect(outcomeFromError(error, true).kind).toBe('unknown')
    }
  })
})
