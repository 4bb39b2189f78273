import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

function bucketAt(perSecond: number | undefined): { bucket: TokenBucket; pass: (ms: number) => void } {
  let now = 5_000
  const bucket = new TokenBucket(() => now)
  bucket.limit(perSecond)
  return { bucket, pass: (ms) => { now += ms } } // prettier-ignore
}

describe('TokenBucket', () => {
  it('without a limit lets everything through', () => {
    const { bucket } = bucketAt(undefined)
    bucket.spend(1e12)
    expect(bucket.waitMs).toBe(0)
  })

  it('what was spent too much is waited for', () => {
    const { bucket, pass } = bucketAt(1_000)
    bucket.spend(3_000)
    expect(bucket.waitMs).toBe(3_000)
    pass(2_999)
    expect(bucket.waitMs).toBe(1)
    pass(1)
    expect(bucket.waitMs).toBe(0)
  })

  it('a long rest is worth a quarter of a second', () => {
    const { bucket, pass } = bucketAt(1_000)
    pass(3_600_000)
    bucket.spend(1_250)
    expect(bucket.waitMs).toBe(1_000)
  })

  it('a new limit holds at once', () => {
    const { bucket } = bucketAt(10)
    bucket.spend(100)
    bucket.limit(1_000)
    expect(bucket.waitMs).toBe(0)
    bucket.spend(500)
    expect(bucket.waitMs).toBe(500)
    bucket.limit(undefined)
    expect(bucket.waitMs).toBe(0)
  })

  it('over any course of time no more than the rate, the burst and the last piece is spent', () => {
    const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 2_000 }), bytes: fc.integer({ min: 1, max: 50_000 }) }), { minLength: 1, maxLength: 200 }) // prettier-ignore
    fc.assert(
      fc.property(steps, fc.integer({ min: 100, max: 100_000 }), (all, perSecond) => {
        const { bucket, pass } = bucketAt(perSecond)
        let spent = 0
        let ms = 0
        for (const step of all) {
          pass(step.ms)
          ms += step.ms
          if (bucket.waitMs > 0) continue
          bucket.spend(step.bytes)
          spent += step.bytes
        }
        expect(spent).toBeLessThanOrEqual((ms * perSecond) / 1_000 + perSecond / 4 + 50_000 + 1)
      }),
    )
  })
})
