import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SeenBatch, SeenLog } from './seen-log.ts'

/** A log as its batches; what a fetch answers is the one that ends at or behind the place, and some that follow. */
class ModelLog {
  readonly start: bigint
  readonly end: bigint
  readonly batches: readonly SeenBatch[]

  constructor(
    parts: readonly {
      readonly gap: bigint
      readonly span: number
      readonly stored: number
      readonly isVisible: boolean
    }[],
    start = 0n,
  ) {
    // prettier-ignore
    let next = start
    this.start = start
    this.batches = parts.map(({ gap, span, stored, isVisible }) => {
      const base = next + gap
      next = base + BigInt(span)
      const kept = Math.min(stored, span)
      return { base, last: next - 1n, stored: kept, visible: isVisible ? kept : 0 }
    })
    this.end = next
  }

  from(place: bigint, most: number): readonly SeenBatch[] {
    return this.batches.filter(({ last }) => last >= place).slice(0, most)
  }

  get hidden(): bigint {
    return this.end - this.start - this.batches.reduce((sum, { visible }) => sum + BigInt(visible), 0n)
  }

  /** As a runner meets them: before each batch, and in it. */
  get holes(): readonly bigint[] {
    return this.batches.map(({ last, stored }, index) => {
      const before = index === 0 ? this.start : this.batches[index - 1]!.last + 1n
      return last - before + 1n - BigInt(stored)
    })
  }
}

function placesOf({ start, end }: ModelLog, step: bigint): readonly bigint[] {
  const places: bigint[] = []
  for (let place = start; place < end; place += step) places.push(place)
  return places
}

/** Looked at at each of the places, and then where the holes begin. */
function lookAt(log: ModelLog, places: readonly bigint[], most: bigint, batches = 3): SeenLog {
  const seen = new SeenLog(log.start, log.end)
  for (const place of places) if (!seen.isSeen(place)) seen.add(place, log.from(place, batches))
  for (let { places: more } = seen.holesBeyond(most); more.length > 0; { places: more } = seen.holesBeyond(most)) {
    for (const place of more) {
      expect(seen.isSeen(place)).toBe(false)
      seen.add(place, log.from(place, batches))
    }
  }
  return seen
}

const part = fc.record({
  gap: fc.oneof(fc.constant(0n), fc.bigInt(0n, 400n)),
  span: fc.integer({ min: 1, max: 300 }),
  stored: fc.integer({ min: 0, max: 300 }),
  isVisible: fc.boolean(),
})
const model = fc.tuple(fc.array(part, { minLength: 1, maxLength: 60 }), fc.bigInt(0n, 1_000n)).map(([parts, start]) => new ModelLog(parts, start)) // prettier-ignore

describe('SeenLog', () => {
  it('finds every hole that is too long, and no other, with a place at every half of that', () => {
    fc.assert(
      fc.property(model, fc.bigInt(2n, 300n), fc.integer({ min: 1, max: 4 }), (log, most, batches) => {
        const { holes } = lookAt(log, placesOf(log, most / 2n), most, batches).holesBeyond(most)
        expect(holes.map(({ count }) => count)).toEqual(log.holes.filter((count) => count > most))
      }),
    )
  })

  it('says what is certain, and what is likely lies between', () => {
    fc.assert(
      fc.property(
        model,
        fc.bigInt(1n, 2_000n),
        fc.shuffledSubarray(Array.from({ length: 30 }, (_, index) => index)),
        (log, step, order) => {
          // prettier-ignore
          const places = placesOf(log, step)
          const seen = new SeenLog(log.start, log.end)
          for (const index of order)
            if (places[index] !== undefined) seen.add(places[index], log.from(places[index], 5))
          const { atLeast, atMost } = seen.hidden
          expect(atLeast <= log.hidden && log.hidden <= atMost!).toBe(true)
          const estimate = seen.estimate(places)
          if (places.every((place) => seen.isSeen(place))) expect(estimate).toBeDefined()
          if (estimate !== undefined) expect(atLeast <= estimate && estimate <= atMost!).toBe(true)
        },
      ),
    )
  })

  it('is exact where all was seen', () => {
    fc.assert(
      fc.property(model, fc.bigInt(1n, 500n), (log, step) => {
        const places = placesOf(log, step)
        const seen = lookAt(log, places, log.end + 1n, log.batches.length)
        expect(seen.hidden).toEqual({ atLeast: log.hidden, atMost: log.hidden })
        expect(seen.estimate(places)).toBe(log.hidden)
      }),
    )
  })

  it.each([
    ['one record left of a hundred, batch by batch', (): ModelLog => new ModelLog(Array.from({ length: 20_000 }, () => ({ gap: 99n, span: 1, stored: 1, isVisible: true }))), 0.05],
    ['large batches of which a tenth is left', (): ModelLog => new ModelLog(Array.from({ length: 200 }, () => ({ gap: 0n, span: 10_000, stored: 1_000, isVisible: true }))), 0.001],
    ['half of it gone as a whole', (): ModelLog => new ModelLog([...Array.from({ length: 1_000 }, () => ({ gap: 0n, span: 1_000, stored: 1_000, isVisible: true })), { gap: 1_000_000n, span: 1, stored: 1, isVisible: true }]), 0.02],
    ['a marker after each ten records', (): ModelLog => new ModelLog(Array.from({ length: 40_000 }, (_, index) => ({ gap: 0n, span: index % 2 === 0 ? 10 : 1, stored: 10, isVisible: index % 2 === 0 }))), 0.1],
  ] as const)('estimates: %s', (_, made, within) => {
    const log = made()
    const places = placesOf(log, (log.end - log.start) / 200n)
    const estimate = Number(lookAt(log, places, log.end + 1n, 20).estimate(places))
    expect(Math.abs(estimate / Number(log.hidden) - 1)).toBeLessThan(within)
  }) // prettier-ignore

  it('has no estimate where a place is not known', () => {
    const log = new ModelLog([{ gap: 0n, span: 100, stored: 50, isVisible: true }, { gap: 0n, span: 100, stored: 50, isVisible: true }]) // prettier-ignore
    const seen = new SeenLog(log.start, log.end)
    seen.add(0n, log.from(0n, 1))
    expect(seen.estimate([0n, 150n])).toBeUndefined()
    expect(seen.hidden).toEqual({ atLeast: 50n, atMost: 150n })
  })

  it('does not say how many records of a batch lie before a log start inside of it', () => {
    const seen = new SeenLog(60n, 100n)
    seen.add(60n, [{ base: 0n, last: 99n, stored: 90, visible: 90 }])
    expect(seen.hidden).toEqual({ atLeast: 0n, atMost: 10n })
  })
})
