import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterFailover, type Commit, compareAfterFailover } from './after-failover.ts'
import { exactly, notKnown, upTo } from './bounds.ts'
import { offset, type Offset } from './offset.ts'

const at = (value: bigint): Commit & { readonly kind: 'at' } => ({ kind: 'at', offset: offset(value) })
const none: Commit = { kind: 'none' }
const denied: Commit = { kind: 'unknown', why: 'needs Describe on group "app"' }
const log = (start: bigint, end: bigint): { readonly start: Offset; readonly end: Offset } => ({ start: offset(start), end: offset(end) }) // prettier-ignore

/** With identical offsets. */
function after(source: Commit, destination: Commit, where: ReturnType<typeof log> | undefined): ReturnType<typeof afterFailover> {
  const mapped = source.kind === 'at' ? { from: source.offset, to: source.offset } : undefined
  return afterFailover({ source, mapped, destination, log: where })
} // prettier-ignore

describe('a group goes on after a failover', () => {
  it.each([
    ['where it is', 5n, 5n, log(0n, 10n), 'OK', 5n, 5n, 0n, 0n],
    ['where its commit was copied last, and reads again', 8n, 5n, log(0n, 10n), 'REREADS', 5n, 5n, 3n, 0n],
    ['and reads again what arrived only', 15n, 5n, log(0n, 10n), 'REREADS', 5n, 5n, 5n, 0n],
    ['at the end of what arrived', 15n, 10n, log(0n, 10n), 'OK', 10n, 0n, 0n, 0n],
    ['in front of what it was set past', 12n, 12n, log(0n, 10n), 'PAST_END', 10n, 0n, 0n, 0n],
    ['behind what retention took from the mirror', 2n, 2n, log(4n, 10n), 'SKIPS', 4n, 6n, 0n, 2n],
    ['behind what it was not to skip: it was set back on the source', 3n, 7n, log(0n, 10n), 'SKIPS', 7n, 3n, 0n, 4n],
    ['at the end, past its own place on the source', 3n, 12n, log(0n, 10n), 'SKIPS', 10n, 0n, 0n, 7n],
  ] as const)('%s', (_, source, destination, where, status, place, lag, rereads, skips) => {
    expect(after(at(source), at(destination), where)).toStrictEqual({
      status,
      at: place,
      lag,
      rereads: exactly(rereads),
      skips: exactly(skips),
      why: undefined,
    })
  })

  it('without a commit there it is not known where, and never at zero', () => {
    const seen = after(at(5n), none, log(0n, 10n))
    expect(seen).toMatchObject({ status: 'UNKNOWN', at: undefined, lag: undefined, rereads: notKnown, skips: notKnown })
    expect(seen.why).toContain('auto.offset.reset')
  })

  it('without a commit in a log without records it begins at its end, whatever is set', () => {
    expect(after(at(5n), none, log(5n, 5n))).toMatchObject({ status: 'OK', at: 5n, lag: 0n })
    expect(after(none, none, log(0n, 0n))).toMatchObject({ status: 'OK', at: 0n, rereads: exactly(0n) })
    expect(after(at(3n), none, log(5n, 5n))).toMatchObject({ status: 'SKIPS', skips: exactly(2n) })
  })

  it.each([
    ['reads again within bounds', 5n, { from: 6n, to: 9n }, 'REREADS', { atLeast: 1n, atMost: 4n }, exactly(0n)],
    ['may read again', 5n, { from: 5n, to: 9n }, 'REREADS', { atLeast: 0n, atMost: 4n }, exactly(0n)],
    ['may skip, which is not known to be well', 7n, { from: 5n, to: 9n }, 'UNKNOWN', { atLeast: 0n, atMost: 2n }, { atLeast: 0n, atMost: 2n }],
    ['skips some for sure', 9n, { from: 5n, to: 7n }, 'SKIPS', exactly(0n), { atLeast: 2n, atMost: 4n }],
    ['is fine with all that arrived', 10n, { from: 10n, to: 14n }, 'OK', exactly(0n), exactly(0n)],
  ] as const)('whose place is known within bounds %s', (_, committed, { from, to }, status, rereads, skips) => {
    const mapped = { from: offset(from), to: offset(to) }
    const seen = afterFailover({ source: at(99n), mapped, destination: at(committed), log: log(0n, 10n) })
    expect(seen).toMatchObject({ status, rereads, skips })
    expect(seen.why).toContain('within bounds')
  }) // prettier-ignore

  it('with the source not known it reads again what is there at most', () => {
    const gone = { kind: 'unknown', why: 'the source does not answer', isStale: true } as const
    const seen = afterFailover({ source: gone, mapped: undefined, destination: at(4n), log: log(0n, 10n) })
    expect(seen).toStrictEqual({ status: 'STALE', at: 4n, lag: 6n, rereads: upTo(6n), skips: notKnown, why: gone.why })
  })

  it.each([
    ['a source that does not tell', denied, at(4n), log(0n, 10n), 'needs Describe on group "app"'],
    ['no commit on the source', none, at(4n), log(0n, 10n), 'nothing is committed on the source'],
    ['a destination that does not tell', at(4n), denied, log(0n, 10n), 'needs Describe on group "app"'],
    ['a log that was not read', at(4n), at(4n), undefined, 'the log of the mirror could not be read'],
  ] as const)('%s: UNKNOWN, with the reason', (_, source, destination, where, why) => {
    const seen = after(source, destination, where)
    expect(seen.status).toBe('UNKNOWN')
    expect(seen.why).toContain(why)
  })

  it('where the engine does not know what a source offset is there, nothing is guessed', () => {
    const seen = afterFailover({ source: at(8n), mapped: undefined, destination: at(4n), log: log(0n, 10n) })
    expect(seen).toMatchObject({ status: 'UNKNOWN', at: 4n, rereads: upTo(6n), skips: notKnown })
  })
})

