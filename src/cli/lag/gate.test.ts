import { expect, it } from 'vitest'
import { at, carried, connectSilent, healthy, link, mirror } from '../../../test/support/links.ts'
import type { LinkView } from '../../engines/engine.ts'
import { lagSeen, limitOfAll, limitsOf, objectives } from '../../../test/support/lag-seen.ts'
import { gateOf, gateText } from './gate.ts'
import { lagRows } from './lag-run.ts'

const why = 'needs Describe on topic "secret" at cluster "east" for User:app'
const unknown = mirror('secret', { state: 'ACTIVE' }, [[undefined, 3n]], 'never')
const secret = { ...unknown, partitions: unknown.partitions.map((one) => ({ ...one, loss: { kind: 'unknown', why } as const })) } // prettier-ignore
const behind = mirror('orders', { state: 'ACTIVE' }, [[4n, 3n]])
const timestampMs = BigInt(at.getTime() - 90_000)
const unread = new Map([[behind, new Map([['orders/0', new Map([[3n, { timestampMs, method: 'exact', isLogAppendTime: false } as const]])] as const])]]) // prettier-ignore

function gate(limitMs: number): ReturnType<typeof gateOf> {
  const mirrors = [behind, secret]
  const observed = { links: [{ kind: 'observed', link, view: { ...healthy, mirrors } }], unasked: [] } as const
  const limit = { ms: limitMs, objective: undefined }
  const limits = { limitMs, ofMirror: () => limit, ofGroup: () => limit }
  return gateOf(limits, lagRows(mirrors, at, unread, limits), observed, undefined, { rows: [], seen: [] })
}

it('a source topic that is denied is not determined, says the right that is missing, and leaves the others counted', () => {
  expect(gate(120_000)).toMatchObject({
    verdict: 'unknown',
    counted: 2,
    over: [],
    unknown: [{ what: 'secret/0 of link east-west', why: `it is UNKNOWN: ${why}` }],
  })
})

it('with another that is over the limit it is over, and both are named', () => {
  expect(gate(30_000)).toMatchObject({
    verdict: 'over',
    over: [{ what: 'orders/0 of link east-west', lagMs: 90_000 }],
    unknown: [{ what: 'secret/0 of link east-west' }],
  })
})

it('by objectives names the one that was missed, and leaves out what has none', () => {
  const seen = lagSeen(objectives)
  expect(seen.gate).toMatchObject({ verdict: 'over', limitMs: null, counted: 10, unlimited: 0 })
  expect(gateText(seen.gate!)).toMatch(
    /^gate: over the limit: 3 of 10 partitions over their objectives, worst group late in orders\/1 of link east-west with 1m\d\ds \(lag: 30\.0 s\); 4 not determined, first group denied of link east-west: /,
  )
  const orders1 = seen.rows.find(({ topic, partition }) => topic === 'orders' && partition === 1)
  expect(orders1).toMatchObject({ limitMs: 5_000, objective: 'topics.orders', verdict: 'over' })
  const topicsOnly = lagSeen(limitsOf({ lagMs: undefined, topics: [{ glob: 'payments', lagMs: 30_000 }], groups: [] }))
  // The group that could not be asked has no objective, and takes nothing away from it.
  expect(gateText(topicsOnly.gate!)).toBe('gate: within the limit: all 1 partitions within their objectives, and 9 have none\n') // prettier-ignore
  expect(topicsOnly.groupRows.every(({ limitMs, verdict }) => limitMs === null && verdict === null)).toBe(true)
})

it('a group that is named and not there is not determined: its name may be wrong', () => {
  const { rows, observed, groupRows, groups } = lagSeen()
  const unknownOf = (asked: readonly string[], limits = limitOfAll(3_600_000)): unknown =>
    gateOf(limits, rows, observed, undefined, { rows: groupRows, seen: groups, asked }).unknown.filter(({ what }) => asked.some((name) => what === `group ${name}`)) // prettier-ignore
  const why = 'none of the groups of the links is called so and has committed in these topics'
  expect(unknownOf(['slwo', 'x-*', 'slow', 'billing-*', 'denied'])).toEqual([{ what: 'group slwo', why }, { what: 'group x-*', why }]) // prettier-ignore
  // Nothing is asked of groups.
  expect(unknownOf(['slwo'], limitsOf({ lagMs: undefined, topics: [{ glob: 'orders', lagMs: 1 }], groups: [] }))).toEqual([]) // prettier-ignore
})

it('a link whose runner cannot show that it lives is not determined, for that reason', () => {
  const limits = limitsOf({ lagMs: 30_000, topics: [], groups: [] })
  const view: LinkView = {
    ...healthy,
    runner: undefined,
    state: undefined,
    runnerUnknown: 'its lock cannot be renewed',
  }
  const observed = { links: [{ kind: 'observed', link: view.link, view }], unasked: [] } as const
  const { unknown } = gateOf(limits, lagRows(healthy.mirrors, at, new Map(), limits), observed, undefined, { rows: [], seen: [] }) // prettier-ignore
  expect(unknown).toContainEqual({ what: 'link east-west', why: 'its lock cannot be renewed' })
})

it('a link that Kafka Connect carries has no runner, and is determined unless it is not seen to be carried', () => {
  const orders = mirror('orders', { state: 'ACTIVE' }, [[4n, 4n]])
  const unknownOf = (view: LinkView): unknown => {
    const limits = limitsOf({ lagMs: 30_000, topics: [], groups: [] })
    const observed = { links: [{ kind: 'observed', link: view.link, view }], unasked: [] } as const
    return gateOf(limits, lagRows([orders], at, new Map(), limits), observed, undefined, { rows: [], seen: [] }).unknown
  }
  expect(unknownOf(carried)).toEqual([])
  expect(unknownOf({ ...carried, state: 'FAILED' })).toEqual([{ what: 'link east-west', why: 'it is FAILED' }])
  const silent = 'Kafka Connect does not tell that it is carried: no answer within 10 s'
  expect(unknownOf(connectSilent)).toEqual([{ what: 'link east-west', why: silent }])
})
