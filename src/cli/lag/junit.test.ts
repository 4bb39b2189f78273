import { expect, it } from 'vitest'
import {
  lagSeen,
  lagSeenOfDeadSource,
  limitOfAll,
  limitsOf,
  objectives,
  oddGroup,
} from '../../../test/support/lag-seen.ts'
import { elementsIn, parsedXml } from '../../../test/support/reports.ts'
import { lagJunit } from './junit.ts'
import type { LagSeen } from './lag-seen.ts'

/** What became of each case, by its class and name. */
function cases(seen: LagSeen): ReadonlyMap<string, { readonly outcome: string; readonly message: string }> {
  const root = parsedXml(lagJunit(seen))
  const found = elementsIn(root).filter(({ name }) => name === 'testcase')
  for (const suite of elementsIn(root).filter(({ name }) => name.startsWith('testsuite'))) {
    const counted = (outcome: string): string => String(found.filter(({ children }) => children[0]?.name === outcome).length) // prettier-ignore
    expect(suite.attributes).toMatchObject({
      tests: String(found.length),
      failures: counted('failure'),
      errors: counted('error'),
      skipped: counted('skipped'),
    })
  }
  return new Map(
    found.map(({ attributes: { classname, name }, children: [child] }) => [
      `${classname ?? ''} ${name ?? ''}`,
      { outcome: child?.name === 'system-out' ? 'passed' : (child?.name ?? ''), message: child?.attributes['message'] ?? child?.text ?? '' }, // prettier-ignore
    ]),
  )
}

it('a case for each partition: within passes, over fails with its objective, not known is an error, stopped is skipped', () => {
  const found = cases(lagSeen(objectives))
  const mirror = (name: string): unknown => found.get(`georep.lag.mirror ${name} of link east-west`)
  const group = (name: string): unknown => found.get(`georep.lag.group group ${name} in orders/1 of link east-west`)
  expect(mirror('orders/0')).toMatchObject({ outcome: 'passed' })
  expect(mirror('orders/1')).toEqual({ outcome: 'failure', message: '7.00 s behind, 18 records (topics.orders: 5.00 s)' }) // prettier-ignore
  expect(mirror('payments/0')).toEqual({ outcome: 'passed', message: '7.00 s behind, 7 records (lag: 30.0 s)' })
  expect(mirror('old/0')).toMatchObject({ outcome: 'skipped' })
  expect(group('billing-eu')).toEqual({ outcome: 'failure', message: '20.0 s behind, 18 records (groups.billing-*: 10.0 s)' }) // prettier-ignore
  expect(group('slow')).toMatchObject({ outcome: 'passed' })
  expect(group('none')).toMatchObject({ outcome: 'error', message: 'it is UNKNOWN (lag: 30.0 s)' })
  expect(group('ahead')).toMatchObject({ outcome: 'error' })
  expect(found.get('georep.lag group denied of link east-west')).toEqual({ outcome: 'error', message: 'needs Describe on group "denied"' }) // prettier-ignore
  // XML has no such characters: the name is there, and can be read.
  expect([...found.keys()].some((name) => name.includes('odd "group" \\ <&>'))).toBe(true)
  expect(oddGroup).toContain('\n')
})

it('with the source dead nothing passes', () => {
  const outcomes = [...cases(lagSeenOfDeadSource(limitOfAll(30_000))).values()].map(({ outcome }) => outcome)
  expect(new Set(outcomes)).toEqual(new Set(['error', 'skipped'])) // skipped is what is stopped
})

it('what no objective matches is skipped, and not part of the gate', () => {
  const seen = lagSeen(limitsOf({ lagMs: undefined, topics: [{ glob: 'pay*', lagMs: 30_000 }], groups: [] }))
  const outcomes = [...cases(seen).values()].map(({ outcome }) => outcome)
  expect(outcomes.filter((one) => one !== 'skipped')).toEqual(['passed'])
  expect(seen.gate).toMatchObject({ verdict: 'within', limitMs: null, counted: 1, unlimited: 9 })
})
