import { describe, expect, it } from 'vitest'
import type { SeenRecord } from './fingerprint.ts'
import { offset } from './offset.ts'
import { comparedBy, placeOnMirror } from './translation.ts'

const log = (start: bigint, end: bigint): { start: ReturnType<typeof offset>; end: ReturnType<typeof offset> } => ({ start: offset(start), end: offset(end) }) // prettier-ignore

describe('placeOnMirror', () => {
  it.each([
    ['inside', 7n, [5n, 20n], [5n, 15n], undefined, { kind: 'exact', to: 7n, by: 'mapping', why: undefined }],
    ['at the end of both', 20n, [5n, 20n], [5n, 20n], undefined, { kind: 'exact', to: 20n }],
    ['with the source dead', 7n, undefined, [5n, 15n], undefined, { kind: 'exact', to: 7n }],
    ['behind the end of the mirror', 18n, [5n, 20n], [5n, 15n], undefined, { kind: 'bounded', to: 15n, reread: 3n }],
    ['behind the end, source dead', 18n, undefined, [5n, 15n], undefined, { kind: 'bounded', to: 15n, reread: 3n }],
    ['past the end of the source', 21n, [5n, 20n], [5n, 20n], undefined, { kind: 'unknown' }],
    [
      'that retention has passed on both',
      2n,
      [5n, 20n],
      [5n, 15n],
      undefined,
      { kind: 'exact', to: 5n, why: 'retention on the source has passed it by 3 offsets' },
    ],
    [
      'that retention has passed on the source alone',
      2n,
      [5n, 20n],
      [1n, 15n],
      undefined,
      {
        kind: 'exact',
        to: 2n,
        why: 'retention on the source has passed it by 3 offsets: what the destination has of these is not skipped',
      },
    ],
    [
      'that it has passed on the source by more',
      2n,
      [5n, 20n],
      [4n, 15n],
      undefined,
      {
        kind: 'exact',
        to: 4n,
        why: 'retention on the source has passed it by 3 offsets: what the destination has of these is not skipped',
      },
    ],
    ['that it has passed on the destination by more', 2n, [5n, 20n], [6n, 15n], undefined, { kind: 'unknown' }],
    [
      'before all that the source has, and the mirror was stopped',
      2n,
      [50n, 60n],
      [0n, 90n],
      12n,
      { kind: 'exact', to: 2n },
    ],
    [
      'that the mirror never had',
      2n,
      [1n, 20n],
      [5n, 15n],
      undefined,
      { kind: 'unknown', why: "the destination's log starts at 5: 3 offsets before that are not there" },
    ],
    ['that the mirror does not have, source dead', 2n, undefined, [5n, 15n], undefined, { kind: 'unknown' }],
    ['before the mirror was stopped', 11n, [5n, 20n], [5n, 90n], 12n, { kind: 'exact', to: 11n }],
    [
      'behind where the mirror was stopped',
      18n,
      [5n, 20n],
      [5n, 90n],
      12n,
      { kind: 'exact', to: 12n, why: 'the mirror was stopped at 12: 6 offsets that were read before are not there' },
    ],
  ] as const)('a place %s', (_, place, source, [start, end], stoppedAt, expected) => {
    const logs = {
      source: source === undefined ? undefined : log(source[0], source[1]),
      destination: log(start, end),
      stoppedAt: stoppedAt === undefined ? undefined : offset(stoppedAt),
    }
    expect(placeOnMirror(offset(place), logs)).toMatchObject(expected)
  })
})

describe('comparedBy', () => {
  const mapped = { kind: 'exact', to: offset(7n), by: 'mapping', why: undefined } as const
  const record: SeenRecord = { offset: 7n, timestampMs: 1_000n, isLogAppendTime: false, hash: 'a'.repeat(32) }

  it('is exact by the record when it is the same', () => {
    expect(comparedBy(mapped, record, record)).toEqual({ ...mapped, by: 'record' })
  })

  it('leaves out a time that a broker gave, and says so', () => {
    const stamped = { ...record, timestampMs: 9_000n, isLogAppendTime: true }
    expect(comparedBy(mapped, record, stamped)).toMatchObject({ by: 'record', why: 'compared without the time, which a broker gave' }) // prettier-ignore
  })

  it.each([
    ['another time', { timestampMs: 1_001n }],
    ['another content', { hash: 'b'.repeat(32) }],
    ['another place', { offset: 8n }],
  ])('is unknown when the records have %s, and shows both', (_, change) => {
    const other = { ...record, ...change }
    expect(comparedBy(mapped, record, other)).toMatchObject({ kind: 'unknown', differing: { source: record, destination: other } }) // prettier-ignore
  })

  it('claims nothing where there is nothing to compare, and makes nothing of what is unknown', () => {
    expect(comparedBy(mapped, record, { none: 'nothing there' })).toEqual({ ...mapped, why: 'not compared: nothing there' }) // prettier-ignore
    const bounded = { kind: 'bounded', to: offset(5n), reread: 2n, why: 'it ends there' } as const
    expect(comparedBy(bounded, record, { none: 'gone' })).toEqual({ ...bounded, why: 'it ends there; not compared: gone' }) // prettier-ignore
    const unknown = { kind: 'unknown', why: 'no' } as const
    expect(comparedBy(unknown, record, record)).toBe(unknown)
  })
})
