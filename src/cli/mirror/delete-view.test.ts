import { expect, it } from 'vitest'
import { stateAfterDelete } from './delete-view.ts'

it.each([
  [['refused', 'refused'], 'nothing was changed'],
  [['refused', 'applied'], undefined],
  // A right that is lost when the mirror was let go already, and an answer that was lost.
  [['failed'], expect.stringContaining('may be PENDING')],
  [['unknown', 'refused'], expect.stringContaining('may be PENDING')],
  [['pending', 'applied'], expect.stringContaining('may be PENDING')],
] as const)('of %j says %s', (kinds, stateNow) => {
  const outcomes = kinds.map((kind) => (kind === 'applied' ? { kind } : { kind, why: 'why' }))
  expect(stateAfterDelete(outcomes).stateNow).toEqual(stateNow)
})
