import { tmpdir } from 'node:os'
import { systemTime } from '../../src/cli/system-time.ts'
import { planLinkClamp } from '../../src/engines/clamp-link.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { runbookFrom } from '../../src/runbook/load.ts'
import type { Site } from '../../src/runbook/site.ts'
import type { Step } from '../../src/runbook/step.ts'
import { target } from './links.ts'

export interface TestSite extends Site {
  readonly said: string[]
}

/** A site for steps that ask no cluster: commands are run, and nobody sits at the terminal unless somebody is given. */
export function siteFor(more: Partial<Site> = {}): TestSite {
  const said: string[] = []
  const actor = { owner: 'o', user: 'ann', host: 'ops-1', pid: 1, scope: 's', isProcessAlive: () => true }
  return {
    runId: 'run1',
    target,
    engine: embeddedEngine,
    act: () => ({ actor, time: systemTime, name: 'runbook run', isTakeOver: false }),
    session: () => undefined,
    time: systemTime,
    shell: {
      env: { PATH: process.env['PATH'], TOKEN: 's3cret' },
      cwd: tmpdir(),
      kill: (pid, signal) => { process.kill(pid, signal) }, // prettier-ignore
      secrets: ['from-config'],
    },
    terminal: { canPrompt: false, ask: async () => await Promise.reject(new Error('nobody expected a question')) },
    planClamp: async (...asked) => await planLinkClamp(embeddedEngine, target, ...asked),
    keepUndo: async () => {
      await Promise.resolve()
    },
    salvageTo: () => { throw new Error('nobody expected a salvage') }, // prettier-ignore
    say: (text) => said.push(text),
    said,
    ...more,
  }
}

/** The one step of a runbook, by its fields as YAML of one line. */
export function stepOf(fields: string, site: Site): Step {
  const text = `schema: georep.runbook/1\nname: t\ndescription: d\nlink: east-west\nsteps:\n  - { id: it, ${fields} }\n`
  const [entry] = runbookFrom(text, 't.yaml', new Map()).steps
  if (entry === undefined) throw new Error('no step')
  return entry.open(site)
}
