import { expect, it } from 'vitest'
import { at, failoverPlan, sourceDead, target } from '../../../test/support/links.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { FailoverResult } from '../../engines/engine.ts'
import { incompleteFailover } from './failover-incomplete.ts'
import { failoverView } from './failover-view.ts'

const view = failoverView(failoverPlan(sourceDead), target, { now: at, refusals: [], next: '', results: [] })
const result = (outcome: Outcome): FailoverResult => ({
  topic: 'orders',
  outcome,
  ends: undefined,
  loss: { kind: 'atLeast', records: 59n },
})
const pending = result({ kind: 'pending', why: 'partition 0 is not fenced yet: no answer' })
const applied = result({ kind: 'applied' })
const told = { limitMs: 125_000, isInterrupted: false, next: 'georep mirror failover --link east-west --all --wait' }

it('what still goes on when the time is up', () => {
  expect(incompleteFailover(view, [applied, pending, result({ kind: 'unchanged', why: 'STOPPED' })], told)).toEqual({
    code: 'GR-FAILOVER-INCOMPLETE',
    message: '1 of 3 topics of link "east-west" is still stopping after 2m05s',
    stateNow: [
      '"west" takes writes on 2 of them',
      'source "east" did not answer and is not fenced: its clients may still write there, or will when it comes back',
      'partition 0 is not fenced yet: no answer',
    ].join('\n'),
    data: 'at least 177 records not mirrored',
    next: told.next,
  })
})

it('says no time of one that was interrupted before it was up', () => {
  expect(incompleteFailover(view, [applied, pending], { ...told, isInterrupted: true }).message).toBe(
    '1 of 2 topics of link "east-west" is still stopping',
  )
})

it('what failed, counted by outcome', () => {
  const failed = result({ kind: 'failed', why: 'no' })
  expect(incompleteFailover(view, [applied, pending, failed], told).message).toBe(
    'not all of 3 topics of link "east-west" failed over: 1 applied, 1 pending, 1 failed',
  )
})

it('one loss that is not known makes the whole unknown', () => {
  const lost = [applied, { ...pending, loss: { kind: 'unknown' } as const }]
  expect(incompleteFailover(view, lost, { ...told, limitMs: undefined })).toMatchObject({
    message: '1 of 2 topics of link "east-west" is still stopping',
    data: 'an unknown number of records not mirrored',
  })
})
