import { expect, it } from 'vitest'
import { mirror } from '../../test/support/links.ts'
import { offset } from '../core/offset.ts'
import { notMade, withLoss } from './failover-results.ts'

const { record } = mirror('orders', { state: 'PENDING', phase: 'its topic is made' }, [])
const whyOf = (more: Partial<typeof record>): string => {
  const { outcome } = notMade({ record: { ...record, mirrorTopicId: '', ...more } })
  return outcome.kind === 'refused' ? outcome.why : outcome.kind
}

it('tells a mirror whose topic was never made from one whose topic was deleted to be made anew', () => {
  const off = 'take it off with georep mirror delete orders --link east-west'
  expect(whyOf({})).toBe(`its topic was never made: nothing of it was mirrored; ${off}`)
  const old = { topicId: '1'.repeat(32), replicationFactor: 3, epoch: 2 }
  expect(whyOf({ rebuilding: { ...old, ownConfigs: {} } })).toBe(
    `its topic is gone, and mirror rebuild has not made it anew: there is nothing to open; mirror rebuild goes on with it while the source answers, or ${off}`,
  )
  expect(whyOf({ restoring: { ...old, isSaved: true } })).toContain('mirror restore goes on with it')
})

it('counts the loss from where the source ended after the stop, where that was read: it took records since the plan', () => {
  const view = mirror('orders', { state: 'ACTIVE' }, [[10n, 10n]])
  const stopped = { topic: 'orders', outcome: { kind: 'applied' }, ends: [offset(12n)], sourcePlaces: [offset(14n)] } as const // prettier-ignore
  const lossWhen = (after: readonly (ReturnType<typeof offset> | undefined)[]): unknown =>
    withLoss({ ...stopped, sourceEndsAfter: after }, view, { hasFailed: false }).loss
  expect(lossWhen([offset(44n)])).toEqual({ kind: 'exact', records: 30n })
  expect(lossWhen([undefined])).toEqual({ kind: 'exact', records: 0n })
})
