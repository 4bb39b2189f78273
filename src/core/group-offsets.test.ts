import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clampOf, syncedCommit } from './group-offsets.ts'
import type { PlannedCommit } from './offset-plan.ts'
import { offset, type Offset } from './offset.ts'

const at = (value: number): Offset => offset(BigInt(value))

describe('syncedCommit', () => {
  it.each([
    ['is copied as it is', 7, undefined, 10, 7],
    ['goes on', 7, 5, 10, 7],
    ['goes back when the group was set back at the source', 3, 5, 10, 3],
    ['is left alone when it is there', 7, 7, 10, undefined],
    ['is cut to the end of the mirror', 12, undefined, 10, 10],
    ['is left alone at the end of the mirror', 12, 10, 10, undefined],
    ['zero is an offset like any other', 0, undefined, 10, 0],
  ])('a commit %s', (_, source, destination, end, synced) => {
    const commit = (value: number): PlannedCommit => ({ offset: at(value), metadata: '' })
    const commits = { source: commit(source), destination: destination === undefined ? undefined : commit(destination) }
    expect(syncedCommit(commits, at(end))).toEqual(synced === undefined ? undefined : commit(synced))
  })

  it.each([
    ['comes with it', 7, { offset: 7n, metadata: 'done: 9' }],
    ['is about another place when it is cut', 5, { offset: 5n, metadata: '' }],
  ])('what the client has put beside it %s', (_, end, synced) => {
    const source = { offset: at(7), metadata: 'done: 9' }
    expect(syncedCommit({ source, destination: { offset: at(7), metadata: 'done: 8' } }, at(end))).toEqual(synced)
    expect(syncedCommit({ source, destination: { offset: offset(synced.offset), metadata: synced.metadata } }, at(end))).toBeUndefined() // prettier-ignore
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
