import { describe, expect, it } from 'vitest'
import { type Rto, rtoFrom } from './rto.ts'

const errors = { injectionUncertaintyMs: 20, canaryEveryMs: 100, probeEveryMs: 250 }
const marks = { t0: 1_000, t1: 1_010, t2: 2_000, t3: 2_500, t4: 2_510, t5: 3_000, t6: 3_100, t7: 4_000, t8: 4_050 }

describe('rto', () => {
  it('is the distance between marks, with the error of both', () => {
    const rto = rtoFrom(marks, errors)
    const figures = (Object.keys(rto) as (keyof Rto)[]).map((name) => [name, rto[name].value, rto[name].error])
    expect(figures).toEqual([
      ['write', 2_100, 120],
      ['read', 3_000, 120],
      ['service', 3_050, 120],
      ['tool', 1_540, 100],
      ['human', 500, 250],
      ['withoutHuman', 2_550, 120],
      ['detection', 1_000, 270],
    ])
  })

  it('takes the waits for people as they were measured, where several were asked', () => {
    const { human, service, withoutHuman, tool } = rtoFrom(marks, errors, { allMs: 1_200, sinceCommandMs: 800 })
    expect([human, service, withoutHuman, tool].map(({ value, error }) => [value, error])).toEqual([[1_200, 0], [3_050, 120], [1_850, 120], [740, 100]]) // prettier-ignore
    // Nobody was asked, and nothing was to be detected: what is left is all of it.
    expect(rtoFrom({ ...marks, t2: undefined, t3: undefined }, errors).withoutHuman).toEqual(service)
  })

  it('names the mark that is missing', () => {
    const rto = rtoFrom({ ...marks, t8: undefined, t2: undefined }, errors)
    expect(rto.service).toEqual({
      value: null,
      error: null,
      unit: 'ms',
      why: 't8 (steady state begins) is missing',
    })
    expect(rto.tool.value).toBeNull()
    expect(rto.detection.why).toContain('t2')
    expect(rto.write.value).toBe(2_100)
  })

  it('does not give a negative time', () => {
    const rto = rtoFrom({ ...marks, t6: 900 }, errors)
    expect(rto.write.value).toBeNull()
    expect(rto.write.why).toContain('t6')
  })
})
