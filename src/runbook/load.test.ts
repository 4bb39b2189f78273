import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import { outlineFrom, runbookFrom, type Runbook } from './load.ts'

const text = (steps: string, more = ''): string =>
  `schema: georep.runbook/1\nname: mine\ndescription: d\nvariables:\n  link: { description: the link }\n  for: { description: how long, default: 1s }\nlink: \${link}\n${more}steps:\n${steps}`

function load(content: string, given: Readonly<Record<string, string>> = { link: 'east-west' }): Runbook {
  return runbookFrom(content, '/some/mine.yaml', new Map(Object.entries(given)))
}

function problems(content: string, given?: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(content, given)
  } catch (error) {
    if (!(error instanceof GeorepError)) throw error
    expect({ kind: error.kind, code: error.code }).toEqual({ kind: 'config', code: 'GR-RUNBOOK-INVALID' })
    return error.message.split('\n').filter((line) => !line.includes('problems in'))
  }
  return []
}

const wait = '  - { id: a, kind: wait, for: 1s }\n'

describe('what is to be done then', () => {
  const nextOf = (content: string, given?: Readonly<Record<string, string>>): string | undefined => {
    try {
      load(content, given)
    } catch (error) {
      return error instanceof GeorepError ? error.next : undefined
    }
    return undefined
  }

  it('is to correct the file where that is wrong, and to give what is lacking where that alone is', () => {
    expect(nextOf(text('  - { id: a, kind: xyz }\n'), {})).toBe(
      'correct "/some/mine.yaml", then the same command again',
    )
    expect(nextOf('schema: [')).toBe('correct "/some/mine.yaml", then the same command again')
    expect(nextOf(text(wait), {})).toBe('the same command with --set link=<value>')
    expect(nextOf(text(wait), { lnk: 'x' })).toBe('the same command with --set link=<value>')
    expect(nextOf(text(wait), { link: 'east-west', fro: '1s' })).toBe(
      'the same command with --set of variables that it has',
    )
    expect(nextOf(text('  - { id: a, kind: wait, for: "${fro}" }\n'))).toBe(
      'correct "/some/mine.yaml", then the same command again',
    )
  })
})