const offsets = fc.bigInt(0n, 50n)
const logs = fc.tuple(offsets, offsets).map(([a, b]) => (a < b ? log(a, b) : log(b, a)))

it('it always ends inside, and what it reads again or skips adds up to its place on the source', () => {
  fc.assert(
    fc.property(offsets, offsets, logs, (source, destination, where) => {
      const seen = after(at(source), at(destination), where)
      const { at: place = -1n, lag = -1n, rereads, skips } = seen
      expect(place >= where.start && place <= where.end).toBe(true)
      expect(lag).toBe(where.end - place)
      expect(rereads.atLeast >= 0n && skips.atLeast >= 0n).toBe(true)
      expect(rereads.atLeast === 0n || skips.atLeast === 0n).toBe(true)
      const arrived = source < where.end ? source : where.end
      expect(place + rereads.atLeast - skips.atLeast).toBe(arrived)
      expect(seen.status === 'OK').toBe(place === arrived && destination <= where.end)
    }),
  )
})

it('what is known of it holds when more is known', () => {
  fc.assert(
    fc.property(offsets, offsets, logs, (source, destination, where) => {
      const less = after(denied, at(destination), where)
      const more = after(at(source), at(destination), where)
      expect(less.at).toBe(more.at)
      expect(more.rereads.atMost).toBeLessThanOrEqual(less.rereads.atMost ?? 0n)
    }),
  )
})

it('the worst comes first', () => {
  const seen = [
    after(at(5n), at(5n), log(0n, 10n)),
    after(at(8n), at(5n), log(0n, 10n)),
    after(at(9n), at(5n), log(0n, 10n)),
    after(at(2n), at(2n), log(4n, 10n)),
    after(at(5n), none, log(0n, 10n)),
    after(at(12n), at(12n), log(0n, 10n)),
  ]
  expect(seen.toSorted(compareAfterFailover).map(({ status, rereads }) => [status, rereads.atLeast])).toEqual([
    ['UNKNOWN', 0n],
    ['SKIPS', 0n],
    ['PAST_END', 0n],
    ['REREADS', 4n],
    ['REREADS', 3n],
    ['OK', 0n],
  ])
})
