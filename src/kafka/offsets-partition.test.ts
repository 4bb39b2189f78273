import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offsetsPartitionOf } from './offsets-partition.ts'

/** So many that what is left of the hash is the hash. */
const all = 2 ** 31

// What java.lang.String.hashCode gives, and of that the absolute value, as Kafka's Utils.abs does: Integer.MIN_VALUE becomes 0.
describe('offsetsPartitionOf', () => {
  it.each([
    ['', 0],
    ['a', 97],
    ['abc', 96_354],
    ['hello', 99_162_322],
    ['console-consumer-1', 35_782_224],
    ['Grüße', 69_215_351],
    ['注文', 890_271],
    // Two chars of Java each, and of JavaScript.
    ['🙂', 1_772_965],
    // hashCode is negative: without its sign bit it would be another partition
    ['billing', 109_829_509],
    // hashCode is Integer.MIN_VALUE
    ['polygenelubricants', 0],
  ])('of "%s" it is that of Java', (group, hash) => {
    expect(offsetsPartitionOf(group, all)).toBe(hash)
    expect(offsetsPartitionOf(group, 50)).toBe(hash % 50)
    expect(offsetsPartitionOf(group, 1)).toBe(0)
  })

  it('is a partition, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1_000 }), (group, partitions) => {
        const found = offsetsPartitionOf(group, partitions)
        expect(Number.isInteger(found) && found >= 0 && found < partitions).toBe(true)
        // The same, the slow way: arithmetic without bounds, and cut to 32 bits at the end.
        let hash = 0n
        for (let index = 0; index < group.length; index++) hash = hash * 31n + BigInt(group.charCodeAt(index))
        const java = BigInt.asIntN(32, hash)
        const positive = java === -(2n ** 31n) ? 0n : java < 0n ? -java : java
        expect(BigInt(found)).toBe(positive % BigInt(partitions))
      }),
    )
  })
})
