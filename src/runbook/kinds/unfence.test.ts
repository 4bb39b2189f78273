import { expect, it } from 'vitest'
import { at, mirror } from '../../../test/support/links.ts'
import type { FenceRecord, MirrorRecord } from '../../links/records.ts'
import { whatForbids } from './unfence.ts'

const since = at.toISOString()
const fence = (how: 'acl' | 'hook'): FenceRecord => ({
  v: 1,
  kind: 'fence',
  sourceTopic: 'orders',
  fence: how === 'acl' ? { how, isOwn: true } : { how, isDone: true },
  at: since,
  by: { owner: 'abc', host: 'ops-1' },
})
const orders = (state: MirrorRecord['state']): MirrorRecord => ({
  ...mirror('orders', { state: 'ACTIVE' }, [[5n, 5n]]).record,
  state,
})
const pending = (by: 'promote' | 'failover'): MirrorRecord => orders({ state: 'PENDING_STOPPED', by, since })
const stopped = orders({ state: 'STOPPED', stoppedBy: 'failover', at: since, ends: [5n], isFenced: true })

it.each([
  ['a mirror that is carried', orders({ state: 'ACTIVE' }), undefined],
  ['a promote that has begun, which can be taken back', pending('promote'), undefined],
  ['a failover that has begun', pending('failover'), 'the failover of "orders" has begun and can only be finished'],
  ['a mirror that takes writes', stopped, 'the destination takes writes on "orders": both sides would'],
])('beside %s', (_what, record, why) => {
  expect(whatForbids([fence('acl')], [record], false)).toBe(why)
})

it('what a command has fenced is freed by a command', () => {
  const carried = [orders({ state: 'ACTIVE' })]
  expect(whatForbids([fence('hook')], carried, false)).toBe('a command has fenced "orders", and this step has no hook')
  expect(whatForbids([fence('hook')], carried, true)).toBeUndefined()
})
