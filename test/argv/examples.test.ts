import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { saveRun } from '../../src/history/save.ts'
import { capturedContext, parsed, run } from '../support/context.ts'
import { examplesOfDocs, examplesOfHelp } from '../support/examples.ts'
import { runData } from '../support/history-folder.ts'

// What help and documentation tell people to type is what the program takes.

const ofHelp = await examplesOfHelp()
const ofDocs = examplesOfDocs()

it.each([...ofHelp, ...ofDocs])('$where: $line', async ({ argv }) => {
  const { code, out, err, options } = await parsed(argv)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  if (argv.includes('--help')) expect(out).toMatch(/^Usage: georep /)
  else expect(options).toBeTypeOf('object')
})

it('are many', () => {
  expect(ofHelp.length).toBeGreaterThan(25)
  expect(ofDocs.length).toBeGreaterThan(8)
})

describe('an example that needs no cluster does what it says', () => {
  const needsNone = ['config', 'history', 'completion']
  const runnable = ofHelp.filter(({ argv: [noun = ''] }) => needsNone.includes(noun))

  let base: string
  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'georep-examples-'))
    const file = 'clusters:\n  east: { bootstrap: [e:1] }\n  west: { bootstrap: [w:1] }\n'
    for (const name of ['georep.yaml', 'other.yaml', 'new.yaml']) writeFileSync(join(base, name), file)
    mkdirSync(join(base, 'history'))
    await saveRun(join(base, 'history'), { id: '3f9a07', data: runData(1) }, capturedContext().context)
  })
  afterEach(() => {
    rmSync(base, { recursive: true, force: true })
  })

  it.each(runnable)('$line', async ({ argv }) => {
    const overrides = { cwd: base, home: base, env: { GEOREP_HISTORY: join(base, 'history') } }
    if (argv.includes('verify')) await run(['history', 'export', '--file', 'runs.jsonl'], overrides)
    const { code, err } = await run(argv, overrides)
    expect({ code, err: err.includes('error') }).toEqual({ code: 0, err: false })
  })

  it('and there are some of each', () => {
    expect(new Set(runnable.map(({ argv: [noun] }) => noun))).toEqual(new Set(needsNone))
  })
})
