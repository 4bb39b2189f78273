import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { saveRun } from '../../src/history/save.ts'
import { capturedContext, run } from '../support/context.ts'
import { edit, runData } from '../support/history-folder.ts'
import { expectGolden } from './golden.ts'

// What the verbs print that check, reduce and carry away the records of past runs. One folder, and one thing after the other happens to it.

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'georep-golden-'))
  const { context } = capturedContext()
  for (const n of [1, 2, 3]) await saveRun(join(base, 'runs'), { id: `r${n}`, data: runData(n) }, context)
  const error = {
    code: 'GR-DRILL-SOURCE',
    message: 'the source of link "east-west" does not answer',
    stateNow: null,
    data: null,
  }
  const failed = runData(4, { status: 'aborted', verdict: 'unknown', mode: 'practice', error })
  await saveRun(join(base, 'runs'), { id: 'r4', data: failed }, context)
})
afterAll(async () => {
  await rm(base, { recursive: true, force: true })
})

const golden = (name: string, argv: readonly string[]) =>
  async function print(): Promise<void> {
    const { code, out, err } = await run(argv, { cwd: base })
    const text = `$ georep ${argv.join(' ')}\n--- stdout\n${out}--- stderr\n${err}--- exit ${code}\n`
    expectGolden(`history-${name}.txt`, text.replaceAll(base, '<folder>').replace(/[0-9a-f]{64}/g, '<hash>'))
  }
const dir = ['--history-dir', 'runs']

describe('history', () => {
  it('verify, intact', golden('verify', ['history', 'verify', ...dir]))
  it('show, a run that came to no verdict', golden('show-aborted', ['history', 'show', 'r4', ...dir]))
  it('prune, only looking', golden('prune-dry-run', ['history', 'prune', '--keep', '2', '--dry-run', ...dir]))
  it('prune', golden('prune', ['history', 'prune', '--keep', '2', '--confirm', 'runs', ...dir]))
  it(
    'prune as JSON',
    golden('prune-json', ['history', 'prune', '--keep', '1', '--confirm', 'runs', '-o', 'json', ...dir]),
  )
  it(
    'prune, nothing left to do',
    golden('prune-nothing', ['history', 'prune', '--keep', '1', '--confirm', 'runs', ...dir]),
  )
  it('list, with stubs', golden('list-pruned', ['history', 'list', ...dir]))
  it('show, a stub', golden('show-pruned', ['history', 'show', 'r1', ...dir]))
  it('show, a stub as JSON', golden('show-pruned-json', ['history', 'show', 'r1', '-o', 'json', ...dir]))
  it('export', golden('export', ['history', 'export', ...dir]))
  it('export into a file', golden('export-file', ['history', 'export', '--file', 'runs.jsonl', ...dir]))
  it('verify, an export', golden('verify-file', ['history', 'verify', '--file', 'runs.jsonl', '-o', 'json']))
  it('verify, a broken chain', async () => {
    edit(join(base, 'runs', '20260104T000000Z-r4.json'), '"unknown"', '"pass"')
    rmSync(join(base, 'runs', '20260102T000000Z-r2.json'))
    await golden('verify-broken', ['history', 'verify', ...dir])()
  })
  it('verify, a broken chain as JSON', golden('verify-broken-json', ['history', 'verify', '-o', 'json', ...dir]))
  it(
    'prune, a broken chain',
    golden('prune-broken', ['history', 'prune', '--older-than', '1ms', '--confirm', 'runs', ...dir]),
  )
  it('export, a broken chain', golden('export-broken', ['history', 'export', '--file', 'broken.jsonl', ...dir]))
  it('verify, nothing there', golden('verify-empty', ['history', 'verify', '--history-dir', 'none']))
})
