import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

it.each([
  ['bootstap', ['region', 'bootstrap'], 'bootstrap'],
  ['lnk', ['link', 'lag'], 'link'],
  ['mirrro', ['mirror'], 'mirror'],
  ['Link', ['link'], 'link'],
  ['show', ['validate', 'create'], undefined],
  ['x', ['lag'], undefined],
  ['', ['lag'], undefined],
  ['abc', [], undefined],
])('%j among %j is %j', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected)
})
