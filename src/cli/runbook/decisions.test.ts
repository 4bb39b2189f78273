import { describe, expect, it } from 'vitest'
import { runbookFrom } from '../../runbook/load.ts'
import { decisionsOf } from './decisions.ts'

const runbook = runbookFrom(
  `schema: georep.runbook/1
name: mine
description: a runbook
link: east-west
steps:
  - { id: there, kind: exec, command: "true" }
rollback:
  - { id: back, kind: exec, command: "true" }
`,
  'mine.yaml',
  new Map(),
)
const options = { id: 'run1', config: './my conf.yaml', historyDir: '/h', color: true }

describe('what the operator says about steps', () => {
  it('may be of the rollback, which a run that is gone on with may come to', () => {
    const said = decisionsOf({ ...options, redo: ['there'], skip: ['back'] }, runbook, 'resume')
    expect([...said]).toEqual([['there', 'redo'], ['back', 'skip']]) // prettier-ignore
  })

  it('is of the rollback alone where the run is given up', () => {
    expect([...decisionsOf({ ...options, redo: ['back'] }, runbook, 'abort')]).toEqual([['back', 'redo']])
    expect(() => decisionsOf({ ...options, skip: ['there'] }, runbook, 'abort')).toThrow('the rollback of runbook "mine" has no step "there"') // prettier-ignore
  })

  it('is refused where it is none, with a command that finds the run', () => {
    const next = "georep --config './my conf.yaml' runbook resume run1 --dry-run --history-dir /h"
    for (const said of [{ skip: ['no'] }, { skip: ['there'], redo: ['there'] }])
      expect(() => decisionsOf({ ...options, ...said }, runbook, 'resume')).toThrow(expect.objectContaining({ kind: 'usage', next })) // prettier-ignore
  })
})
