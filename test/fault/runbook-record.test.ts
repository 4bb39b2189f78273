import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { concludeRun } from '../../src/cli/runbook/conclude-run.ts'
import type { Context } from '../../src/cli/context.ts'
import { runFiles } from '../../src/cli/runbook/run-files.ts'
import { problemsOf, readHistory } from '../../src/history/read.ts'
import { journalOf } from '../../src/runbook/journal.ts'
import { runbookFrom } from '../../src/runbook/load.ts'
import { capturedContext, run, type Ran } from '../support/context.ts'
import { runbookProcess } from '../support/runbook-process.ts'
import { siteFor } from '../support/runbook-site.ts'

// A process that has written the end of its run into the journal, and is killed before the record of the run is in the history: at every point at which it
// prints, or asks for an id or the time. Looked for: a run that has no record for ever, one with two, a record that differs from what the process itself
// would have saved, and another exit code than the run's.

/** Thrown where the process is killed. */
class Killed extends Error {}

const root = mkdtempSync(join(tmpdir(), 'georep-fault-record-'))
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

const textOf = (command: string): string => `schema: georep.runbook/1
name: mine
description: a runbook
link: east-west
steps:
  - { id: approved, kind: approve, question: "Now?", by: { hook: "true" } }
  - { id: it, kind: exec, command: "${command}", onFailure: rollback }
rollback:
  - { id: back, kind: exec, command: "echo back" }
`

const ends = {
  completed: { command: 'echo done', isAbort: false, code: 0, error: undefined },
  failed: { command: 'exit 3', isAbort: false, code: 1, error: 'error GR-RUN-ROLLED-BACK: run "run1" of runbook "mine" stands at step "it"' },
  aborted: { command: 'echo done', isAbort: true, code: 0, error: undefined },
} as const // prettier-ignore
type End = keyof typeof ends

class Scene {
  readonly folder = mkdtempSync(join(root, 'run-'))
  readonly end: End
  /** Points that were passed after the journal's end, and the one at which the process ends. */
  points = 0
  readonly #killAt: number

  constructor(end: End, killAt: number) {
    this.end = end
    this.#killAt = killAt
  }

  /** As `runbook run` and `runbook abort` do it, once the link is held. @returns the exit code; undefined when it was killed */
  async process(): Promise<number | undefined> {
    const { command, isAbort } = ends[this.end]
    let isOver = false
    const point = <T>(value: T): T => {
      if (isOver && ++this.points >= this.#killAt) throw new Killed()
      return value
    }
    const { context: calm } = capturedContext()
    const context: Context = {
      ...calm,
      time: { ...calm.time, now: () => point(calm.time.now()) },
      newId: () => point(calm.newId()),
      io: { ...calm.io, out: point, err: point },
    }
    const onOver = (): void => { isOver = true } // prettier-ignore
    try {
      return await runbookProcess({ text: textOf(command), folder: this.folder, isAbort, onOver }, context)
    } catch (error) {
      if (isKill(error)) return undefined
      throw error
    }
  }

  async georep(verb: 'resume' | 'abort', ...more: readonly string[]): Promise<Ran> {
    return await run(['runbook', verb, 'run1', '--history-dir', this.folder, '--confirm', 'east-west', ...more])
  }

  /** What is in the history, its place in the chain and its folder taken out. */
  records(): readonly string[] {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.json') && name !== 'head.json')
    return names.map((name) => readFileSync(join(this.folder, name), 'utf8').replaceAll(this.folder, '(folder)'))
  }

  journal(): string {
    return readFileSync(runFiles('run1', this.folder, capturedContext().context).journal, 'utf8')
  }
}

/** Saving a record wraps what was thrown. */
function isKill(error: unknown): boolean {
  return error instanceof Killed || (error instanceof Error && isKill(error.cause))
}

describe.each(Object.keys(ends) as readonly End[])('a run that was %s', (end) => {
  it('and killed before its record was there, has it made from its journal, once', async () => {
    const whole = new Scene(end, Number.POSITIVE_INFINITY)
    const { code, error } = ends[end]
    expect(await whole.process()).toBe(code)
    const [record, ...others] = whole.records()
    expect(others).toEqual([])
    expect(JSON.parse(record ?? '')).toMatchObject({ id: ends[end].isAbort ? 'run1r2' : 'run1', status: end, operator: 'tester@test' }) // prettier-ignore
    expect(whole.points).toBeGreaterThan(3)
    let lost = 0
    for (let at = 1; at <= whole.points; at++) {
      const verb = at % 2 === 0 ? 'resume' : 'abort'
      const scene = new Scene(end, at)
      // Once the record is in place there is nothing left to be killed in.
      expect([undefined, code]).toContain(await scene.process())
      const journal = scene.journal()
      if (scene.records().length === 0) {
        lost++
        const ran = await scene.georep(verb)
        expect({ at, verb, code: ran.code }).toEqual({ at, verb, code })
        expect(ran.err).toContain(`run run1 is over (${end}), and its record is missing: it is made from its journal`)
        expect(ran.err).toContain('saved as ')
        if (error !== undefined) expect(ran.err).toContain(error)
        expect(ran.out).toMatch(/^STEP +KIND +OUTCOME/)
      }
      const again = await scene.georep(verb)
      expect({ at, verb, code: again.code, out: again.out }).toEqual({ at, verb, code: 5, out: '' })
      expect(again.err).toContain(`error GR-RUN-OVER: run "run1" is over: it was ${end}`)
      expect(scene.records()).toEqual([record])
      expect(problemsOf(await readHistory(scene.folder))).toEqual([])
      expect(scene.journal()).toBe(journal)
    }
    expect(lost).toBeGreaterThan(3)
  })
})

it('a dry run shows the record and saves nothing', async () => {
  const scene = new Scene('completed', 1)
  await scene.process()
  const { code, out, err } = await scene.georep('resume', '--dry-run', '-o', 'json')
  expect(code).toBe(0)
  expect(err).toContain('its record is missing: it would be made from its journal')
  expect(JSON.parse(out)).toMatchObject({ schema: 'georep.run/1', data: { id: 'run1', status: 'completed', verdict: 'pass' } }) // prettier-ignore
  expect(scene.records()).toEqual([])
})

it('a run that cannot be saved is one document on stdout, and the error is on stderr', async () => {
  const scene = new Scene('completed', 1)
  await scene.process()
  // Nobody can take the lock of the folder.
  mkdirSync(join(scene.folder, '.lock'))
  utimesSync(join(scene.folder, '.lock'), 0, 0)
  const { code, out, err } = await scene.georep('resume', '-o', 'json')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('error GR-HISTORY-WRITE') as string })
  expect(JSON.parse(out)).toMatchObject({ schema: 'georep.run/1', data: { id: 'run1', status: 'completed' } })
})

