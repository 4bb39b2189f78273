import { describe, expect, it } from 'vitest'
import { compareLag, mirrorLag, type MirrorLag } from './mirror-lag.ts'
import { mirrorStateNames } from './mirror-state.ts'
import { offset } from './offset.ts'

const current = (end: bigint): { offset: ReturnType<typeof offset>; isCurrent: boolean } => ({
  offset: offset(end),
  isCurrent: true,
})
const last = (end: bigint): { offset: ReturnType<typeof offset>; isCurrent: boolean } => ({
  ...current(end),
  isCurrent: false,
})

describe('mirrorLag', () => {
  it.each([
    ['ACTIVE', current(10n), 10n, { records: 0n, status: 'OK' }],
    ['ACTIVE', current(10n), 4n, { records: 6n, status: 'LAGGING' }],
    ['ACTIVE', current(4n), 10n, { records: -6n, status: 'AHEAD' }],
    ['PAUSED', current(10n), 4n, { records: 6n, status: 'PAUSED' }],
    ['PAUSED', current(10n), 10n, { records: 0n, status: 'PAUSED' }],
    ['PAUSED', last(10n), 4n, { records: 6n, status: 'STALE' }],
    ['FAILED', current(4n), 10n, { records: -6n, status: 'AHEAD' }],
    ['FAILED', current(10n), 10n, { records: 0n, status: 'FAILED' }],
    ['SOURCE_UNAVAILABLE', last(10n), 4n, { records: 6n, status: 'STALE' }],
    ['SOURCE_UNAVAILABLE', last(4n), 10n, { records: 0n, status: 'STALE' }],
    ['FAILED', last(10n), 4n, { records: 6n, status: 'FAILED' }],
    ['STOPPED', current(10n), 4n, { records: undefined, status: 'STOPPED' }],
  ] as const)('%s, source %o, mirror %d', (state, sourceEnd, mirrored, expected) => {
    expect(mirrorLag(state, sourceEnd, offset(mirrored))).toEqual(expected)
  })

  it('is unknown without one of the ends, never zero, in every state but STOPPED', () => {
    for (const state of mirrorStateNames.filter((name) => name !== 'STOPPED')) {
      expect(mirrorLag(state, undefined, offset(1n))).toEqual({ records: undefined, status: 'UNKNOWN' })
      expect(mirrorLag(state, current(0n), undefined)).toEqual({ records: undefined, status: 'UNKNOWN' })
    }
  })
})

it('sorts worst first: not known, wrong, most records, well, stopped', () => {
  const sorted: readonly MirrorLag[] = [
    { records: undefined, status: 'UNKNOWN' },
    { records: -6n, status: 'AHEAD' },
    { records: 0n, status: 'FAILED' },
    { records: 10_000_000_000_000_000_000n, status: 'LAGGING' },
    { records: 9n, status: 'STALE' },
    { records: 1n, status: 'LAGGING' },
    { records: 0n, status: 'OK' },
    { records: undefined, status: 'STOPPED' },
  ]
  expect(sorted.toReversed().toSorted(compareLag)).toEqual(sorted)
})
