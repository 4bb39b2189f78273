import { expect, it } from 'vitest'
import { lastSeenText, seenText, seenView } from './figures.ts'

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
