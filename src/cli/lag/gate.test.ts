import { expect, it } from 'vitest'
import { at, healthy, link, mirror } from '../../../test/support/links.ts'
import { gateOf } from './gate.ts'
import { lagRows } from './lag-run.ts'

const why = 'needs Describe on topic "secret" at cluster "east" for User:app'
const unknown = mirror('secret', { state: 'ACTIVE' }, [[undefined, 3n]], 'never')
const secret = { ...unknown, partitions: unknown.partitions.map((one) => ({ ...one, loss: { kind: 'unknown', why } as const })) } // prettier-ignore
const behind = mirror('orders', { state: 'ACTIVE' }, [[4n, 3n]])
const timestampMs = BigInt(at.getTime() - 90_000)
const unread = new Map([[behind, new Map([['orders/0@3', { timestampMs, method: 'exact', isLogAppendTime: false }] as const])]]) // prettier-ignore

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
