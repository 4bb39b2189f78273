import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Bounds, compareBounds, exactly, kindOfBounds, notKnown, sumOfBounds, upTo } from './bounds.ts'

it.each([
  [exactly(0n), 'exact'],
  [exactly(7n), 'exact'],
  [upTo(0n), 'exact'],
  [upTo(7n), 'atMost'],
  [{ atLeast: 3n, atMost: 7n }, 'between'],
  [{ atLeast: 3n, atMost: undefined }, 'atLeast'],
  [notKnown, 'unknown'],
] as const)('%o is %s', (bounds, kind) => {
  expect(kindOfBounds(bounds)).toBe(kind)
})

it.each([
  ['of nothing', [], exactly(0n)],
  ['of exact parts', [exactly(2n), exactly(3n)], exactly(5n)],
  ['with an upper bound in it', [exactly(2n), upTo(3n)], { atLeast: 2n, atMost: 5n }],
  ['with an unknown in it', [exactly(2n), notKnown, upTo(3n)], { atLeast: 2n, atMost: undefined }],
  ['of unknowns', [notKnown, notKnown], notKnown],
] as const)('the sum %s', (_, parts, sum) => {
  expect(sumOfBounds(parts)).toStrictEqual(sum)
})

const bounds = fc.tuple(fc.bigInt(0n, 1000n), fc.option(fc.bigInt(0n, 1000n), { nil: undefined })).map(([atLeast, more]): Bounds => ({ atLeast, atMost: more === undefined ? undefined : atLeast + more })) // prettier-ignore

it('the worst comes first, whatever the order was', () => {
  fc.assert(
    fc.property(fc.array(bounds), (some) => {
      const sorted = some.toSorted(compareBounds)
      for (const [index, one] of sorted.entries()) {
        const after = sorted[index + 1]
        if (after === undefined || one.atMost === undefined) continue
        expect(after.atMost).toBeDefined()
        expect(after.atMost ?? 0n).toBeLessThanOrEqual(one.atMost)
      }
      expect(some.toReversed().toSorted(compareBounds)).toStrictEqual(sorted)
    }),
  )
})
