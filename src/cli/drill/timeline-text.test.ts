import { describe, expect, it } from 'vitest'
import type { MarkTimes } from '../../report/phases.ts'
import { timelineText } from './timeline-text.ts'

const marks: MarkTimes = { t0: 0, t1: -3, t2: 1_500, t3: 1_500, t4: 1_510, t5: 1_800, t6: 2_000, t7: 2_030, t8: 2_030 }

describe('the timeline of an outage', () => {
  it('is one line as wide as the terminal, its bars to scale', () => {
    for (const columns of [80, 100, 137, 200]) {
      const text = timelineText(marks, columns)
      expect(text).toMatch(
        /^detection 1.50 s ━+ \| approval 10 ms(?: ━+)? \| failover 290 ms ━+ \| recovery 230 ms ━+$/,
      )
      expect(text.length).toBeGreaterThanOrEqual(columns - 1)
      expect(text.length).toBeLessThanOrEqual(columns)
    }
    const bars = timelineText(marks, 200)
      .split('|')
      .map((part) => part.split('━').length - 1)
    const all = bars.reduce((sum, bar) => sum + bar, 0)
    for (const [index, ms] of [1_500, 10, 290, 230].entries()) {
      expect(Math.abs((bars[index] ?? 0) - (ms / 2_030) * all)).toBeLessThanOrEqual(1)
    }
  })

  it('is plain ASCII where there is no terminal', () => {
    const text = timelineText(marks, undefined)
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    expect(text).toMatch(/^detection 1.50 s =+ \| /)
    expect(text.length).toBeLessThanOrEqual(100)
  })

  it('keeps its words where there is no room for bars', () => {
    expect(timelineText(marks, 20)).toBe('detection 1.50 s | approval 10 ms | failover 290 ms | recovery 230 ms')
  })

  it('has a phase without a bar where an end was not seen, and none that was not exercised', () => {
    expect(timelineText({ ...marks, t8: undefined }, undefined)).toMatch(/ \| recovery unknown$/)
    expect(timelineText({ ...marks, t2: undefined, t3: undefined, t4: 0 }, undefined)).toMatch(
      /^failover 1.80 s =+ \| recovery 230 ms =+$/,
    )
    const nothing = {
      ...Object.fromEntries(Object.keys(marks).map((name) => [name, undefined])),
    } as unknown as MarkTimes
    expect(timelineText(nothing, undefined)).toBe(
      'detection unknown | approval unknown | failover unknown | recovery unknown',
    )
  })
})
