import { describe, expect, it } from 'vitest'
import { type SeriesRun, seriesOf } from './drill-series.ts'
import { measured, unknown } from './measured.ts'

function run(id: string, verdict: SeriesRun['verdict'], lost: number | undefined, rto: number): SeriesRun {
  const ms = measured(rto, 'ms', 100)
  return {
    id,
    verdict,
    error: undefined,
    figures: {
      ...{ rtoServiceMs: ms, rtoWriteMs: ms, rtoReadMs: ms, detectionMs: ms, toolMs: ms, rpoMs: ms },
      rpoRecords: lost === undefined ? unknown('records', 'not read') : measured(lost, 'records', 0),
      readAgain: measured(0, 'records', 0),
    },
  }
}

describe('a series', () => {
  it('is as good as its worst run, which comes first', () => {
    const broken: SeriesRun = { id: '', verdict: 'unknown', error: 'GR-X', figures: undefined }
    const { verdict, runs } = seriesOf([run('a', 'pass', 0, 9), broken, run('b', 'fail', 1, 1), run('c', 'pass', 2, 1)])
    expect(verdict).toBe('fail')
    expect(runs.map(({ id }) => id)).toEqual(['b', '', 'c', 'a'])
    expect(seriesOf([run('a', 'fail', 0, 1), run('b', 'splitBrain', 0, 1)]).verdict).toBe('splitBrain')
    expect(seriesOf([run('a', 'pass', 0, 1), broken]).verdict).toBe('unknown')
  })

  it('puts by loss, then by time, and what is not known before what is', () => {
    const { runs } = seriesOf([run('a', 'pass', 0, 5), run('b', 'pass', 0, 6), run('c', 'pass', undefined, 1)])
    expect(runs.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
  })

  it('does not take a run without figures for one with good ones', () => {
    const broken: SeriesRun = { id: '', verdict: 'unknown', error: 'GR-X', figures: undefined }
    expect(seriesOf([run('a', 'pass', 3, 9), broken]).figures.rpoRecords).toMatchObject({
      max: 3,
      known: 1,
      unknown: 1,
    })
  })
})
