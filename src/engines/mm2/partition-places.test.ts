import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SeenRecord } from '../../core/fingerprint.ts'
import { type Offset, offset } from '../../core/offset.ts'
import { type OffsetSync, SyncRuns } from '../../core/sync-runs.ts'
import type { Translated } from '../../core/translation.ts'
import { type BothLogs, partitionPlaces } from './partition-places.ts'

// Two logs as arrays, and a worker that copies one to the other as MirrorMaker 2 does: it tells of the first record of each of its lives, and of some of the
// others; what it tells may be lost. It dies, and goes on further back.

interface Copy extends SeenRecord {
  /** Which record of the source it is a copy of; what is found must not depend on it. */
  readonly of: number
}

interface World {
  /** Offsets of the destination that compaction has taken. */
  readonly taken: readonly bigint[]
  /** The offset of each record that ever was on the source. */
  readonly offsets: readonly bigint[]
  readonly source: readonly SeenRecord[]
  readonly destination: readonly Copy[]
  readonly syncs: readonly OffsetSync[]
}

interface Shape {
  /** What is in each record, how many offsets are left out before it, and its time: records may be alike. */
  readonly records: readonly { readonly content: number; readonly hole: number; readonly time: number }[]
  /** Where each life of the worker ends, and how far it goes back then. */
  readonly lives: readonly { readonly until: number; readonly back: number }[]
  /** For each record whether a sync of it is written, and the offsets that markers take behind it on the destination. */
  readonly told: readonly boolean[]
  readonly markers: readonly number[]
  /** The worker is done, or dies in the last of its lives. */
  readonly isDone: boolean
  /** What compaction has taken since, on either side. */
  readonly takenHere: readonly boolean[]
  readonly takenThere: readonly boolean[]
}

const many = 40
const bools = fc.array(fc.boolean(), { minLength: many, maxLength: many })
const none = fc.constant(Array<boolean>(many).fill(false))

function shapes(options: {
  readonly isAlike?: boolean
  readonly isCompacted?: boolean
  readonly isKilled?: boolean
}): fc.Arbitrary<Shape> {
  const { isAlike = false, isCompacted = false, isKilled = false } = options
  const record = fc.record({ content: isAlike ? fc.nat(4) : fc.constant(-1), hole: fc.oneof(fc.constant(0), fc.nat(2)), time: isAlike ? fc.nat(1) : fc.nat(3) }) // prettier-ignore
  return fc.record({
    records: fc.array(record, { minLength: 1, maxLength: many }),
    lives: isKilled
      ? fc.array(fc.record({ until: fc.nat(many), back: fc.nat(12) }), { maxLength: 3 })
      : fc.constant([]),
    told: bools,
    markers: fc.array(fc.oneof(fc.constant(0), fc.nat(2)), { minLength: many, maxLength: many }),
    isDone: fc.boolean(),
    takenHere: isCompacted && !isAlike ? bools : none,
    takenThere: isCompacted ? bools : none,
  })
}

function worldOf({ records, lives, told, markers, isDone, takenHere, takenThere }: Shape): World {
  let at = -1n
  const source = records.map(({ content, hole, time }, index): SeenRecord => {
    at += 1n + BigInt(hole)
    return { offset: at, timestampMs: BigInt(time), isLogAppendTime: false, hash: content === -1 ? `own ${index}` : `${content}` } // prettier-ignore
  })
  const destination: Copy[] = []
  const syncs: OffsetSync[] = []
  let end = 5n
  let from = 0
  const stops = [...lives, { until: isDone ? records.length : Math.ceil(records.length / 2), back: 0 }]
  for (const { until, back } of stops) {
    for (let of = from; of < Math.min(until, source.length); of++) {
      const record = source[of]!
      destination.push({ ...record, of, offset: end })
      if (of === from || told[of] === true) syncs.push({ up: offset(record.offset), down: offset(end) })
      end += 1n + BigInt(markers[of] ?? 0)
    }
    // It never goes on behind what it has copied.
    const copied = Math.max(from, Math.min(until, source.length))
    from = Math.max(0, copied - back)
  }
  // What is alike has the same key, and of that the first are taken first.
  const isTaken = (index: number, flags: readonly boolean[]): boolean =>
    source.some((one, at) => at >= index && flags[at] === true && sameAs(one) === sameAs(source[index] ?? one))
  const taken = destination.flatMap((one, index) => {
    const isRepeated = destination.slice(index + 1).some((later) => later.of === one.of)
    return isTaken(one.of, takenThere) || (isRepeated && takenThere[one.of + 1] === true) ? [one.offset] : []
  })
  return {
    offsets: source.map((one) => one.offset),
    source: source.filter((_, index) => !isTaken(index, takenHere)),
    destination: destination.filter((one) => !taken.includes(one.offset)),
    taken,
    syncs,
  }
}

