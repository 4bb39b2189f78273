import { describe, it } from 'vitest'
import { measured, unknown } from '../../src/core/measured.ts'
import { type SeriesRun, seriesOf } from '../../src/core/drill-series.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { renderSeries, seriesDocument } from '../../src/cli/drill/series.ts'
import { styleOf } from '../../src/cli/style.ts'
import { expectGolden } from './golden.ts'

function run(id: string, service: number, lost: number, verdict: SeriesRun['verdict'] = 'pass'): SeriesRun {
  return {
    id,
    verdict,
    error: undefined,
    figures: {
      rtoServiceMs: measured(service, 'ms', 101),
      rtoWriteMs: measured(service - 80, 'ms', 101),
      rtoReadMs: measured(service, 'ms', 101),
      detectionMs: measured(1_480, 'ms', 500),
      toolMs: measured(service - 1_480, 'ms', 100),
      rpoRecords: measured(lost, 'records', 0),
      rpoMs: lost === 0 ? measured(0, 'ms', 101) : measured(420, 'ms', 101),
      readAgain: unknown('records', 'no offset was compared'),
    },
  }
}

describe('a series of drills', () => {
  const broken: SeriesRun = { id: '', verdict: 'unknown', error: 'GR-DRILL-NOT-STEADY', figures: undefined }
  const series = seriesOf([run('aa01', 2_900, 0), run('aa02', 3_400, 25, 'fail'), broken, run('aa03', 3_100, 2)])
  it('as a table, the worst run first', () => {
    expectGolden('drill-series.txt', renderSeries(series, styleOf({ hasColor: false })))
  })
  it('as a document', () => {
    const document = seriesDocument(series, { mode: 'sandbox', scenario: 'region-kill', seed: 'ab12' })
    expectGolden('drill-series-json.txt', jsonDocument('georep.drill-series/1', document))
  })
})
