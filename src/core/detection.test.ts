import { describe, expect, it } from 'vitest'
import { afterProbe, type Detection, noFailureYet } from './detection.ts'

function detected(answers: string): Detection {
  return Array.from(answers).reduce(
    (state, answer, index) =>
      afterProbe(
        state,
        { startedAt: index * 100, endedAt: index * 100 + 40, failure: answer === '.' ? undefined : 'no answer' },
        3,
      ),
    noFailureYet,
  )
}

describe('detection', () => {
  it.each([
    ['....', { failuresInARow: 0, failingSince: undefined, lostAt: undefined }],
    ['.xx', { failuresInARow: 2, failingSince: 100, lostAt: undefined }],
    ['.xx.xx.', { failuresInARow: 0, failingSince: undefined, lostAt: undefined }],
    ['.xxx', { failuresInARow: 3, failingSince: 100, lostAt: 340 }],
    ['xx.xxx', { failuresInARow: 3, failingSince: 300, lostAt: 540 }],
    ['xxx..x', { failuresInARow: 3, failingSince: 0, lostAt: 240 }],
  ])('of %s', (answers, expected) => {
    expect(detected(answers)).toEqual(expected)
  })
})
