import { describe, expect, it } from 'vitest'
import { lagGate, type GatedLag } from './lag-gate.ts'

const lag = (status: string, lagMs?: number, isFuture = false, why?: string): GatedLag => ({ what: `orders/${status}`, status, lagMs, isFuture, why }) // prettier-ignore
const gate = (...lags: readonly GatedLag[]): ReturnType<typeof lagGate> => lagGate(30_000, lags, [])

describe('lagGate', () => {
  it.each(['OK', 'LAGGING', 'PAUSED'])('%s is within the limit up to it, and over it above', (status) => {
    expect(gate(lag(status, 30_000))).toMatchObject({ verdict: 'within', over: [], unknown: [], counted: 1 })
    expect(gate(lag(status, 30_001))).toMatchObject({ verdict: 'over', over: [{ lagMs: 30_001 }], unknown: [] })
  })

  it.each(['STALE', 'UNKNOWN', 'FAILED', 'AHEAD'])('%s is not determined, even at zero', (status) => {
    expect(gate(lag('OK', 0), lag(status, 0))).toMatchObject({ verdict: 'unknown', unknown: [{ what: `orders/${status}` }] }) // prettier-ignore
  })

  it('says why it is not determined, where a cluster told', () => {
    const why = 'needs Describe on topic "orders"'
    expect(gate(lag('UNKNOWN', undefined, false, why)).unknown[0]?.why).toBe(`it is UNKNOWN: ${why}`)
    expect(gate(lag('LAGGING', undefined, false, why)).unknown[0]?.why).toBe(
      `the time of its next record is not known: ${why}`,
    )
  })

  it('does not trust what a dead source said long ago, and takes a failed mirror at its figure', () => {
    expect(gate(lag('STALE', 99_000)).verdict).toBe('unknown')
    expect(gate(lag('FAILED', 99_000))).toMatchObject({ verdict: 'over', unknown: [] })
  })

  it('calls an upper bound within the limit where it is, and not determined where it is over', () => {
    const upTo = (lagMs: number): GatedLag => ({ ...lag('LAGGING', lagMs), isUpperBound: true })
    expect(gate(upTo(30_000))).toMatchObject({ verdict: 'within', counted: 1 })
    const { verdict, over, unknown } = gate(upTo(30_001))
    expect([verdict, over]).toEqual(['unknown', []])
    expect(unknown[0]?.why).toContain('it lags 30.0 s at most: ')
  })

  it('is not determined without the time, or with one of the future', () => {
    expect(gate(lag('LAGGING')).verdict).toBe('unknown')
    expect(gate(lag('LAGGING', 0, true)).verdict).toBe('unknown')
  })

  it('is not determined where nothing matches, or all is stopped, which is not counted', () => {
    expect(gate()).toMatchObject({ verdict: 'unknown', counted: 0 })
    expect(gate(lag('STOPPED'))).toMatchObject({ verdict: 'unknown', counted: 0 })
    expect(gate(lag('STOPPED'), lag('OK', 0))).toMatchObject({ verdict: 'within', counted: 1 })
  })

  it('over and unknown together is over, and names both, the worst first', () => {
    const both = lagGate(30_000, [lag('LAGGING', 31_000), lag('PAUSED', 40_000), lag('UNKNOWN')], [{ what: 'link x-y', why: 'no runner' }]) // prettier-ignore
    expect(both.verdict).toBe('over')
    expect(both.over.map(({ what }) => what)).toEqual(['orders/PAUSED', 'orders/LAGGING'])
    expect(both.unknown.map(({ what }) => what)).toEqual(['link x-y', 'orders/UNKNOWN'])
  })

  it('holds each to its own limit where there is not one for all, the worst by how many times it is over', () => {
    const own = (what: string, lagMs: number | undefined, ms: number | undefined): GatedLag => ({
      ...lag('LAGGING', lagMs),
      what,
      limit: ms === undefined ? undefined : { ms, objective: `topics.${what}` },
    })
    const gated = lagGate(null, [own('slow', 40_000, 30_000), own('fast', 9_000, 1_000), own('in', 5, 5), own('free', undefined, undefined)], []) // prettier-ignore
    expect(gated).toEqual({
      verdict: 'over',
      limitMs: null,
      over: [
        { what: 'fast', lagMs: 9_000, limitMs: 1_000, objective: 'topics.fast' },
        { what: 'slow', lagMs: 40_000, limitMs: 30_000, objective: 'topics.slow' },
      ],
      unknown: [],
      counted: 3,
      unlimited: 1,
    })
    // What has no limit need not be known, and nothing that has one is not determined.
    expect(lagGate(null, [own('free', undefined, undefined)], [])).toMatchObject({ verdict: 'unknown', counted: 0 })
  })
})
