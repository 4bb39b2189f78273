import { describe, it } from 'vitest'
import { renderDrill } from '../../src/cli/drill/render.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { styleOf } from '../../src/cli/style.ts'
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
