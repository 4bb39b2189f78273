import { describe, it } from 'vitest'
import { renderDrill } from '../../src/cli/drill/render.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { styleOf } from '../../src/cli/style.ts'
import { observations } from '../support/drill-observations.ts'
import { drillRun } from '../support/drill-run.ts'
import { expectGolden } from './golden.ts'

// What a drill prints, for a person and for a script, from observations that are fixed here.

const style = styleOf({ hasColor: false })

describe.each(['pass', 'fail', 'unknown', 'splitBrain'] as const)('a drill that ends in %s', (verdict) => {
  const { result, ...data } = drillRun(verdict)
  it('as a table', () => {
    expectGolden(`drill-${verdict}.txt`, renderDrill(result, data, style, undefined))
  })
  it('as a document', () => {
    // The ledger is long, and the same in all of them but for a row.
    const shown = verdict === 'pass' ? data : { ...data, ledger: undefined }
    expectGolden(`drill-${verdict}-json.txt`, jsonDocument('georep.run/1', { id: 'ab12', ...shown }))
  })
})

it('a practice drill, as a table', () => {
  const { result, ...data } = drillRun('pass', 'practice')
  expectGolden('drill-practice.txt', renderDrill(result, data, style, undefined))
})

it('a drill by a runbook, with an approval and a step that points clients at the destination, as a table', () => {
  const { t2 = 0, t4 = 0 } = observations.marks
  const asked = {
    marks: { ...observations.marks, t3: t4 },
    waits: { allMs: t4 - t2 + 100, sinceCommandMs: 100 },
    repointedBy: ['name'],
  }
  const { result, ...data } = drillRun('pass', 'forced', asked)
  expectGolden('drill-by-runbook.txt', renderDrill(result, data, style, undefined))
})
