import { expect, it } from 'vitest'
import { offset } from '../../core/offset.ts'
import type { OffsetSync } from '../../core/sync-runs.ts'
import { addPair, placeByCheckpoints } from './checkpoints.ts'

const pair = (up: number, down: number): OffsetSync => ({ up: offset(BigInt(up)), down: offset(BigInt(down)) })
const span = { start: offset(10n), stable: offset(500n), end: offset(500n) }

it('checkpoints that speak against a later one are left out, and so are those that tell less', () => {
  const pairs: OffsetSync[] = []
  const after = (...told: readonly (readonly [number, number])[]): readonly OffsetSync[] => {
    for (const [up, down] of told) addPair(pairs, pair(up, down))
    return pairs
  }
  expect(after([100, 90], [300, 260], [200, 150])).toEqual([pair(100, 90), pair(200, 150), pair(300, 260)])
  // A topic that was made anew: further on the source, and not so far on the destination.
  expect(after([400, 120])).toEqual([pair(100, 90), pair(400, 120)])
  expect(after([100, 95])).toEqual([pair(100, 95), pair(400, 120)])
  expect(after([350, 130])).toEqual([pair(100, 95), pair(350, 130)])
})

it('the place is that of the furthest checkpoint at or before it, and all that is behind may be read again', () => {
  const pairs = [pair(100, 9), pair(200, 150), pair(300, 260), pair(310, 700)]
  expect(placeByCheckpoints(pairs, offset(299n), span)).toMatchObject({ kind: 'bounded', to: 150n, reread: 350n })
  expect(placeByCheckpoints(pairs, offset(900n), span)).toMatchObject({ kind: 'bounded', to: 260n, reread: 600n })
  expect(placeByCheckpoints(pairs, offset(99n), span)).toMatchObject({ kind: 'unknown', why: 'no checkpoint of MirrorMaker is at or before the place' }) // prettier-ignore
  expect(placeByCheckpoints(pairs, offset(150n), span)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('log starts at 10') as string }) // prettier-ignore
})
