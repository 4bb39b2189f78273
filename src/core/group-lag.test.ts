import { describe, expect, it } from 'vitest'
import { compareGroupLag, groupLag, staleGroupLag, type GroupLag } from './group-lag.ts'
import { offset } from './offset.ts'

const log = (start: bigint, end: bigint): { start: ReturnType<typeof offset>; end: ReturnType<typeof offset> } => ({ start: offset(start), end: offset(end) }) // prettier-ignore

describe('groupLag', () => {
  it.each([
    ['all is read', 10n, log(0n, 10n), { records: 0n, status: 'OK' }],
    ['some is not', 4n, log(0n, 10n), { records: 6n, status: 'LAGGING' }],
    ['the commit is past the end', 12n, log(0n, 10n), { records: -2n, status: 'AHEAD' }],
    ['retention has passed the commit', 4n, log(7n, 10n), { records: 3n, status: 'LOST' }],
    ['retention has passed all', 4n, log(10n, 10n), { records: 0n, status: 'LOST' }],
    ['at the log start', 7n, log(7n, 10n), { records: 3n, status: 'LAGGING' }],
    ['nothing committed, and records', undefined, log(0n, 10n), { records: undefined, status: 'UNKNOWN' }],
    ['nothing committed, and no records', undefined, log(10n, 10n), { records: 0n, status: 'OK' }],
    ['what is committed is read', 6n, { ...log(0n, 6n), highWatermark: offset(10n) }, { records: 0n, status: 'OK' }],
    [
      'what is committed is not',
      4n,
      { ...log(0n, 6n), highWatermark: offset(10n) },
      { records: 2n, status: 'LAGGING' },
    ],
    [
      'more than what is committed is read',
      8n,
      { ...log(0n, 6n), highWatermark: offset(10n) },
      { records: 0n, status: 'OK' },
    ],
    [
      'the commit is past the high watermark, too',
      12n,
      { ...log(0n, 6n), highWatermark: offset(10n) },
      { records: -2n, status: 'AHEAD' },
    ],
    ['a log that could not be read', 4n, undefined, { records: undefined, status: 'UNKNOWN' }],
  ] as const)('%s', (_case, committed, bounds, expected) => {
    expect(groupLag(committed === undefined ? undefined : offset(committed), bounds)).toEqual(expected)
  })
})

it('of a dead source the lag is a lower bound, and unknown without a place', () => {
  expect(staleGroupLag(offset(4n), offset(10n))).toEqual({ records: 6n, status: 'STALE' })
  expect(staleGroupLag(offset(11n), offset(10n))).toEqual({ records: 0n, status: 'STALE' })
  expect(staleGroupLag(undefined, offset(10n))).toEqual({ records: undefined, status: 'UNKNOWN' })
  expect(staleGroupLag(offset(4n), undefined)).toEqual({ records: undefined, status: 'UNKNOWN' })
})

it('sorts the worst first', () => {
  const lags: GroupLag[] = [
    { records: 0n, status: 'OK' },
    { records: 1n, status: 'LAGGING' },
    { records: 3n, status: 'LOST' },
    { records: 9n, status: 'STALE' },
    { records: undefined, status: 'UNKNOWN' },
    { records: -2n, status: 'AHEAD' },
  ]
  expect(lags.toSorted(compareGroupLag).map(({ status }) => status)).toEqual(['UNKNOWN', 'AHEAD', 'LOST', 'STALE', 'LAGGING', 'OK']) // prettier-ignore
})
