import { it } from 'vitest'
import { jsonDocument } from '../../src/cli/json.ts'
import { promoteView, renderPromotePlan, renderPromoteResults } from '../../src/cli/mirror/promote-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import { offset } from '../../src/core/offset.ts'
import type { PromotePlan, PromoteReport } from '../../src/engines/engine.ts'
import { at, failoverPlan, healthy, sourceDead, target } from '../support/links.ts'
import { expectGolden } from './golden.ts'

const style = styleOf({ hasColor: false })
const { loss: lag, ...of } = failoverPlan(healthy)
const plan: PromotePlan = {
  ...of,
  lag,
  runner: healthy.runner,
  sourceFence: {
    how: 'acl',
    steps: ['create DENY Write for User:* on topic "orders"'],
    warnings: ['ACLs do not bind the super users of cluster "east", which it does not name, nor principals of other types than User'],
  },
  producers: [{ topic: 'orders', known: 3, openTransactions: 1 }, { topic: 'payments', known: 0, openTransactions: 0 }],
  groups: [{ group: 'billing', isActive: true }, { group: 'orders-app', isActive: false }],
  blockers: [],
} // prettier-ignore
const none: PromotePlan = {
  ...plan,
  mirrors: sourceDead.mirrors,
  isSourceReachable: false,
  runner: undefined,
  sourceFence: {
    how: 'none',
    steps: [],
    warnings: ['nothing keeps producers off: that they are stopped is your word'],
  },
  producers: [],
  groups: [],
}
const report: PromoteReport = {
  results: [
    { topic: 'orders', outcome: { kind: 'applied' }, ends: [offset(120n), offset(118n)], sourceEnds: [offset(120n), offset(118n)], loss: { kind: 'exact', records: 0n } },
    { topic: 'payments', outcome: { kind: 'applied' }, ends: [offset(9223372036854775800n)], sourceEnds: [offset(9223372036854775807n)], loss: { kind: 'exact', records: 7n } },
    { topic: 'refunds', outcome: { kind: 'unknown', why: 'stopped, and the source could not be read again' }, ends: [offset(1n)], sourceEnds: undefined, loss: { kind: 'unknown' } },
    { topic: 'slow', outcome: { kind: 'pending', why: 'partition 0 is not fenced yet: no answer' }, ends: undefined, sourceEnds: undefined, loss: { kind: 'unknown' } },
  ],
  groups: { copied: ['orders-app'], activeOnSource: ['billing'], activeOnDestination: [] },
} // prettier-ignore
const rest = { now: at, blockers: [], next: 'georep offset clamp --link east-west' }

it('mirror promote: before, and after', () => {
  const before = [plan, none].map((one) => renderPromotePlan(promoteView(one, target, { ...rest, report: undefined }), style)) // prettier-ignore
  expectGolden('mirror-promote-before.txt', before.join('\n'))
  const after = promoteView(plan, target, { ...rest, report })
  expectGolden('mirror-promote-after.txt', renderPromoteResults(after.results ?? [], style))
  expectGolden('mirror-promote-json.txt', jsonDocument('georep.mirror-promote/1', after))
})
