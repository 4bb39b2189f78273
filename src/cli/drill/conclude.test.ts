import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { capturedContext } from '../../../test/support/context.ts'
import { drillRun } from '../../../test/support/drill-run.ts'
import type { DrillVerdict } from '../../core/verdict.ts'
import type { ExitCode } from '../exit.ts'
import { concludeDrill } from './conclude.ts'
import type { ReportFile } from './report-format.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-conclude-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

interface Concluded {
  readonly code: number
  readonly out: string
  readonly notes: readonly string[]
}

async function conclude(
  verdict: DrillVerdict,
  options: { readonly output?: 'table' | 'json'; readonly historyDir?: string; readonly scope?: string } = {},
): Promise<Concluded> {
  const { context, out } = capturedContext({ home: folder, cwd: folder })
  const notes: string[] = []
  const run = { ...drillRun(verdict), ...(options.scope === undefined ? {} : { scope: options.scope }) }
  const flags = {
    output: options.output ?? 'table',
    historyDir: options.historyDir,
    config: undefined,
    report: undefined,
  }
  const code = await concludeDrill(run, 'ab12', flags, context, { note: (text) => notes.push(text) })
  return { code, out: out(), notes }
}

describe('the end of a drill', () => {
  it.each([
    ['pass', 0],
    ['fail', 3],
    ['unknown', 4],
    ['splitBrain', 1],
  ] as const)('%s is exit code %d', async (verdict, code) => {
    expect((await conclude(verdict)).code).toBe(code)
  })

  it('saves what it prints, readable by its owner only, and says where and what to type', async () => {
    const { out, notes } = await conclude('pass', { output: 'json', historyDir: 'my runs' })
    const [file = '', ...others] = await readdir(join(folder, 'my runs'))
    expect(others).toEqual(['head.json'])
    const path = join(folder, 'my runs', file)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const { schema, previous, previousId, ...saved } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >
    expect({ schema, previous, previousId }).toEqual({ schema: 'georep.run/1', previous: null, previousId: null })
    expect(JSON.parse(out)).toEqual({ schema: 'georep.run/1', data: saved })
    expect(notes).toEqual([`saved as ${path}`, "next: georep history show ab12 --history-dir 'my runs'"])
  })

  it('saves below the state folder when no other is named', async () => {
    const { notes } = await conclude('pass')
    expect(notes[0]).toContain(join(folder, '.local', 'state', 'georep', 'history'))
    expect(notes[1]).toBe('next: georep history show ab12')
  })

  it('leaves the reports that were asked for, and the figures on record when one cannot be written', async () => {
    const { context } = capturedContext({ home: folder, cwd: folder })
    const notes: string[] = []
    const flags = { output: 'json', historyDir: 'runs', config: undefined } as const
    const conclude = (id: string, files: readonly ReportFile[]): Promise<ExitCode> =>
      concludeDrill(drillRun('fail'), id, { ...flags, report: files }, context, { note: (text) => notes.push(text) })
    const good = [
      { file: 'a.html', format: 'html' },
      { file: 'a.prom', format: 'prometheus' },
    ] as const
    expect(await conclude('ab12', good)).toBe(3)
    expect(notes.slice(1)).toEqual([
      `report in ${join(folder, 'a.html')}`,
      `report in ${join(folder, 'a.prom')}`,
      'next: georep history show ab12 --history-dir runs',
    ])
    expect(await readFile(join(folder, 'a.html'), 'utf8')).toContain('<h1>Failover drill ab12: FAIL</h1>')
    const bad = conclude('cd34', [
      { file: 'none/b.md', format: 'markdown' },
      { file: 'b.xml', format: 'junit' },
    ])
    await expect(bad).rejects.toMatchObject({ code: 'GR-REPORT-WRITE' })
    expect(await readFile(join(folder, 'b.xml'), 'utf8')).toContain('<property name="run" value="cd34">')
    expect(await readdir(join(folder, 'runs'))).toHaveLength(3)
  })

  it('has printed the figures when they cannot be saved', async () => {
    await writeFile(join(folder, 'file'), '')
    const { context, out } = capturedContext({ cwd: folder })
    const flags = { output: 'table', historyDir: 'file', config: undefined, report: undefined } as const
    const ended = concludeDrill(drillRun('pass'), 'ab12', flags, context, { note: () => undefined })
    await expect(ended).rejects.toMatchObject({ code: 'GR-HISTORY-WRITE' })
    expect(out()).toContain('RTO, service')
  })

  it('does not let a name drive the terminal', async () => {
    const scope = 'link \u001b[2J\u009b1m'
    for (const output of ['table', 'json'] as const) {
      const { out } = await conclude('pass', { output, scope, historyDir: output })
      expect(out).toContain('[2J')
      expect(out).not.toMatch(/[\u001b\u009b]/)
    }
  })
})
