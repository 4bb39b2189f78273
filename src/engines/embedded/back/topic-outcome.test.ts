import { expect, it } from 'vitest'
import { GeorepError } from '../../../core/errors.ts'
import { BrokerError, Code } from '../../../kafka/error-codes.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import { outcomeOf } from './topic-outcome.ts'

const of = (kind: GeorepError['kind'], next?: string): ReturnType<typeof outcomeOf> =>
  outcomeOf(new GeorepError(kind, 'GR-SALVAGE-TAKEN', 'so it is', next === undefined ? {} : { next }))

it('refuses nothing of a topic that an act has begun with', () => {
  expect(of('refused', 'name another folder')).toEqual({ kind: 'failed', why: 'so it is; name another folder' })
  expect(of('failed')).toEqual({ kind: 'failed', why: 'so it is' })
  expect(of('timedOut')).toEqual({ kind: 'pending', why: 'so it is' })
  expect(of('unknown')).toEqual({ kind: 'unknown', why: 'so it is' })
})

it('ends the act where the link is not ours any more, and at whatever is not about the topic', () => {
  expect([of('conflict'), of('interrupted'), outcomeOf(new TypeError('no'))]).toEqual([undefined, undefined, undefined])
})

it('holds up no other topic for what brokers say', () => {
  expect(outcomeOf(new BrokerError('topic "orders"', Code.groupIdNotFound))?.kind).toBe('failed')
  expect(outcomeOf(new TransportError('gone', { mayHaveActed: false }))).toEqual({ kind: 'failed', why: 'gone' })
})
