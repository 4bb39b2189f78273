import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clampOf, syncedOffset } from './group-offsets.ts'
import { offset, type Offset } from './offset.ts'

const at = (value: number): Offset => offset(BigInt(value))

describe('syncedOffset', () => {
  it.each([
    ['is copied as it is', 7, undefined, 10, 7],
    ['goes on', 7, 5, 10, 7],
    ['goes back when the group was set back at the source', 3, 5, 10, 3],
    ['is left alone when it is there', 7, 7, 10, undefined],
    ['is cut to the end of the mirror', 12, undefined, 10, 10],
    ['is left alone at the end of the mirror', 12, 10, 10, undefined],
    ['zero is an offset like any other', 0, undefined, 10, 0],
  ])('a commit %s', (_, source, destination, end, synced) => {
    const commits = { source: at(source), destination: destination === undefined ? undefined : at(destination) }
    expect(syncedOffset(commits, at(end))).toBe(synced === undefined ? undefined : at(synced))
  })
})

describe('clampOf', () => {
  it.each([
    [5, { kind: 'inside' }],
    [2, { kind: 'inside' }],
    [8, { kind: 'inside' }],
    [0, { kind: 'belowLogStart', to: 2n, lost: 2n }],
    [11, { kind: 'pastLogEnd', to: 8n, ahead: 3n }],
  ])('%i in a log from 2 to 8', (committed, clamp) => {
    expect(clampOf(at(committed), { start: at(2), end: at(8) })).toEqual(clamp)
  })

  it('always ends inside', () => {
    const offsets = fc.tuple(fc.nat(), fc.nat(), fc.nat())
    fc.assert(
      fc.property(offsets, ([committed, a, b]) => {
        const log = { start: at(Math.min(a, b)), end: at(Math.max(a, b)) }
        const clamp = clampOf(at(committed), log)
        const to = clamp.kind === 'inside' ? at(committed) : clamp.to
        expect(to >= log.start && to <= log.end).toBe(true)
        expect(clampOf(to, log)).toEqual({ kind: 'inside' })
      }),
    )
  })
})