function logsOf({ source, destination, taken }: World, isSourceAlive = true): BothLogs {
  const span = (records: readonly SeenRecord[], start: bigint): NonNullable<BothLogs['source']> => {
    const end = offset((records.at(-1)?.offset ?? start - 1n) + 1n)
    return { start: offset(start), stable: end, end }
  }
  return {
    source: isSourceAlive ? span(source, 0n) : undefined,
    destination: span(destination, 5n),
    stoppedAt: undefined,
    read: async (side, { from, to }) => {
      const records = side === 'source' ? source : destination
      return await Promise.resolve({ records: records.filter((one) => one.offset >= from && one.offset < to) })
    },
    isWhole: async ({ from, to }) => await Promise.resolve(!taken.some((one) => one >= from && one < to)),
  }
}

const sameAs = ({ timestampMs, hash }: SeenRecord): string => `${timestampMs}/${hash}`

/** How many records are skipped by whoever goes on there, and how many are read again; records that are alike stand for each other. */
function outcomeOf(
  { source, destination, offsets }: World,
  place: bigint,
  to: bigint,
): { skipped: number; again: number } {
  const given = destination.filter((one) => one.offset >= to)
  const copied = new Set(destination.map(({ of }) => offsets[of]))
  const unread = source.filter((one) => one.offset >= place && copied.has(one.offset))
  const [wanted, got] = [counted(unread), counted(given)]
  const skipped = [...wanted].reduce((sum, [key, count]) => sum + Math.max(0, count - (got.get(key) ?? 0)), 0)
  const again = given.filter((one) => (offsets[one.of] ?? 0n) < place && !wanted.has(sameAs(one))).length
  return { skipped, again }
}

function counted(records: readonly SeenRecord[]): ReadonlyMap<string, number> {
  const by = new Map<string, number>()
  for (const one of records) by.set(sameAs(one), (by.get(sameAs(one)) ?? 0) + 1)
  return by
}

function expectTrue(world: World, place: Offset, translated: Translated): void {
  if (translated.kind === 'unknown') return
  const { skipped, again } = outcomeOf(world, place, translated.to)
  const said = JSON.stringify({ place, translated }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) // prettier-ignore
  expect(skipped, said).toBe(0)
  expect(BigInt(again), said).toBeLessThanOrEqual(translated.kind === 'exact' ? 0n : translated.reread)
}

async function placesOf(world: World, logs = logsOf(world)): Promise<ReadonlyMap<Offset, Translated>> {
  const end = world.source.at(-1)?.offset ?? 0n
  const all = Array.from({ length: Number(end) + 2 }, (_, at) => offset(BigInt(at)))
  return await partitionPlaces(new SyncRuns(world.syncs), logs, all)
}

async function holds(
  shape: fc.Arbitrary<Shape>,
  check: (world: World, isAlive: boolean) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(shape, fc.boolean(), async (one, isAlive) => { await check(worldOf(one), isAlive) }),
    { numRuns: 300 },
  ) // prettier-ignore
}

async function neverSkips(world: World, isAlive: boolean): Promise<void> {
  for (const [place, translated] of await placesOf(world, logsOf(world, isAlive))) {
    expectTrue(world, place, translated)
    if (!isAlive) expect(translated.kind).not.toBe('exact')
  }
}

