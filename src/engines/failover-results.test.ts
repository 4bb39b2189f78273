import { expect, it } from 'vitest'
import { mirror } from '../../test/support/links.ts'
import { lossIfDoubted } from '../core/loss.ts'
import { offset } from '../core/offset.ts'
import { notMade, withLoss } from './failover-results.ts'
import type { Stopped } from './stopping.ts'

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

it('what is written down late is exact when who carried it was seen to end, and an upper bound otherwise', () => {
  const view = mirror('orders', { state: 'ACTIVE' }, [[20n, 5n]])
  const [part] = view.partitions
  const late = { ...view, partitions: [{ ...part!, loss: lossIfDoubted(part!.loss, 'LATE'), doubt: 'LATE' }] } as const
  const stopped: Stopped = { topic: 'orders', outcome: { kind: 'applied' }, ends: [offset(40n)], sourcePlaces: [offset(18n)], sourceEndsAfter: [offset(20n)] } // prettier-ignore
  const pending: Stopped = { topic: 'orders', outcome: { kind: 'pending', why: 'no answer' }, ends: undefined }
  const lossOf = (one: Stopped): unknown => withLoss(one, late, { hasFailed: false }).loss
  expect(lossOf(stopped)).toEqual({ kind: 'exact', records: 2n })
  expect(lossOf({ ...stopped, arePlacesLate: true })).toEqual({ kind: 'atMost', records: 2n })
  expect(lossOf(pending)).toEqual({ kind: 'atMost', records: 15n })
})

it('what the plan knew to be there is there, be it written down or not; what came since is an upper bound', () => {
  const view = mirror('orders', { state: 'ACTIVE' }, [[20n, 20n]])
  const stopped = { topic: 'orders', outcome: { kind: 'applied' }, ends: [offset(40n)], sourcePlaces: [offset(18n)], arePlacesLate: true } as const // prettier-ignore
  const lossWhen = (after: bigint): unknown => withLoss({ ...stopped, sourceEndsAfter: [offset(after)] }, view, { hasFailed: false }).loss // prettier-ignore
  expect(lossWhen(20n)).toEqual({ kind: 'exact', records: 0n })
  expect(lossWhen(23n)).toEqual({ kind: 'atMost', records: 3n })
})

it('counts the loss from where the source ended after the stop, where that was read: it took records since the plan', () => {
  const view = mirror('orders', { state: 'ACTIVE' }, [[10n, 10n]])
  const stopped = { topic: 'orders', outcome: { kind: 'applied' }, ends: [offset(12n)], sourcePlaces: [offset(14n)] } as const // prettier-ignore
  const lossWhen = (after: readonly (ReturnType<typeof offset> | undefined)[]): unknown =>
    withLoss({ ...stopped, sourceEndsAfter: after }, view, { hasFailed: false }).loss
  expect(lossWhen([offset(44n)])).toEqual({ kind: 'exact', records: 30n })
  expect(lossWhen([undefined])).toEqual({ kind: 'atLeast', records: 0n })
})
