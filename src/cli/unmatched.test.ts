import { expect, it } from 'vitest'
import { healthy, link } from '../../test/support/links.ts'
import type { Observed } from './observed.ts'
import { unmatchedGroups, unmatchedTopic } from './unmatched.ts'

const [first] = healthy.mirrors
if (first === undefined) throw new Error('no mirror')
const { sourceTopic } = first.record
const prefixed = { ...first, record: { ...first.record, mirrorTopic: `east.${sourceTopic}` } }
const view = { ...healthy, mirrors: [prefixed], unmirrored: [{ topic: 'internal', why: 'it is internal' }] }
const observed: Observed = { links: [{ kind: 'observed', link, view }], unasked: [] }

it.each([
  [undefined, undefined],
  [sourceTopic, undefined],
  [`${sourceTopic.slice(0, 2)}*`, undefined],
  ['internal', undefined],
  ['nosuch', 'no mirror that was seen is of a topic like "nosuch"'],
  // What tables show is the name of the mirror.
  [`east.${sourceTopic}`, `no mirror that was seen is of a topic like "east.${sourceTopic}"; topics are named as on the source, where "east.${sourceTopic}" is "${sourceTopic}"`], // prettier-ignore
])('of the topic %j', (topic, expected) => {
  expect(unmatchedTopic(observed, topic)).toBe(expected)
})

it('tells each group that none is like', () => {
  const seen = new Set(['billing', 'orders-app'])
  expect(unmatchedGroups(undefined, seen)).toEqual([])
  expect(unmatchedGroups(['orders-*', 'bil', 'billing'], seen)).toEqual([
    'no group of the links that was seen to have committed in these topics is like "bil"',
  ])
})
