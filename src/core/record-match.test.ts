import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SeenRecord } from './fingerprint.ts'
import { offset } from './offset.ts'
import { type Match, type MatchBy, matchOf, type Pass, placeByMatches, placeWithin } from './record-match.ts'
import { headStart, Tally } from './record-tally.ts'
import type { Translated } from './translation.ts'

interface Copied extends SeenRecord {
  /** Which record of the source it is the copy of; what is found must not depend on it. */
  readonly of: number
}

const limits = { windowMs: 60_000, records: 100_000 }

/** What is asked of the clusters, over values. */
function translated(source: readonly SeenRecord[], there: readonly Copied[], place: bigint): Translated {
  const end = (there.at(-1)?.offset ?? -1n) + 1n
  const pass = (wanted: SeenRecord, by: MatchBy, earliestMs: bigint): Pass => {
    const first = there.find(({ timestampMs }) => timestampMs >= earliestMs)?.offset ?? end
    const wish = first - BigInt(headStart)
    const from = offset(wish > 0n ? wish : 0n)
    const tally = new Tally(wanted, by, limits)
    let ended: Pass['ended'] | undefined
    for (const record of there) if (record.offset >= from) ended ??= tally.see(record)
    const { found, lastSeen, seen } = tally
    return { by, found, from, lastSeen, seen, isFromStart: from === 0n, ended: ended ?? 'end' }
  }
  const search = (index: number): Match | undefined => {
    const record = source[index]
    if (record === undefined) return undefined
    const wanted = { record, before: source[index - 1], around: source }
    const sameTime = pass(record, 'sameTime', record.timestampMs)
    if (sameTime.found !== undefined) return matchOf(wanted, sameTime)
    const anyTime = pass(record, 'anyTime', record.timestampMs - BigInt(limits.windowMs))
    return matchOf(wanted, anyTime.found === undefined ? sameTime : anyTime)
  }
  const unread = source.findIndex((one) => one.offset >= place)
  const at = unread === -1 ? source.length : unread
  const next = search(at)
  return placeByMatches(next, next?.kind === 'only' ? undefined : search(at - 1), offset(end))
}

/** Contents and times that are often the same, times that go up and down, and offsets with holes. */
const original = fc
  .array(
    fc.record({ content: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), time: fc.nat(3), hole: fc.nat(2) }),
    { minLength: 1, maxLength: 14 },
  )
  .map((all) => {
    let at = -1n
    return all.map(({ content, time, hole }): SeenRecord => {
      at += 1n + BigInt(hole)
      return { offset: at, timestampMs: 1_000n + BigInt(time), isLogAppendTime: false, hash: content }
    })
  })

/** Copies that keep the order: some records left out, or gone over again from an earlier one as what restarts does. */
function copyOf(source: readonly SeenRecord[], order: readonly number[], isLogAppendTime: boolean): readonly Copied[] {
  return order.flatMap((of, index): Copied[] => {
    const record = source[of]
    if (record === undefined) return []
    const timestampMs = isLogAppendTime ? 5_000n + BigInt(index) : record.timestampMs
    return [{ ...record, of, timestampMs, isLogAppendTime, offset: 3n + 2n * BigInt(index) }]
  })
}

function expectTrue(answer: Translated, source: readonly SeenRecord[], there: readonly Copied[], place: bigint): void {
  if (answer.kind === 'unknown') return
  const unread = source.flatMap((one, index) => (one.offset >= place ? [index] : []))
  for (const index of unread) {
    const copies = there.filter(({ of }) => of === index)
    if (copies.length > 0)
      expect(
        copies.some((one) => one.offset >= answer.to),
        `${index} is not skipped`,
      ).toBe(true)
  }
  const firstUnread = unread[0] ?? source.length
  const goOn = there.findIndex(({ offset: at, of }) => at >= answer.to && of >= firstUnread)
  const given = there.slice(0, goOn === -1 ? undefined : goOn).filter(({ offset: at }) => at >= answer.to)
  expect(BigInt(given.length)).toBeLessThanOrEqual(answer.kind === 'exact' ? 0n : answer.reread)
}