describe('what is wrong with a runbook', () => {
  it.each<[string, string, readonly string[]]>([
    ['an unknown kind', text('  - { id: a, kind: mirror.promot }\n'), ['mine.yaml:9:20: steps[0].kind: unknown kind of step "mirror.promot" (did you mean "mirror.promote"?)']],
    ['a kind like nothing', text('  - { id: a, kind: xyz }\n'), ['mine.yaml:9:20: steps[0].kind: unknown kind of step "xyz"']],
    ['no kind', text('  - { id: a }\n'), ['mine.yaml:9:5: missing "kind" in steps[0]']],
    ['a step that is none', text('  - wait\n'), ['mine.yaml:9:5: steps[0]: expected a mapping, got text']],
    ['a wrong type', text('  - { id: a, kind: wait, for: 3 }\n'), ['mine.yaml:9:31: steps[0].for: expected a duration such as 30s, got a number']],
    ['a duration without a unit', text('  - { id: a, kind: wait, for: "3" }\n'), ['mine.yaml:9:31: steps[0].for: expected a duration with a unit, such as 500ms, 30s, 5m or 2h']],
    ['a field of another kind', text('  - { id: a, kind: wait, for: 1s, topcs: [x] }\n'), ['mine.yaml:9:35: unknown key "topcs" in steps[0] (did you mean "topics"?)']],
    ['a missing field', text('  - { id: a, kind: fence }\n'), ['mine.yaml:9:5: missing "with" in steps[0]']],
    ['a salvage in a topic without a name', text('  - { id: a, kind: mirror.restore, salvage: "topic:", with: acl }\n'), ['mine.yaml:9:45: steps[0].salvage: expected a folder, or topic:<name>']],
    ['an id twice', text(wait + wait), ['mine.yaml:10:11: steps[1].id: another step has this id']],
    ['no step', text('').replace('steps:\n', 'steps: []\n'), ['mine.yaml:8:8: steps: must not be empty']],
    ['a rollback that is not there', text('  - { id: a, kind: wait, for: 1s, onFailure: rollback }\n'), ['mine.yaml:9:46: steps[0].onFailure: there are no steps under "rollback"']],
    ['an id that no cluster has', text(wait, 'clusters: { source: { id: east } }\n'), ['mine.yaml:8:27: clusters.source.id: expected the id of a cluster, 22 characters']],
    ['one id for both', text(wait, 'clusters: { source: { id: 4L6g3nShT-eMCtK--X86sw }, destination: { id: 4L6g3nShT-eMCtK--X86sw } }\n'), ['mine.yaml:8:11: clusters: source and destination have the same id']],
    ['an unknown variable', text('  - { id: a, kind: wait, for: "${fr}" }\n'), ['mine.yaml:9:31: unknown variable "fr" (did you mean "for"?); for a literal ${ write $${']],
    ['a bad variable', text(wait).replace('  for:', '  4x:'), ['mine.yaml:6:3: "4x" cannot name a variable: letters, digits, "_" and "-", a letter or "_" first']],
    ['a schema of the future', text(wait).replace('runbook/1', 'runbook/2'), ['mine.yaml:1:9: schema: expected "georep.runbook/1"']],
    ['an unknown section', text(wait, 'stepps: []\n'), ['mine.yaml:8:1: unknown key "stepps" at the top (did you mean "steps"?)']],
    ['no YAML', 'steps: [', ['mine.yaml:1:9: not YAML: flow sequence in block collection must be sufficiently indented and end with a ]']],
    ['nothing', '', ['mine.yaml:1:1: the file is empty']],
  ])('%s', (_name, content, expected) => {
    expect(problems(content)).toEqual(expected)
  }) // prettier-ignore

  it('a variable without a value, and one that is given and not there', () => {
    expect(problems(text(wait), {})).toEqual([
      'mine.yaml:5:3: variable "link" has no value: give it with --set link=<value>',
    ])
    expect(problems(text(wait), { link: 'east-west', fro: '2s' })).toEqual([
      'mine.yaml:4:1: --set fro: unknown variable "fro" (did you mean "for"?)',
    ])
  })

  it('of a value that was given, where it stands', () => {
    expect(problems(text('  - { id: a, kind: wait, for: "${for}" }\n'), { link: 'east-west', for: 'soon' })).toEqual([
      'mine.yaml:9:31: steps[0].for: expected a duration with a unit, such as 500ms, 30s, 5m or 2h',
    ])
    expect(problems(text(wait), { link: 'east' })).toEqual([
      'mine.yaml:7:7: link: expected the name of a link, <source>-<destination>',
    ])
  })
})

it('fills variables in, and leaves what is escaped', () => {
  const { steps, variables, link } = load(
    text('  - { id: a, kind: exec, command: ["${link}", "$${HOME}", "$x ${for}"] }\n'),
  )
  expect(link).toBe('east-west')
  expect(steps.map(({ does }) => does)).toEqual(['run east-west ${HOME} $x 1s'])
  expect(Object.fromEntries(variables)).toEqual({ link: 'east-west', for: '1s' })
})

describe('runbooks that ship', () => {
  const folder = join(import.meta.dirname, '../../runbooks')
  it.each(readdirSync(folder))('%s is a runbook of that name', (file) => {
    const content = readFileSync(join(folder, file), 'utf8')
    expect(outlineFrom(content, file).name).toBe(file.replace('.yaml', ''))
    const { rollback, drill } = runbookFrom(content, file, new Map([['link', 'east-west']]))
    // What a practice drill does ends with its canary.
    if (drill?.mode !== 'practice') expect(rollback).not.toEqual([])
  })
})
