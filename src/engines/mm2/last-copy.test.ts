import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SeenRecord } from '../../core/fingerprint.ts'
import { isInOrder, type LastLook, placeByLastCopy } from './last-copy.ts'

// The source as an array, and a worker that copies it as MirrorMaker 2 does: it writes down now and then how far it is, dies, and goes on from there.

interface Shape {
  /** What is in each record, how many offsets are left out before it, and its time: records may be alike, and times go back. */
  readonly records: readonly { readonly content: number; readonly hole: number; readonly time: number }[]
  /** Of each life of the worker: how many records it copies, and how many of them it has written down when it ends. */
  readonly lives: readonly { readonly copies: number; readonly written: number }[]
  /** What compaction has taken from the source since. */
  readonly taken: readonly boolean[]
  readonly isDeletedOnly: boolean
}

interface World {
  readonly source: readonly SeenRecord[]
  readonly gone: readonly SeenRecord[]
  readonly end: bigint
  readonly last: SeenRecord | undefined
  readonly written: bigint | undefined
  /** Up to where everything was copied, in truth. */
  readonly reached: bigint
  readonly isDeletedOnly: boolean
}

const many = 30
const shapes = ({ isAlike }: { readonly isAlike: boolean }): fc.Arbitrary<Shape> =>
  fc.record({
    records: fc.array(
      fc.record({ content: isAlike ? fc.nat(2) : fc.constant(-1), hole: fc.oneof(fc.constant(0), fc.nat(2)), time: isAlike ? fc.nat(1) : fc.nat(9) }), // prettier-ignore
      { minLength: 1, maxLength: many },
    ),
    lives: fc.array(fc.record({ copies: fc.nat(many), written: fc.nat(many) }), { minLength: 1, maxLength: 4 }),
    taken: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()), { minLength: many, maxLength: many }), // prettier-ignore
    isDeletedOnly: fc.boolean(),
  })

function worldOf({ records, lives, taken, isDeletedOnly }: Shape): World {
  let at = -1n
  const all = records.map(({ content, hole, time }, index): SeenRecord => {
    // Offsets that a topic leaves out which is only deleted from are those of markers.
    at += 1n + BigInt(hole)
    return { offset: at, timestampMs: BigInt(time), isLogAppendTime: false, hash: content === -1 ? `own ${index}` : `${content}` } // prettier-ignore
  })
  let [from, reached] = [0, 0]
  let last: SeenRecord | undefined
  for (const { copies, written } of lives) {
    const to = Math.min(all.length, from + copies)
    if (to > from) last = all[to - 1]
    reached = Math.max(reached, to)
    from = Math.min(to, from + written)
  }
  const isTaken = (index: number): boolean => !isDeletedOnly && taken[index] === true
  return {
    source: all.filter((_, index) => !isTaken(index)),
    gone: all.filter((_, index) => isTaken(index)),
    end: at + 1n,
    last,
    written: from === 0 ? undefined : all[from - 1]!.offset + 1n,
    reached: reached === 0 ? 0n : all[reached - 1]!.offset + 1n,
    isDeletedOnly,
  }
}

async function placeIn(world: World, more: Partial<LastLook> = {}): Promise<bigint | undefined> {
  const { source, gone, end, last, written, isDeletedOnly } = world
  const first = source.find((one) => last !== undefined && one.timestampMs >= last.timestampMs)?.offset
  if (last === undefined || first === undefined) return undefined
  const within = (some: readonly SeenRecord[], from: bigint, to: bigint): readonly SeenRecord[] => some.filter(({ offset }) => offset >= from && offset < to) // prettier-ignore
  return await placeByLastCopy({
    written,
    source: { from: 0n, to: end },
    isDeletedOnly,
    last,
    first,
    read: async ({ from, to }) => await Promise.resolve({ records: within(source, from, to) }),
    isWhole: async ({ from, to }) => await Promise.resolve(within(gone, from, to).length === 0),
    ...more,
  })
}

