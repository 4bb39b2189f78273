import { expect, it } from 'vitest'
import { BrokerError } from '../kafka/error-codes.ts'
import { FencedError } from '../kafka/held-id.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import { explained } from './explained.ts'

it.each([
  [new TransportError('connection broke', { mayHaveActed: true }), 'unknown', 'GR-NO-ANSWER'],
  [new TransportError('connection broke', { mayHaveActed: false }), 'unreachable', 'GR-BROKER-UNREACHABLE'],
  [new BrokerError('partition 0 of topic "__georep"', 5), 'unknown', 'GR-NO-LEADER'],
  [new BrokerError('topic "a"', 17), 'failed', 'GR-BROKER-REFUSED'],
  [new FencedError('fenced'), 'conflict', 'GR-LINK-TAKEN'],
] as const)('%s is of kind %s', (error, kind, code) => {
  expect(explained(error)).toMatchObject({ kind, code, cause: error })
})

it('leaves a bug what it is', () => {
  const bug = new TypeError('undefined is not a function')
  expect(explained(bug)).toBe(bug)
})

it('a transaction that the brokers have not ended yet is waited for', () => {
  expect(explained(new BrokerError('"georep-act-a" on cluster "west"', 51))).toMatchObject({
    code: 'GR-BROKER-REFUSED',
    next: expect.stringContaining('run the command again in a minute') as string,
  })
})
