import { describe, expect, it } from 'vitest'
import { mirrorRecord, runningMirror } from '../../../../test/support/mirror.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import { type MirrorPartition, noteCaughtUp } from './mirror-partition.ts'
import { caughtUpBefore, Tombstones } from './tombstones.ts'

const startMs = Date.parse('2026-02-01T00:00:00.000Z')
const at = (seconds: number): number => startMs + 1_000 * seconds
const text = (seconds: number): string => new Date(at(seconds)).toISOString()

describe('when a mirror last had all of its source', () => {
  /** One that has been looked at with the source at this end. */
  function partitionAt(end: bigint, seconds: number): MirrorPartition {
    const one = { ...runningMirror().partitions[0]!, caughtUpAtMs: at(0) }
    sees(one, end, seconds)
    return one
  }

  function sees(one: MirrorPartition, end: bigint, seconds: number): void {
    Object.assign(one, { sourceEnd: end, sourceEndAtMs: at(seconds) })
  }

  function looks(one: MirrorPartition, seconds: number): number {
    noteCaughtUp(one, at(seconds))
    return (one.caughtUpAtMs - startMs) / 1_000
  }

  it('is when the source had the end that the mirror has reached, though it is further by then', () => {
    const one = partitionAt(10n, 1)
    expect(looks(one, 2)).toBe(0)
    sees(one, 50n, 3)
    one.appended = 9n
    expect(looks(one, 4)).toBe(0)
    one.appended = 10n
    expect(looks(one, 5)).toBe(1)
    one.appended = 49n
    expect(looks(one, 6)).toBe(1)
    one.appended = 50n
    expect(looks(one, 7)).toBe(3)
  })

  it('stands still while the source does not tell its end', () => {
    const one = partitionAt(10n, 1)
    one.appended = 10n
    looks(one, 2)
    for (let second = 3; second < 100; second++) expect(looks(one, second)).toBe(1)
    const never = runningMirror().partitions[0]!
    never.caughtUpAtMs = at(0)
    expect(looks(never, 100)).toBe(0)
  })

  it('is not of the future when the clock goes back, and moves on with the clock', () => {
    const one = partitionAt(10n, 1_000)
    one.appended = 10n
    looks(one, 1_001)
    sees(one, 20n, 1_001)
    expect(looks(one, 1_002)).toBe(1_000)
    expect(looks(one, 5)).toBe(5)
    one.appended = 20n
    // The end was seen before the clock went back: not later than when that was noticed.
    expect(looks(one, 500)).toBe(5)
    sees(one, 20n, 501)
    expect([looks(one, 502), looks(one, 503)]).toEqual([5, 501])
  })
})

describe('where a runner begins', () => {
  const [createdAt, later] = ['2026-01-01T00:00:00.000Z', '2026-01-05T00:00:00.000Z']
  const reversed = { ends: [0n, 5n], epoch: 2 }
  const known = (caughtUpAt: string | null): ReturnType<Tombstones['toRecord']> => ({ caughtUpAt, late: null, missed: null }) // prettier-ignore

  it.each<readonly [string, MirrorRecord['reversed'], ReturnType<typeof known> | undefined, string | undefined]>([
    ['a mirror that was made', undefined, undefined, createdAt],
    ['one that was carried', undefined, known(later), later],
    ['one that was never seen to have all', undefined, known(null), createdAt],
    ['the way back', { ...reversed, at: '2025-12-01T00:00:00.000Z' }, undefined, '2025-12-01T00:00:00.000Z'],
    ['the way back, of an older version', reversed, undefined, undefined],
    ['the way back, of an older version, carried', reversed, known(later), later],
    ['a topic made anew', { ends: [0n, 0n], epoch: 2, at: later }, undefined, later],
    ['a topic made anew by an older version', { ends: [0n, 0n], epoch: 2 }, undefined, createdAt],
    ['a time of the future', undefined, known('2027-01-01T00:00:00.000Z'), text(0)],
  ])('%s', (_, of, before, expected) => {
    const record = mirrorRecord({ createdAt, ...(of === undefined ? {} : { reversed: of }) })
    expect(caughtUpBefore(record, before, startMs)).toBe(expected === undefined ? 0 : Date.parse(expected))
  })
})

