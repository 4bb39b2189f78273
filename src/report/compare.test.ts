import { describe, expect, it } from 'vitest'
import { drillRecord } from '../../test/support/reports.ts'
import { comparedFigures, comparisonNotes } from './compare.ts'
import { drillViewFrom } from './drill-view.ts'

const good = drillRecord('pass')
const withRto = (value: number | null, error: number | null = 101, unit = 'ms'): ReturnType<typeof drillViewFrom> =>
  drillViewFrom({ ...good, rto: { serviceMs: { value, error, unit, why: null } } })

describe('two runs', () => {
  it.each([
    ['differ by less than their errors', withRto(2_000), withRto(2_200), 200, false],
    ['differ by exactly their errors', withRto(2_000), withRto(2_202), 202, false],
    ['differ by more', withRto(2_300), withRto(2_000), -300, true],
    ['differ, and are exact', withRto(2_000, null), withRto(2_001, null), 1, true],
    ['are the same', withRto(2_000, null), withRto(2_000, null), 0, false],
    ['cannot be told apart where one is unknown', withRto(2_000), withRto(null), null, null],
    ['cannot be told apart by different units', withRto(2_000), withRto(2_000, 1, 's'), null, null],
  ])('%s', (_what, a, b, value, isBeyondError) => {
    expect(comparedFigures(a, b)[0]).toMatchObject({ name: 'rtoServiceMs', difference: { value }, isBeyondError })
  })

  it('are said to be different exercises, of different scopes, with different settings', () => {
    const other = drillViewFrom({ ...good, scenario: 'wan-cut', scope: 'another', settings: { partitions: 6 } })
    const notes = comparisonNotes(drillViewFrom(good), other)
    expect(notes.slice(0, 2)).toEqual([
      'they are different exercises: region-kill, and wan-cut',
      'they have different scopes: sandbox: link east-west, and another',
    ])
    expect(notes).toContain('setting partitions differs: 2, and 6')
    expect(comparisonNotes(drillViewFrom(good), drillViewFrom(good))).toEqual([])
    expect(comparisonNotes(drillViewFrom(good), drillViewFrom({ ...good, settings: undefined }))).toEqual([])
  })
})