describe('a place by syncs', () => {
  it('is exact for all that was copied, whatever holes and markers lie between', async () => {
    await holds(shapes({}), async (world) => {
      const copied = world.destination.at(-1)
      for (const [place, translated] of await placesOf(world)) {
        expectTrue(world, place, translated)
        const isKnown = translated.kind === 'exact' || (copied !== undefined && place > copied.of)
        expect(
          isKnown,
          JSON.stringify(translated, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)),
        ).toBe(true)
      }
    })
  })

  it('is exact where a worker went back, once the next one has come past that', async () => {
    const done = shapes({ isKilled: true }).map((shape) => ({ ...shape, isDone: true }))
    await holds(done, async (world) => {
      const found = await placesOf(world)
      expect(new Set([...found.values()].map(({ kind }) => kind))).toEqual(new Set(['exact']))
    })
  })

  it('never skips a record, and reads no more again than it says, where records are alike', async () => {
    await holds(shapes({ isAlike: true }), neverSkips)
  })

  it('never skips a record, and reads no more again than it says, where a worker went back', async () => {
    await holds(shapes({ isKilled: true }), neverSkips)
  })

  it('never skips a record, and reads no more again than it says, where it went back over records that are alike', async () => {
    await holds(shapes({ isKilled: true, isAlike: true }), neverSkips)
  })

  it('never skips a record, and reads no more again than it says, where compaction took some', async () => {
    await holds(shapes({ isCompacted: true, isKilled: true }), neverSkips)
    // On the source, what is alike is not told from what was taken: there all records are their own.
    await holds(shapes({ isCompacted: true, isAlike: true, isKilled: true }), neverSkips)
  })

  describe('in logs of which all is known', () => {
    const record = (at: number, hash = `own ${at}`): SeenRecord => ({ offset: BigInt(at), timestampMs: 1n, isLogAppendTime: false, hash }) // prettier-ignore
    const span = (from: number, to: number): NonNullable<BothLogs['source']> => ({ start: offset(BigInt(from)), stable: offset(BigInt(to)), end: offset(BigInt(to)) }) // prettier-ignore
    const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, n) => from + n)
    const sync = (up: number, down: number): OffsetSync => ({ up: offset(BigInt(up)), down: offset(BigInt(down)) })

    async function at(
      place: number,
      syncs: readonly OffsetSync[],
      [source, sourceSpan]: readonly [readonly SeenRecord[], NonNullable<BothLogs['source']>],
      [destination, destinationSpan]: readonly [readonly SeenRecord[], NonNullable<BothLogs['source']>],
      more: Partial<BothLogs> = {},
    ): Promise<Translated | undefined> {
      const logs: BothLogs = {
        source: sourceSpan,
        destination: destinationSpan,
        stoppedAt: undefined,
        read: async (side, { from, to }) => await Promise.resolve({ records: (side === 'source' ? source : destination).filter((one) => one.offset >= from && one.offset < to) }), // prettier-ignore
        isWhole: async () => await Promise.resolve(true),
        ...more,
      }
      return (await partitionPlaces(new SyncRuns(syncs), logs, [offset(BigInt(place))])).get(offset(BigInt(place)))
    }
    const copied = (to: number): readonly [readonly SeenRecord[], NonNullable<BothLogs['source']>] => [
      range(0, to).map((n) => ({ ...record(n), offset: BigInt(n + 3) })),
      span(3, to + 3),
    ]
    const source = [range(0, 1_000).map((n) => record(n)), span(0, 1_000)] as const

    it('a group that is ahead of the mirror goes on at its end, and what still comes is counted', async () => {
      expect(await at(80, [sync(0, 3)], source, copied(50))).toMatchObject({ kind: 'bounded', to: 53n, reread: 30n })
      expect(await at(50, [sync(0, 3)], source, copied(50))).toMatchObject({ kind: 'exact', to: 53n, by: 'end' })
      const stopped = { stoppedAt: offset(53n) }
      expect(await at(80, [sync(0, 3)], source, copied(50), stopped)).toMatchObject({
        kind: 'exact',
        to: 53n,
        by: 'end',
      })
      const far = [[...source[0]], span(0, 500_000)] as const
      expect(await at(400_000, [sync(0, 3)], far, copied(50))).toMatchObject({
        kind: 'bounded',
        to: 53n,
        reread: 399_950n,
      })
      expect(await at(1_001, [sync(0, 3)], source, copied(50))).toMatchObject({ kind: 'unknown', why: 'the place is 1 offset past the end of the source, 1000' }) // prettier-ignore
    })

    it('a partition of which nothing was copied is begun at its start', async () => {
      expect(await at(100, [], [[], span(100, 100)], [[], span(0, 0)])).toMatchObject({ kind: 'exact', to: 0n, by: 'start' }) // prettier-ignore
      expect(await at(10, [], source, [[], span(0, 0)])).toMatchObject({ kind: 'bounded', to: 0n, reread: 10n })
      expect(await at(10, [], source, copied(50))).toMatchObject({ kind: 'unknown' })
    })

    it('before the first sync all is unread, where the destination begins with it', async () => {
      const late = source[0].slice(40)
      const there = [range(40, 100).map((n) => ({ ...record(n), offset: BigInt(n - 40) })), span(0, 60)] as const
      expect(await at(20, [sync(40, 0)], [late, span(0, 1_000)], there)).toMatchObject({ kind: 'exact', to: 0n, by: 'record' }) // prettier-ignore
      expect(await at(20, [sync(40, 0)], [late, span(0, 1_000)], there, { source: undefined })).toMatchObject({ kind: 'bounded', to: 0n, reread: 0n, why: expect.stringMatching(/^not compared: the source does not answer/) as string }) // prettier-ignore
      expect(await at(20, [sync(40, 0)], [late, span(0, 1_000)], there, { source: undefined, silent: 'the source cannot be asked' })).toMatchObject({ why: expect.stringMatching(/^not compared: the source cannot be asked/) as string }) // prettier-ignore
      expect(await at(20, [sync(50, 10)], [late, span(0, 1_000)], there)).toMatchObject({ kind: 'unknown' })
    })

    it('what retention has taken on the source is not skipped, and on the destination is told', async () => {
      const late = [source[0].slice(40), span(40, 1_000)] as const
      expect(await at(20, [sync(0, 3)], late, copied(100))).toMatchObject({ kind: 'bounded', to: 4n })
      expect(await at(40, [sync(0, 3)], late, copied(100))).toMatchObject({ kind: 'exact', to: 43n, by: 'record' })
      const [records] = copied(100)
      const kept = [records.slice(60), span(63, 103)] as const
      expect(await at(20, [sync(0, 3)], source, kept)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('the destination\'s log starts at 63') as string }) // prettier-ignore
      expect(await at(70, [sync(0, 3)], source, kept)).toMatchObject({ kind: 'exact', to: 73n, by: 'record' })
    })

    it('a topic of the source that was made anew has places in what is of it, and one of the destination none of before', async () => {
      const old = range(0, 100).map((n) => ({ ...record(n, `before ${n}`), offset: BigInt(n + 3) }))
      const now = range(0, 20).map((n) => ({ ...record(n), offset: BigInt(n + 103) }))
      const both = [[...old, ...now], span(3, 123)] as const
      const syncs = [sync(0, 3), sync(50, 53), sync(0, 103), sync(15, 118)]
      const young = [source[0].slice(0, 20), span(0, 20)] as const
      expect(await at(7, syncs, young, both)).toMatchObject({ kind: 'exact', to: 110n, by: 'record' })
      // With the source silent it might be the same one, and what was copied last of it stands before.
      expect(await at(7, syncs, young, both, { source: undefined })).toMatchObject({ kind: 'bounded', to: 4n })
      // It has its old offsets, and other records.
      const other = [source[0].map(({ offset: n }) => record(Number(n), `other ${n}`)), source[1]] as const
      expect(await at(7, [sync(0, 3), sync(50, 53)], other, copied(100))).toMatchObject({ kind: 'unknown', differing: { source: { offset: 0n }, destination: { offset: 3n } } }) // prettier-ignore
      expect(await at(7, [sync(0, 3), sync(50, 153)], source, copied(100))).toMatchObject({ kind: 'unknown', why: expect.stringContaining('its topic was made anew') as string }) // prettier-ignore
    })

    it('syncs that are far apart are enough where the record is exactly where they make it likely', async () => {
      const all = range(0, 50_000)
      const large = [all.map((n) => record(n)), span(0, 50_000)] as const
      const even = [all.map((n) => ({ ...record(n), offset: BigInt(n + 3) })), span(3, 50_003)] as const
      expect(await at(33_333, [sync(0, 3), sync(49_999, 50_002)], large, even)).toMatchObject({ kind: 'exact', to: 33_336n, by: 'record' }) // prettier-ignore
      const shifted = [even[0].map((one) => ({ ...one, offset: one.offset + (one.offset > 20_000n ? 1n : 0n) })), span(3, 50_004)] as const // prettier-ignore
      expect(await at(33_333, [sync(0, 3), sync(49_999, 50_003)], large, shifted)).toMatchObject({ kind: 'bounded', to: 4n }) // prettier-ignore
    })

    it('what lies between syncs that are near is read in one go, and where that is too much for itself', async () => {
      const [records, stands] = copied(1_000)
      const syncs = range(0, 100).map((n) => sync(10 * n, 10 * n + 3))
      const asked = range(0, 100).map((n) => offset(BigInt(10 * n + 4)))
      for (const most of [Infinity, 100]) {
        let reads = 0
        const read: BothLogs['read'] = async (side, { from, to }) => {
          reads += 1
          if (to - from > most) return await Promise.resolve({ none: 'too much' })
          return await Promise.resolve({ records: (side === 'source' ? source[0] : records).filter((one) => one.offset >= from && one.offset < to) }) // prettier-ignore
        }
        const logs = { source: source[1], destination: stands, stoppedAt: undefined, read, isWhole: async () => await Promise.resolve(true) } // prettier-ignore
        const found = await partitionPlaces(new SyncRuns(syncs), logs, asked)
        for (const at of asked) expect(found.get(at)).toMatchObject({ kind: 'exact', to: at + 3n })
        expect(reads < 20).toBe(most === Infinity)
      }
    })

    it('nothing is said of records that could not be read, but that the sync is before them', async () => {
      const read = async (): ReturnType<BothLogs['read']> => await Promise.resolve({ none: 'no leader' })
      expect(await at(20, [sync(0, 3)], source, copied(100), { read })).toMatchObject({ kind: 'bounded', to: 4n, why: 'not compared: no leader' }) // prettier-ignore
    })
  })
})
