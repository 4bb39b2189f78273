import { describe, expect, it } from 'vitest'
import { isPattern, prefixOfPattern, sampleOfPattern, topicMatcher } from './topic-pattern.ts'

describe('topicMatcher', () => {
  const topics = [
    'orders',
    'orders-eu',
    '__consumer_offsets',
    '__georep',
    '_schemas',
    'georep-canary-a1',
    'georep-notes',
  ]
  it.each([
    ['*', [], ['orders', 'orders-eu', '_schemas', 'georep-notes']],
    ['orders*', [], ['orders', 'orders-eu']],
    ['orders-??', [], ['orders-eu']],
    ['*', ['orders', 'none'], ['orders-eu', '_schemas', 'georep-notes']],
    ['__*', [], []],
    ['georep-canary-*', [], []],
  ])('%s without %j', (glob, except, expected) => {
    expect(topics.filter(topicMatcher({ glob, except }))).toEqual(expected)
  })
})

it.each([
  ['orders-*', true],
  ['order?', true],
  ['orders', false],
  ['a.b_c-d', false],
])('isPattern %s', (word, expected) => {
  expect(isPattern(word)).toBe(expected)
})

it.each([
  ['orders-*', 'orders-*', 'orders-georep'],
  ['*', '*', 'georep'],
  ['?a*b*', '*', '0ageorepb'],
  ['orders-??', 'orders-*', 'orders-00'],
])('%s begins as %s, and matches %s', (glob, prefix, sample) => {
  expect({ prefix: prefixOfPattern(glob), sample: sampleOfPattern(glob) }).toEqual({ prefix, sample })
  expect(topicMatcher({ glob, except: [] })(sample)).toBe(true)
})
