import { describe, expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import { runbookFrom, type Runbook } from './load.ts'

const steps = `  - { id: failover, kind: mirror.failover, topics: [orders] }
  - { id: offsets, kind: offset.clamp }
  - { id: clients, kind: exec, command: ./point.sh }
  - { id: refused, kind: verify.refuse }
`

/** The section begins at line 12. */
function text(drill: string): string {
  return `schema: georep.runbook/1
name: mine
description: d
variables: { probe: { description: p, default: 250ms } }
link: east-west
steps:
${steps}drill:
${drill}`
}

function load(drill: string, standIn?: Parameters<typeof runbookFrom>[3]): Runbook {
  return runbookFrom(text(drill), 'mine.yaml', new Map(), standIn)
}

function problems(drill: string): readonly string[] {
  try {
    load(drill)
  } catch (error) {
    if (!(error instanceof GeorepError)) throw error
    expect({ kind: error.kind, code: error.code }).toEqual({ kind: 'config', code: 'GR-RUNBOOK-INVALID' })
    return error.message.split('\n').filter((line) => line.startsWith('mine.yaml:'))
  }
  return []
}

it('is read with its units, and variables are filled in', () => {
  const { drill } = load(`  mode: forced
  all: true
  fault: { sandbox: broker-kill, exec: ./cut.sh, undo: ./heal.sh }
  brokers: 3
  detection: { every: "\${probe}", failures: 2 }
  steady: 1s
  hold: 2s
  canary: { partitions: 6, every: 50ms }
  objectives: { rto: 1m, rpo: 5s, rpoRecords: 0 }
  repoints: [clients]
  commands: [clients]
`)
  expect(drill).toEqual({
    mode: 'forced',
    all: true,
    fault: { sandbox: 'broker-kill', exec: './cut.sh', undo: './heal.sh' },
    brokers: 3,
    detection: { every: 250, failures: 2 },
    steady: 1_000,
    hold: 2_000,
    canary: { partitions: 6, every: 50 },
    objectives: { rto: 60_000, rpo: 5_000, rpoRecords: 0 },
    repoints: ['clients'],
    commands: ['clients'],
  })
})

describe('is refused with line and column', () => {
  it.each([
    ['  mode: forsed\n', 'mine.yaml:12:9: drill.mode: expected "practice" or "planned" or "forced" or "sandbox"'],
    ['  hold: 1s\n', 'mine.yaml:11:1: missing "mode" in drill'],
    ['  mode: forced\n  holt: 1s\n', 'mine.yaml:13:3: unknown key "holt" in drill (did you mean "hold"?)'],
    ['  mode: forced\n  detection: { failure: 3 }\n', 'mine.yaml:13:16: unknown key "failure" in drill.detection (did you mean "failures"?)'],
    ['  mode: forced\n  steady: 3\n', 'mine.yaml:13:11: drill.steady: expected a duration such as 30s, got a number'],
    ['  mode: forced\n  objectives: { rto: soon }\n', 'mine.yaml:13:22: drill.objectives.rto: expected a duration with a unit, such as 500ms, 30s, 5m or 2h'],
    ['  mode: sandbox\n  fault: { sandbox: fire }\n', 'mine.yaml:13:21: drill.fault.sandbox: expected "region-kill" or'],
    ['  mode: sandbox\n  fault: { sandbox: broker-kill }\n', 'mine.yaml:13:21: drill.fault.sandbox: broker-kill needs "brokers: 3"'],
    ['  mode: forced\n  fault: { exec: ./cut.sh }\n', 'mine.yaml:13:18: drill.fault.exec: needs "undo", which brings the source back'],
    ['  mode: forced\n  fault: { undo: ./heal.sh }\n', 'mine.yaml:13:18: drill.fault.undo: needs "exec", which takes the source away'],
    ['  mode: practice\n  fault: { exec: x, undo: y }\n', 'mine.yaml:13:18: drill.fault.exec: only a forced drill takes the source of a link away'],
    ['  mode: practice\n  all: true\n', 'mine.yaml:13:8: drill.all: only a forced drill fails every mirror of a link over'],
    ['  mode: planned\n', 'mine.yaml:12:9: drill.mode: a planned drill needs a step of kind mirror.promote'],
    ['  mode: forced\n  repoints: [client]\n', 'mine.yaml:13:14: drill.repoints[0]: there is no step "client"'],
    ['  mode: forced\n  repoints: [offsets]\n', 'mine.yaml:13:14: drill.repoints[0]: step "offsets" is of kind offset.clamp, not exec'],
    ['  mode: forced\n  commands: [client]\n', 'mine.yaml:13:14: drill.commands[0]: there is no step "client"'],
    ['  mode: forced\n  brokers: 2\n', 'mine.yaml:13:12: drill.brokers: expected 1 or 3'],
    ['  mode: forced\n  steady: "${stedy}"\n', 'mine.yaml:13:11: unknown variable "stedy"'],
  ])('%j', (drill, expected) => {
    const [first = '', ...others] = problems(drill)
    expect(others).toEqual([])
    expect(first.slice(0, expected.length)).toBe(expected)
  }) // prettier-ignore
})

describe('the canary', () => {
  const canary = { topic: 'canary', group: 'canary-app' }
  const does = (isAlone: boolean): readonly string[] => load('  mode: forced\n', { ...canary, isAlone }).steps.map((step) => step.does) // prettier-ignore

  it('alone stands in for every mirror and group that a step means, and steps say so', () => {
    expect(does(true)).toEqual([
      'fail over mirror "canary"; what has not arrived is lost',
      'move commits of groups "canary-app" into mirror "canary"',
      'run ./point.sh',
      'check that the source refuses writes of mirror "canary"',
    ])
  })

  it('beside others is meant where a step names some; one that names none means all', () => {
    expect(does(false)).toEqual([
      'fail over mirrors "orders", "canary"; what has not arrived is lost',
      "move commits of the link's groups into the stopped mirrors",
      'run ./point.sh',
      'check that the source refuses writes of every mirror of the link',
    ])
  })

  it('does not change what is digested', () => {
    const { hash } = load('  mode: forced\n')
    expect(load('  mode: forced\n', { ...canary, isAlone: true }).hash).toBe(hash)
  })
})
