import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { setImmediate } from 'node:timers/promises'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { planView, renderPlan } from '../../src/cli/runbook/plan-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import { runbookFrom } from '../../src/runbook/load.ts'
import type { PlannedStep } from '../../src/runbook/plan-steps.ts'
import { capturedContext, run } from '../support/context.ts'
import { target } from '../support/links.ts'
import { runbookProcess } from '../support/runbook-process.ts'
import { siteFor } from '../support/runbook-site.ts'
import { expectGolden } from './golden.ts'

// What the verbs of runbook print: of the runbooks that ship, of a plan that is fixed here, and of runs whose steps are commands.

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'georep-golden-runbook-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('of the runbooks that ship', () => {
  it.each([
    ['list', ['list']],
    ['show', ['show', 'planned-switchover']],
    ['show-template', ['show', 'template']],
  ])('%s', async (name, words) => {
    const printed = async (...more: readonly string[]): Promise<string> => {
      const { code, out } = await run(['runbook', ...words, ...more])
      expect(code).toBe(0)
      return out.replaceAll(root, '/georep')
    }
    expectGolden(`runbook-${name}.txt`, await printed())
    expectGolden(`runbook-${name}-json.txt`, await printed('-o', 'json'))
  })
})

it('plan', () => {
  const text = `schema: georep.runbook/1
name: mine
description: a runbook
mode: forced
link: east-west
steps:
  - { id: healthy, kind: check.health, states: [ACTIVE] }
  - { id: fence, kind: fence, with: acl, onFailure: continue }
  - { id: failover, kind: mirror.failover }
  - { id: offsets, kind: offset.clamp }
  - { id: readable, kind: verify.read }
`
  const runbook = runbookFrom(text, 'mine.yaml', new Map())
  const seen: readonly (readonly [PlannedStep['status'], string])[] = [
    ['done', 'the link is ACTIVE, its source answers, runner on ops-1'],
    ['blocked', 'the source, cluster "east", does not answer \u001b[2J'],
    ['wouldDo', 'would stop 2 mirrors; at least 18 records are not mirrored'],
    ['unknown', 'group "billing": no leader'],
    ['later', 'would be looked at then'],
  ]
  const of = (statuses: typeof seen): readonly PlannedStep[] => runbook.steps.map((entry, index) => {
    const [status, what] = statuses[index] ?? ['done', 'so']
    return { step: entry.open(siteFor()), status, what }
  }) // prettier-ignore
  const style = styleOf({ hasColor: false })
  const views = [of(seen), of([])].map((plan) => planView(runbook, target, plan))
  expect(views.map(({ verdict }) => verdict)).toEqual(['unknown', 'clear'])
  expectGolden('runbook-plan.txt', views.map((view) => renderPlan(view, style)).join('\n'))
  expectGolden('runbook-plan-json.txt', jsonDocument('georep.runbook-plan/1', views[0]))
})

/** Nobody carries the link. */
const view = { link: target.link, state: 'NO_RUNNER', runner: undefined, isSourceReachable: true, mirrors: [], unmirrored: [] } as const // prettier-ignore
const engine = { ...embeddedEngine, observe: async () => { await setImmediate(); return view } } // prettier-ignore

const ends = {
  completed: { steps: ['command: "echo two; echo lines"', 'command: "true", check: "true"'], code: 0 },
  incomplete: { steps: ['command: "echo done"', 'command: "echo why; exit 3", attempts: 2', 'command: "true"'], code: 6 },
  unknown: { steps: ['command: "sleep 60", timeout: 100ms', 'command: "true"'], code: 4 },
  'rolled-back': { steps: ['command: "exit 3", onFailure: rollback', 'command: "true"'], code: 1 },
  'went-on': { steps: ['command: "exit 3", onFailure: continue', 'command: "true"'], code: 0 },
  aborted: { steps: ['command: "true"'], code: 0, isAbort: true },
  'abort-incomplete': { steps: ['command: "true"'], code: 6, isAbort: true, back: 'exit 4' },
  'abort-blocked': { steps: ['command: "true"'], code: 6, isAbort: true, rollback: 'kind: check.health, states: [ACTIVE], timeout: 10ms' },
  'abort-unknown': { steps: ['command: "true"'], code: 4, isAbort: true, back: 'sleep 60', timeout: '100ms' },
} as const // prettier-ignore

describe.each(Object.entries(ends))('a run: %s', (name, { steps, code, ...rest }) => {
  const text = `schema: georep.runbook/1
name: mine
description: a runbook
link: east-west
variables: { who: { description: who is told, default: all } }
steps:
  - { id: approved, kind: approve, question: "Now?", by: { hook: "true" } }
${steps.map((step, index) => `  - { id: step-${index + 1}, kind: exec, ${step} }\n`).join('')}
rollback:
  - { id: back, ${'rollback' in rest ? rest.rollback : `kind: exec, command: "${'back' in rest ? rest.back : 'echo back'}"${'timeout' in rest ? `, timeout: ${rest.timeout}` : ''}`} }
`
  it.each([['table', ''], ['json', '-json']] as const)('as %s', async (output, suffix) => {
    const { context, out, err } = capturedContext()
    const own = join(folder, `${name}${suffix}`)
    const isAbort = 'isAbort' in rest
    expect(await runbookProcess({ text, folder: own, isAbort, output, engine }, context)).toBe(code)
    const [data, talk] = [out(), err()].map((one) => one.replaceAll(own, '/history'))
    expectGolden(`runbook-run-${name}${suffix}.txt`, output === 'table' ? `${data ?? ''}\n${talk ?? ''}` : (data ?? ''))
  })
}) // prettier-ignore