const record = (offset: bigint, hash: string, timestampMs = 5n): SeenRecord => ({ offset, timestampMs, isLogAppendTime: false, hash }) // prettier-ignore
const world: World = {
  source: [record(0n, 'a'), record(1n, 'b'), record(2n, 'c'), record(3n, 'd')],
  gone: [],
  end: 4n,
  last: record(70n, 'c'),
  written: 1n,
  reached: 3n,
  isDeletedOnly: true,
}

describe('how far a mirror is by its last record', () => {
  it('is behind the record of the source that it is a copy of', async () => {
    expect(await placeIn(world)).toBe(3n)
    expect(await placeIn({ ...world, last: record(70n, 'd') })).toBe(4n)
  })

  it('is behind the first of those that are alike, and that are not before what was written down', async () => {
    const source = [record(0n, 'a'), record(1n, 'c'), record(2n, 'c'), record(3n, 'c')]
    expect(await placeIn({ ...world, source })).toBe(2n)
    expect(await placeIn({ ...world, source, written: 3n })).toBe(3n)
  })

  it('is not told by a record that the source has not so, or whose time the destination has given', async () => {
    for (const last of [record(70n, 'changed'), record(70n, 'c', 6n), record(70n, 'c', -1n), { ...record(70n, 'c'), isLogAppendTime: true }]) {
      expect(await placeIn({ ...world, last })).toBeUndefined()
    } // prettier-ignore
    expect(await placeIn(world, { read: async () => await Promise.resolve({ none: 'no answer' }) })).toBeUndefined()
  })

  it('is not told where what it is a copy of may be gone: by age, or by compaction', async () => {
    expect(await placeIn(world, { source: { from: 1n, to: 4n } })).toBeUndefined()
    expect(await placeIn({ ...world, written: undefined }, { source: { from: 1n, to: 4n } })).toBeUndefined()
    const compacted = { ...world, isDeletedOnly: false, source: [record(0n, 'a'), record(3n, 'c')], gone: [record(1n, 'b'), record(2n, 'c')] } // prettier-ignore
    expect(await placeIn(compacted)).toBeUndefined()
    expect(await placeIn({ ...world, isDeletedOnly: false })).toBe(3n)
  })

  it('begins to read where no earlier record has the time, unless compaction may have taken one', async () => {
    const from: bigint[] = []
    const read: LastLook['read'] = async (range) => {
      from.push(range.from)
      return await Promise.resolve({ records: world.source })
    }
    await placeIn(world, { first: 2n, read })
    await placeIn({ ...world, isDeletedOnly: false }, { first: 2n, read })
    expect(from).toEqual([2n, 0n])
  })

  it('never says that more is there than is, whatever is alike, was copied again, or is gone', async () => {
    const holds = fc.asyncProperty(shapes({ isAlike: true }), async (shape) => {
      const one = worldOf(shape)
      const place = await placeIn(one)
      expect(place === undefined || place <= one.reached).toBe(true)
    })
    await fc.assert(holds, { numRuns: 2_000 })
  })

  it('is where the last record is, of records that are all different', async () => {
    const holds = fc.asyncProperty(shapes({ isAlike: false }), async (shape) => {
      const one = worldOf({ ...shape, isDeletedOnly: true })
      expect(await placeIn(one)).toBe(one.last === undefined ? undefined : one.last.offset + 1n)
    })
    await fc.assert(holds, { numRuns: 1_000 })
  })
})

it('is asked of connectors that copy records as they are and in order', () => {
  const overrides = { 'producer.override.max.in.flight.requests.per.connection': '5' }
  expect(isInOrder({}, 1n)).toBe(true)
  expect(isInOrder(overrides, 1n)).toBe(false)
  expect(isInOrder({ ...overrides, 'producer.override.enable.idempotence': 'true' }, 1n)).toBe(true)
  expect(isInOrder({ transforms: 'mask' }, 1n)).toBe(false)
  expect(isInOrder({ 'source.consumer.auto.offset.reset': 'latest' }, 1n)).toBe(true)
  expect(isInOrder({ 'source.consumer.auto.offset.reset': 'latest' }, undefined)).toBe(false)
})
