import { expect, it } from 'vitest'
import { longestOf, type MissingAge } from './exposure-age.ts'

const exact = (ms: number): MissingAge => ({ kind: 'exact', ms })
const atLeast = (ms: number): MissingAge => ({ kind: 'atLeast', ms, why: 'the source does not answer' })
const atMost = (ms: number): MissingAge => ({ kind: 'atMost', ms, why: 'written down late' })
const unknown: MissingAge = { kind: 'unknown', why: 'denied' }

it.each([
  ['of nothing', [], exact(0)],
  ['of exact ones', [exact(0), exact(7), exact(3)], exact(7)],
  ['with a lower bound that is not the longest', [exact(7), atLeast(3)], { ...atLeast(3), ms: 7 }],
  ['with an unknown in it', [exact(7), unknown], { kind: 'atLeast', ms: 7, why: 'denied' }],
  ['of an unknown where the others miss nothing', [exact(0), unknown], unknown],
  ['with an upper bound that is the longest', [exact(7), atMost(8), atMost(9)], atMost(9)],
  ['with an upper bound that is not', [exact(7), atMost(7)], exact(7)],
  ['with an upper and a lower bound', [atMost(9), atLeast(3)], atLeast(3)],
  ['with an upper bound and an unknown', [atMost(9), unknown], unknown],
  ['of unknowns', [unknown, unknown], unknown],
] as const)('the longest %s', (_, ages, longest) => {
  expect(longestOf(ages)).toStrictEqual(longest)
})