describe('holes that were read late', () => {
  function written(one: Tombstones): ReturnType<Tombstones['toRecord']> {
    const record = one.toRecord(at(0))
    one.written()
    return record
  }

  it('are missed where the source keeps tombstones for less, by the one that was read the latest', () => {
    const one = new Tombstones()
    one.noteHole(at(5), at(6))
    one.noteHole(at(0), at(10))
    one.noteHole(at(8), at(12))
    expect(written(one)).toEqual({ caughtUpAt: text(0), late: { since: text(0), until: text(10) }, missed: null })
    expect(one.judge(9_999, at(13))).toEqual({ sinceMs: at(0), untilMs: at(10), keptMs: 9_999 })
    expect(written(one)).toEqual({ caughtUpAt: text(0), late: null, missed: { since: text(0), until: text(10), keptMs: 9_999 } }) // prettier-ignore
  })

  it('are nothing where it keeps them for as long', () => {
    const one = new Tombstones()
    one.noteHole(at(0), at(10))
    expect(one.judge(10_000, at(13))).toBeUndefined()
    expect(one).toMatchObject({ isUnwritten: false })
    expect(written(one)).toMatchObject({ late: null, missed: null })
    // The answer holds for a while: what is within it is no matter.
    one.noteHole(at(10), at(20))
    expect(one.isUnwritten).toBe(false)
    one.noteHole(at(9), at(20))
    expect(one.isUnwritten).toBe(true)
  })

  it('are noted whatever the source has answered a minute ago', () => {
    const one = new Tombstones()
    one.judge(3_600_000, at(0))
    one.noteHole(at(55), at(59))
    expect(one.isUnwritten).toBe(false)
    one.noteHole(at(59), at(60))
    expect(one.isUnwritten).toBe(true)
  })

  it('are told when they are written down, since another runner would not find them', () => {
    const one = new Tombstones()
    one.noteHole(at(0), at(10))
    expect(one.judge(1, at(11))).toBeUndefined()
    expect(one.isUnwritten).toBe(true)
    expect(written(one)).toMatchObject({ late: { since: text(0) }, missed: null })
    expect(one.judge(1, at(12))).toBeDefined()
  })

  it('wait for what was written, not for what came while it was', () => {
    const one = new Tombstones()
    one.noteHole(at(0), at(10))
    one.toRecord(at(0))
    one.judge(10_000, at(11))
    one.noteHole(at(0), at(12))
    one.written()
    expect(one.isUnwritten).toBe(true)
  })

  it('go on with the next runner, and what is missed stays, whatever the source answers then', () => {
    const first = new Tombstones()
    first.noteHole(0, at(10))
    const second = new Tombstones(first.toRecord(at(0)))
    expect(second.isUnwritten).toBe(false)
    expect(second.judge(1_000, at(20))).toEqual({ sinceMs: 0, untilMs: at(10), keptMs: 1_000 })
    const third = new Tombstones(second.toRecord(at(0)))
    third.judge(3_600_000, at(30))
    expect(third.toRecord(at(0)).missed).toEqual({ since: null, until: text(10), keptMs: 1_000 })
  })

  it('are told once, and again when they come anew', () => {
    const one = new Tombstones()
    one.noteHole(at(0), at(10))
    written(one)
    expect(one.judge(1_000, at(11))).toBeDefined()
    one.noteHole(at(0), at(12))
    // Told already: nothing waits for it.
    expect(one.isUnwritten).toBe(false)
    expect(one.judge(1_000, at(13))).toBeUndefined()
    expect(written(one).missed).toEqual({ since: text(0), until: text(12), keptMs: 1_000 })
    one.noteHole(at(100), at(110))
    expect(one.judge(1_000, at(111))).toEqual({ sinceMs: at(100), untilMs: at(110), keptMs: 1_000 })
    expect(written(one).missed).toMatchObject({ since: text(0), until: text(110) })
  })
})
