import { afterAll, beforeAll, describe, it } from 'vitest'
import { run } from '../support/context.ts'
import { drillData, type DrillHistory, drillHistoryOf, onDay } from '../support/drill-history.ts'
import { expectGolden } from './golden.ts'

// What the verbs print that look back at past drills.

let history: DrillHistory
beforeAll(async () => {
  history = await drillHistoryOf({
    aa11: drillData('pass', onDay(1)),
    bb22: drillData('fail', { ...onDay(8), rto: { serviceMs: { value: 2_431, error: 101, unit: 'ms', why: null } } }),
    cc33: drillData('pass', { ...onDay(15), mode: 'practice', scope: 'practice: link east-west, a canary of its own' }),
    dd44: drillData('unknown', { ...onDay(22), mode: 'practice', settings: { partitions: 6 } }),
  })
})
afterAll(() => {
  history.remove()
})

const golden = (name: string, argv: readonly string[]) =>
  async function print(): Promise<void> {
    const { code, out, err } = await run([...argv, '--history-dir', 'runs'], { cwd: history.base })
    const text = `$ georep ${argv.join(' ')}\n--- stdout\n${out}--- stderr\n${err}--- exit ${code}\n`
    expectGolden(`drill-${name}.txt`, text.replaceAll(history.base, '<folder>').replace(/[0-9a-f]{64}/g, '<hash>'))
  }

describe('drill compare', () => {
  it('two runs of one mode', golden('compare', ['drill', 'compare', 'aa', 'bb']))
  it('as JSON', golden('compare-json', ['drill', 'compare', 'cc33', 'dd44', '-o', 'json']))
  it('as rows', golden('compare-tsv', ['drill', 'compare', 'aa11', 'bb22', '-o', 'tsv']))
  it('two modes are refused', golden('compare-modes', ['drill', 'compare', 'aa11', 'cc33']))
})

describe('drill due', () => {
  it('in time', golden('due-done', ['drill', 'due', '--every', '90d']))
  it('too old', golden('due-due', ['drill', 'due', '--every', '7d', '--link', 'east-west']))
  it('none of that mode', golden('due-none', ['drill', 'due', '--every', '90d', '--mode', 'forced']))
  it('as JSON', golden('due-json', ['drill', 'due', '--every', '30d', '--mode', 'sandbox', '-o', 'json']))
})
