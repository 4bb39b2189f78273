import { describe, expect, it } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { WriteRefused } from '../../../kafka/wire/connection.ts'
import { staleAfterMs } from '../../../links/session.ts'
import { Lease, leaseMaxAgeMs } from './lease.ts'

describe('Lease', () => {
  it('is not fresh before the state was read', () => {
    const lease = new Lease(fakeTime(), { maxAgeMs: 5_000 })
    expect(lease.isFresh).toBe(false)
    expect(() => { lease.assertFresh() }).toThrow(WriteRefused) // prettier-ignore
  })

  it('is fresh for 5 s after the reading began', async () => {
    const time = fakeTime()
    const lease = new Lease(time, { maxAgeMs: 5_000 })
    lease.renewal()()
    await time.pass(5_000)
    expect(lease.isFresh).toBe(true)
    lease.assertFresh()
    await time.pass(1)
    expect(lease.isFresh).toBe(false)
  })

  it('counts from before the reading, however long that took', async () => {
    const time = fakeTime()
    const lease = new Lease(time, { maxAgeMs: 5_000 })
    const renewed = lease.renewal()
    expect(lease.isFresh).toBe(false)
    await time.pass(4_000)
    renewed()
    await time.pass(1_000)
    expect(lease.isFresh).toBe(true)
    await time.pass(1)
    expect(lease.isFresh).toBe(false)
  })

  it('is of no use when the process was frozen in the middle of the reading', async () => {
    const time = fakeTime()
    const lease = new Lease(time, { maxAgeMs: 5_000 })
    const renewed = lease.renewal()
    await time.pass(60_000)
    renewed()
    expect(lease.isFresh).toBe(false)
  })

  it.each([
    ['the process was frozen: both clocks went on', 6_000, undefined],
    ['the machine slept: only the wall clock went on', 6_000, 'wall'],
    ['the wall clock was set: only the monotonic clock tells', 6_000, 'monotonic'],
    ['the wall clock was set back', -6_000, 'wall'],
  ] as const)('ends when %s', async (_, ms, clock) => {
    const time = fakeTime()
    const lease = new Lease(time, { maxAgeMs: 5_000 })
    lease.renewal()()
    expect(lease.isFresh).toBe(true)
    await time.pass(ms, clock)
    expect(lease.isFresh).toBe(false)
    expect(() => { lease.assertFresh() }).toThrow(WriteRefused) // prettier-ignore
    lease.renewal()()
    expect(lease.isFresh).toBe(true)
  })
})

describe('leaseMaxAgeMs', () => {
  it.each([
    [86_400_000, 4_000],
    [8_000, 4_000],
    [1_000, 500],
    [0, 4_000],
  ])('ends before a fence does, when brokers remember producers for %i ms: %i ms', (expiryMs, maxAgeMs) => {
    expect(leaseMaxAgeMs(expiryMs)).toBe(maxAgeMs)
  })

  it('ends well before another runner may take the link over', () => {
    expect(staleAfterMs.runner - leaseMaxAgeMs(0)).toBeGreaterThanOrEqual(2_000)
  })
})