it('a record that is there without the end of the chain is not called saved by another', async () => {
  const scene = new Scene('completed', 1)
  expect(await scene.process()).toBeUndefined()
  mkdirSync(join(scene.folder, 'head.json'))
  const { code, err } = await scene.georep('resume')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('error GR-HISTORY-WRITE') as string })
})

it('a record that is there and damaged is left as it is', async () => {
  const scene = new Scene('completed', Number.POSITIVE_INFINITY)
  await scene.process()
  const [name = ''] = readdirSync(scene.folder).filter((one) => one.endsWith('Z-run1.json'))
  writeFileSync(join(scene.folder, name), 'damaged')
  expect((await scene.georep('resume')).code).toBe(5)
  expect(scene.records()).toEqual(['damaged'])
})

it('a process that was late to save what another has saved from its journal says so, and ends as its run did', async () => {
  const scene = new Scene('completed', Number.POSITIVE_INFINITY)
  await scene.process()
  const { context } = capturedContext()
  const text = textOf(ends.completed.command)
  const { lines } = await journalOf(runFiles('run1', scene.folder, context).journal, 'run1')
  const said: string[] = []
  const end = { event: 'ended', status: 'completed', verdict: 'pass', isOver: true, error: null, clusters: siteFor().target.link, operator: 'x', georep: '0', at: lines.at(-1)?.wall ?? '' } as const // prettier-ignore
  const outcome = { status: 'completed', verdict: 'pass', kind: undefined } as const
  const ran = { runId: 'run1', isAbort: false, runbook: runbookFrom(text, 'mine.yaml', new Map()), file: 'mine.yaml', target: siteFor().target, lines, journal: 'x' } // prettier-ignore
  const options = { historyDir: scene.folder, output: 'table', config: undefined, color: true, confirm: undefined, dryRun: false, takeOver: false } as const // prettier-ignore
  const code = await concludeRun({ outcome, stoppedAt: undefined, isRolledBack: false, end }, ran, options, context, { note: (line) => said.push(line) }) // prettier-ignore
  expect({ code, said: said[0] }).toEqual({ code: 0, said: 'saved by another process as run "run1"' })
  expect(scene.records()).toHaveLength(1)
})
