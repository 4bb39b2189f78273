import { expect, it } from 'vitest'
import { lossSentence } from '../core/loss.ts'
import { lastSeenText, lossText, lossView, seenText, seenView } from './figures.ts'

const now = new Date('2026-01-02T03:04:05.000Z')

it.each([
  ['now', 'now', 'last seen now'],
  [new Date(now.getTime() - 200_000), '3m20s ago', 'last seen 3m20s ago'],
  // Nobody has written it down, which is not that the source was never seen.
  [undefined, 'unknown', 'last seen at a time that is not known'],
] as const)('seen at %s', (seen, cell, sentence) => {
  const view = seenView(seen, now)
  expect([seenText(view), lastSeenText(view)]).toEqual([cell, sentence])
})

it.each([
  [{ kind: 'exact', records: 1n }, '1', '1 record'],
  [{ kind: 'atLeast', records: 12n }, '>=12', 'at least 12 records'],
  [{ kind: 'atMost', records: 12n }, '<=12', 'up to 12 records'],
  [{ kind: 'unknown' }, 'unknown', 'an unknown number of records'],
] as const)('a loss of %o', (loss, cell, sentence) => {
  expect([lossText(lossView(loss)), lossSentence(loss)]).toEqual([cell, sentence])
  expect(lossSentence(lossView(loss))).toBe(sentence)
})
