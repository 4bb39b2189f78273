import { describe, expect, it } from 'vitest'
import { distributionOf } from './distribution.ts'
import { measured, unknown } from './measured.ts'

const of = (...values: readonly number[]): ReturnType<typeof distributionOf> =>
  distributionOf(
    values.map((value) => measured(value, 'ms', value / 10)),
    'ms',
  )

describe('distribution', () => {
  it('is made of values that were measured', () => {
    expect(of(30, 10, 20)).toMatchObject({ min: 10, median: 20, p90: 30, max: 30, error: 3, known: 3, unknown: 0 })
    expect(of(1, 2, 3, 4)).toMatchObject({ median: 2, p90: 4 })
    const ten = of(...Array.from({ length: 10 }, (_, index) => index + 1))
    expect(ten).toMatchObject({ min: 1, median: 5, p90: 9, max: 10 })
    expect(of(7)).toMatchObject({ min: 7, median: 7, p90: 7, max: 7 })
  })

  it('counts what is not known, and takes it for nothing', () => {
    const figures = [measured(5, 'ms', 1), unknown('ms', 'not seen'), undefined]
    expect(distributionOf(figures, 'ms')).toMatchObject({ min: 5, max: 5, known: 1, unknown: 2 })
    expect(distributionOf([undefined], 'records')).toEqual({ unit: 'records', min: null, median: null, p90: null, max: null, error: null, known: 0, unknown: 1 }) // prettier-ignore
  })
})