describe('a place that is found by records', () => {
  const place = fc.nat(45).map(BigInt)

  it('never skips a record, and reads no more again than it says, where the copy left some out', () => {
    fc.assert(
      fc.property(original, fc.func(fc.boolean()), fc.boolean(), place, (source, isKept, isLogAppendTime, at) => {
        const order = source.map((_, index) => index).filter((index) => isKept(index))
        const there = copyOf(source, order, isLogAppendTime)
        expectTrue(translated(source, there, at), source, there, at)
      }),
      { numRuns: 1_000 },
    )
  })

  it('never skips a record, and reads no more again than it says, where the copy went over some again', () => {
    fc.assert(
      fc.property(
        original,
        fc.array(fc.nat(13), { maxLength: 3 }),
        fc.boolean(),
        place,
        (source, restarts, isLogAppendTime, at) => {
          const all = source.map((_, index) => index)
          const order = [
            ...restarts.toSorted((a, b) => a - b).flatMap((until) => all.slice(Math.max(0, until - 4), until)),
            ...all.slice(0),
          ]
          const there = copyOf(source, order, isLogAppendTime)
          expectTrue(translated(source, there, at), source, there, at)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('is exact wherever contents differ, whatever the times', () => {
    fc.assert(
      fc.property(original, fc.boolean(), place, (some, isLogAppendTime, at) => {
        const source = some.map((one, index) => ({ ...one, hash: `${one.hash}${index}` }))
        const there = copyOf(
          source,
          source.map((_, index) => index),
          isLogAppendTime,
        )
        const answer = translated(source, there, at)
        expect(answer.kind).toBe('exact')
        expectTrue(answer, source, there, at)
      }),
      { numRuns: 1_000 },
    )
  })

  it('by the hash alone is the only one like it, and stands behind the same record, or is not given', () => {
    const [before, record, other] = ['a', 'b', 'c'].map((hash, n): SeenRecord => ({ offset: BigInt(n), timestampMs: 1_000n, isLogAppendTime: false, hash })) // prettier-ignore
    const there = { ...record!, offset: 7n, timestampMs: 9_000n, isLogAppendTime: true }
    const wanted = { record: record!, before, around: [before!, record!] }
    const pass = (found: Partial<NonNullable<Pass['found']>>): Pass => ({ by: 'anyTime', found: { first: there, last: there, times: 1, before, ...found }, from: offset(0n), lastSeen: there, seen: 2, isFromStart: true, ended: 'end' }) // prettier-ignore
    expect(matchOf(wanted, pass({}))).toMatchObject({ kind: 'only', at: there })
    expect(matchOf(wanted, pass({ before: other })).kind).toBe('unknown')
    expect(matchOf(wanted, pass({ before: undefined })).kind).toBe('unknown')
    expect(matchOf(wanted, pass({ times: 2 })).kind).toBe('unknown')
    expect(matchOf({ ...wanted, before: undefined }, pass({ before: undefined })).kind).toBe('only')
    expect(matchOf(wanted, { ...pass({}), ended: 'limit' }).kind).toBe('unknown')
  })

  it('is not given where there is nothing to go by', () => {
    const one: SeenRecord = { offset: 4n, timestampMs: 1_000n, isLogAppendTime: false, hash: 'a' }
    expect(translated([], [], 0n)).toMatchObject({ kind: 'unknown', why: 'the source has no record there to look for' })
    expect(translated([one], [], 0n)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('among no records') as string }) // prettier-ignore
    // Two that are alike, and one copy: it may be that of either.
    const two = [one, { ...one, offset: 5n }]
    expect(translated(two, copyOf(two, [0], false), 4n)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('2 records of the source and 1 of the destination are alike') as string }) // prettier-ignore
  })
})

describe('a place of which the source does not show all', () => {
  const logs = (start: bigint, stable: bigint, destinationStart: bigint) => ({ source: { start: offset(start), stable: offset(stable) }, destination: { start: offset(destinationStart) } }) // prettier-ignore
  const found = (to: bigint): Translated => ({ kind: 'exact', to: offset(to), by: 'record', why: undefined })

  it('is as records tell it within what the source has', () => {
    for (const at of [40n, 70n, 90n]) expect(placeWithin(offset(at), found(7n), logs(40n, 90n, 0n))).toEqual(found(7n))
    const unknown: Translated = { kind: 'unknown', why: 'nothing like it' }
    for (const at of [10n, 95n]) expect(placeWithin(offset(at), unknown, logs(40n, 90n, 3n))).toBe(unknown)
    expect(placeWithin(offset(0n), unknown, logs(0n, 90n, 0n))).toMatchObject({ kind: 'exact', to: 0n, by: 'start' })
  })

  it('before the log of the source skips nothing that the destination has before the next record', () => {
    expect(placeWithin(offset(10n), found(41n), logs(40n, 90n, 1n))).toEqual({
      kind: 'bounded',
      to: 1n,
      reread: 40n,
      why: 'retention on the source has passed it by 30 offsets: what the destination has of these is not skipped',
    })
    const several: Translated = { kind: 'bounded', to: offset(41n), reread: 2n, why: 'alike' }
    expect(placeWithin(offset(10n), several, logs(40n, 90n, 1n))).toMatchObject({ to: 1n, reread: 42n })
    expect(placeWithin(offset(10n), found(41n), logs(40n, 90n, 41n))).toEqual({ ...found(41n), why: 'retention on the source has passed it by 30 offsets' }) // prettier-ignore
    expect(placeWithin(offset(0n), found(41n), logs(40n, 90n, 0n))).toMatchObject({ kind: 'exact', to: 0n, by: 'start' }) // prettier-ignore
  })

  it('behind an open transaction of the source reads again what is committed of it', () => {
    expect(placeWithin(offset(73n), found(37n), logs(0n, 66n, 0n))).toMatchObject({ kind: 'bounded', to: 37n, reread: 7n }) // prettier-ignore
  })
})
