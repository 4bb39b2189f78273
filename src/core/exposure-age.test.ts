import { expect, it } from 'vitest'
import { longestOf, type MissingAge } from './exposure-age.ts'

const exact = (ms: number): MissingAge => ({ kind: 'exact', ms })
const atLeast = (ms: number): MissingAge => ({ kind: 'atLeast', ms, why: 'the source does not answer' })
const unknown: MissingAge = { kind: 'unknown', why: 'denied' }

it.each([
  ['of nothing', [], exact(0)],
  ['of exact ones', [exact(0), exact(7), exact(3)], exact(7)],
  ['with a lower bound that is not the longest', [exact(7), atLeast(3)], { ...atLeast(3), ms: 7 }],
  ['with an unknown in it', [exact(7), unknown], { kind: 'atLeast', ms: 7, why: 'denied' }],
  ['of an unknown where the others miss nothing', [exact(0), unknown], unknown],
  ['of unknowns', [unknown, unknown], unknown],
] as const)('the longest %s', (_, ages, longest) => {
  expect(longestOf(ages)).toStrictEqual(longest)
})
