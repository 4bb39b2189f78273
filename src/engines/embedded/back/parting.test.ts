import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partingOf } from './parting.ts'

interface Stored {
  readonly base: bigint
  readonly last: bigint
  readonly isSame: boolean
}

/** Batches one behind the other, with holes between them; those before the first that is another are the source's. */
function batchesOf(sizes: readonly (readonly [hole: number, count: number])[], parted: number): readonly Stored[] {
  let next = 0n
  return sizes.map(([hole, count], index) => {
    const base = next + BigInt(hole)
    next = base + BigInt(count)
    return { base, last: next - 1n, isSame: index < parted }
  })
}

const partingIn = async (batches: readonly Stored[], shared: bigint, sourceEnd: bigint): Promise<bigint> =>
  await partingOf(
    { shared, end: (batches.at(-1)?.last ?? -1n) + 1n, sourceEnd },
    {
      isSame: async (end) => {
        // A broker would be waited for until its log has come there.
        if (end > sourceEnd) throw new Error(`asked for ${end.toString()} of a source that ends at ${sourceEnd.toString()}`)
        return await Promise.resolve(batches.findLast(({ last }) => last < end && last >= shared)?.isSame !== false)
      },
      baseOf: async (at) => await Promise.resolve(batches.find(({ base, last }) => base <= at && at <= last)?.base ?? at),
    },
  ) // prettier-ignore

const sizes = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 7 })), { minLength: 1, maxLength: 12 })

describe('partingOf', () => {
  it('leaves no record out that the source has not, and takes in no batch that is whole on it', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(12), fc.nat(90), fc.nat(90), async (all, parted, begin, sourceSpan) => {
        const batches = batchesOf(all, parted)
        const end = batches.at(-1)!.last + 1n
        const shared = BigInt(begin) % end
        const sourceEnd = shared + 1n + (BigInt(sourceSpan) % (end - shared))
        // What the source ends in the middle of is not on it as a whole.
        const seen = batches.map((one) => ({ ...one, isSame: one.isSame && one.last < sourceEnd }))
        const at = await partingIn(seen, shared, sourceEnd)
        expect(at).toBeGreaterThanOrEqual(shared)
        expect(at).toBeLessThanOrEqual(end)
        for (const { base, last, isSame } of seen) {
          if (last < shared) continue
          if (!isSame) expect(at).toBeLessThanOrEqual(base < shared ? shared : base)
          else if (base >= shared) expect(at).toBeGreaterThan(last)
        }
      }),
    )
  })

  it('is the end where all is the same, and where both begin where nothing is', async () => {
    const sizes = [[0, 4], [0, 4]] as const // prettier-ignore
    expect(await partingIn(batchesOf(sizes, 2), 0n, 20n)).toBe(8n)
    expect(await partingIn(batchesOf(sizes, 0), 0n, 20n)).toBe(0n)
    expect(await partingIn(batchesOf(sizes, 1), 0n, 20n)).toBe(4n)
    // The source has gone on beside it: its end lies in the middle of what somebody else wrote.
    expect(await partingIn(batchesOf(sizes, 1), 0n, 6n)).toBe(4n)
  })
})
