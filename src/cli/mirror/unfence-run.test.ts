import { expect, it } from 'vitest'
import { unfenceRows } from './unfence-run.ts'

it('a plan leaves as it is what is neither fenced nor being promoted', () => {
  const fences = [
    { sourceTopic: 'orders', fence: { how: 'acl', isOwn: true } as const, at: '2026-01-01T00:00:00.000Z' },
  ]
  const mirrors = [{ sourceTopic: 'payments', state: { state: 'PENDING_STOPPED', by: 'promote', since: '2026-01-01T00:00:00.000Z' } as const }] // prettier-ignore
  const planned = unfenceRows(['orders', 'payments', 'audit'], fences, mirrors, undefined)
  expect(planned.map(({ outcome, why }) => [outcome, why])).toEqual([
    ['planned', null],
    ['planned', null],
    ['unchanged', 'georep has not fenced it'],
  ])
  const done = unfenceRows(['orders'], fences, mirrors, new Map([['orders', { kind: 'applied' }]]))
  expect(done).toMatchObject([{ topic: 'orders', how: 'acl', outcome: 'applied' }])
})
