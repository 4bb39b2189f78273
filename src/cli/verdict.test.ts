import { describe, expect, it } from 'vitest'
import { capturedContext } from '../../test/support/context.ts'
import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { verdictOf, type Outcome } from '../core/outcome.ts'
import { lacking } from '../kafka/denied.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import { endWithVerdict, grantsOf, outcomeOfError } from './verdict.ts'

const what = { code: 'GR-TEST', message: 'not all' } as const
const outcome = (kind: Exclude<Outcome['kind'], 'applied'>): Outcome => ({ kind, why: 'why' })

describe('endWithVerdict', () => {
  it.each([
    [[{ kind: 'applied' }, outcome('unchanged')], 0],
    [[outcome('failed')], 1],
    [[outcome('unknown'), { kind: 'applied' }], 4],
    [[outcome('refused')], 5],
    [[outcome('refused'), { kind: 'applied' }], 6],
    [[outcome('pending'), { kind: 'applied' }], 8],
    [[outcome('pending'), outcome('failed')], 6],
  ] as const)('%j ends with %d', (outcomes, code) => {
    const { context, err, out } = capturedContext()
    expect(endWithVerdict(verdictOf(outcomes), what, context)).toBe(code)
    expect(out()).toBe('')
    expect(err()).toBe(code === 0 ? '' : 'error GR-TEST: not all\n')
  })

  it('an interrupted act ends as one', () => {
    const stop = new AbortController()
    stop.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted by SIGINT'))
    const { context } = capturedContext({ signal: stop.signal })
    expect(endWithVerdict('timedOut', what, context)).toBe(130)
    expect(endWithVerdict('done', what, context)).toBe(0)
  })
})

describe('outcomeOfError', () => {
  it.each([
    [new GeorepError('refused', 'GR-A', 'why'), 'refused'],
    [new GeorepError('denied', 'GR-A', 'why'), 'failed'],
    [new GeorepError('unknown', 'GR-A', 'why'), 'unknown'],
    [new GeorepError('incomplete', 'GR-A', 'why'), 'incomplete'],
    [new GeorepError('timedOut', 'GR-A', 'why'), 'pending'],
    [new TransportError('why', { mayHaveActed: true }), 'unknown'],
    [new TransportError('why', { mayHaveActed: false }), 'failed'],
  ] as const)('%o is %s', (error, kind) => {
    expect(outcomeOfError(error)).toEqual({ kind, why: 'why' })
  })

  it('says what holds now, of what was not refused', () => {
    const half = { stateNow: 'a is written down\nb may be stopped' }
    expect(outcomeOfError(new GeorepError('unknown', 'GR-A', 'why', half))).toEqual({ kind: 'unknown', why: 'why; a is written down; b may be stopped' }) // prettier-ignore
    expect(outcomeOfError(new GeorepError('refused', 'GR-A', 'why', { stateNow: 'nothing was changed' }))).toEqual({ kind: 'refused', why: 'why' }) // prettier-ignore
  })

  it('of a right that is lacking keeps the command that grants it', () => {
    const denied = (name: string): Outcome => outcomeOfError(lacking({ name: 'west', bootstrap: ['west:9092'], principal: 'User:georep' }, topicRight('Read', name))) // prettier-ignore
    const outcomes = [denied('orders'), denied('orders'), { kind: 'applied' } as const, denied('audit')]
    expect(grantsOf(outcomes)?.split('\n')).toEqual(['orders', 'audit'].map((name) => expect.stringMatching(new RegExp(`^kafka-acls.sh .* --operation Read --topic ${name}$`)) as string)) // prettier-ignore
    expect(grantsOf([{ kind: 'failed', why: 'why' }])).toBeUndefined()
  })

  it('throws what is a bug', () => {
    expect(() => outcomeOfError(new TypeError('bug'))).toThrow('bug')
  })
})
