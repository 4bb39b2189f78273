import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsed, run, type Ran } from '../support/context.ts'

// Runbooks from argv to what is printed, as far as no cluster is needed. A runbook that is wrong ends with 2 before anybody is contacted: the clusters of
// the file here are a listener that counts who comes.

let folder: string
let connections = 0
const server = createServer((socket) => {
  connections++
  socket.destroy()
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'georep-runbook-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  writeFileSync(join(folder, 'georep.yaml'), `clusters:\n  east: { bootstrap: ["127.0.0.1:${port}"] }\n  west: { bootstrap: ["127.0.0.1:${port}"] }\n`) // prettier-ignore
  mkdirSync(join(folder, 'folder.yaml'))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const georep = async (...argv: readonly string[]): Promise<Ran> => await run(argv, { cwd: folder, home: folder })

const good = `schema: georep.runbook/1
name: mine
description: a runbook
variables:
  link: { description: the link }
link: \${link}
steps:
  - { id: healthy, kind: check.health, states: [ACTIVE] }
`

const bad: readonly (readonly [string, string, string])[] = [
  ['an unknown step', good.replace('check.health', 'check.healt'), 'bad.yaml:8:26: steps[0].kind: unknown kind of step "check.healt" (did you mean "check.health"?)'], // prettier-ignore
  ['a wrong type', good.replace('[ACTIVE]', 'ACTIVE'), 'bad.yaml:8:48: steps[0].states: expected a list, got text'],
  ['an unknown variable', good.replace('- { id: healthy', '- { id: "${x}"'), 'bad.yaml:8:11: unknown variable "x"'],
  ['no YAML', `${good}  - {`, 'bad.yaml:9'],
  ['an id that no cluster has', `${good}clusters: { source: { id: east } }\n`, 'bad.yaml:9:27: clusters.source.id: expected the id of a cluster, 22 characters'], // prettier-ignore
]

describe.each(['validate', 'plan', 'run'])('runbook %s', (verb) => {
  const more = verb === 'run' ? ['--confirm', 'east-west'] : []

  it.each(bad)('of %s', async (_name, text, message) => {
    writeFileSync(join(folder, 'bad.yaml'), text)
    const { code, out, err } = await georep('runbook', verb, 'bad.yaml', '--set', 'link=east-west', ...more)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('error GR-RUNBOOK-INVALID')
    expect(err).toContain(message)
    expect(err).toContain('no cluster was contacted')
    expect(connections).toBe(0)
  })

  it('without a variable that has to be given', async () => {
    writeFileSync(join(folder, 'good.yaml'), good)
    const { code, err } = await georep('runbook', verb, 'good.yaml', ...more)
    expect({ code, connections }).toEqual({ code: 2, connections: 0 })
    expect(err).toContain('good.yaml:5:3: variable "link" has no value: give it with --set link=<value>')
  })

  it.each([
    ['nowhere.yaml', 'error GR-RUNBOOK-UNREADABLE'],
    ['folder.yaml', 'it is not a regular file'],
    ['planed-switchover', 'no runbook "planed-switchover" ships with georep (did you mean "planned-switchover"?)'],
  ])('of %s', async (name, message) => {
    const { code, err } = await georep('runbook', verb, name, '--set', 'link=east-west', ...more)
    expect({ code, connections }).toEqual({ code: 2, connections: 0 })
    expect(err).toContain(message)
  })
})

it.each(['plan', 'run'])('runbook %s of a link whose clusters are not in georep.yaml', async (verb) => {
  const more = verb === 'run' ? ['--confirm', 'east-east'] : []
  const { code, err } = await georep('runbook', verb, 'forced-failover', '--set', 'link=east-east', ...more)
  expect({ code, connections }).toEqual({ code: 2, connections: 0 })
  expect(err).toContain('error GR-LINK-NAME')
})

describe('without a terminal and without --confirm', () => {
  it('run is refused before anybody is contacted', async () => {
    const { code, err } = await georep('runbook', 'run', 'forced-failover', '--set', 'link=east-west')
    expect({ code, connections }).toEqual({ code: 5, connections: 0 })
    expect(err).toContain('error GR-CONFIRM-REQUIRED')
    expect(err).toContain('--confirm east-west')
  })
})

describe('a run that nobody knows', () => {
  it.each(['resume', 'abort'])('%s ends with 2, as history show does', async (verb) => {
    const { code, err } = await georep('runbook', verb, '3f9a07', '--confirm', 'east-west')
    expect({ code, connections }).toEqual({ code: 2, connections: 0 })
    expect(err).toContain('error GR-RUN-UNKNOWN: the journal of run "3f9a07" cannot be read')
  })
})

describe('what needs no cluster', () => {
  it('lists what ships', async () => {
    const { code, out } = await georep('runbook', 'list')
    expect(code).toBe(0)
    expect(out).toMatch(
      /^NAME +MODE +DRILL +VARIABLES +DESCRIPTION\nfailback-after-failover +planned +- +link,salvage .*\nfailback-after-switchover +planned +- +link,lag,catchUp,drain /,
    )
    expect(out).toMatch(/\nregion-loss +forced +forced +link /)
    const { out: json } = await georep('runbook', 'list', '-o', 'json')
    expect(JSON.parse(json)).toMatchObject({ schema: 'georep.runbooks/1', data: { runbooks: [{ name: 'failback-after-failover', drill: null }, { name: 'failback-after-switchover', drill: null }, { name: 'forced-failover' }, { name: 'planned-switchover', drill: null }, { name: 'practice', drill: 'practice' }, { name: 'region-loss', drill: 'forced' }, { name: 'template' }] } }) // prettier-ignore
  })

  it('shows one, and its source', async () => {
    const { out } = await georep('runbook', 'show', 'planned-switchover')
    expect(out).toContain('rollback   unfence     unfence')
    const { out: source } = await georep('runbook', 'show', 'template', '--source')
    expect(source).toBe(readFileSync(join(import.meta.dirname, '../../runbooks/template.yaml'), 'utf8'))
  })

  it('says what is right about a right one', async () => {
    const { code, out } = await georep('runbook', 'validate', 'planned-switchover', '--set', 'link=east-west')
    expect(code).toBe(0)
    expect(out).toMatch(/^ok: .*planned-switchover\.yaml \(9 steps, 1 to roll back, on link east-west\)\n$/)
  })
})

it.each([
  [['runbook', 'run', 'x', '--set', 'link'], 'Expected NAME=VALUE'],
  [['runbook', 'run', 'x', '--set', '=east'], 'Expected NAME=VALUE'],
  [['runbook', 'resume', '../x'], 'Expected the id of a run'],
  [['runbook', 'abort', 'X'], 'Expected the id of a run'],
  [['runbook', 'resume', 'a1', '--redo', 'A B'], 'Expected the id of a step'],
  [['runbook', 'abort', 'a1', '--redo', 'A B'], 'Expected the id of a step'],
  [['runbook', 'abort', 'a1', '--force-changed'], 'unknown option "--force-changed"'],
])('%j is a usage error', async (argv, message) => {
  const { code, err, options } = await parsed(argv)
  expect({ code, options }).toEqual({ code: 2, options: undefined })
  expect(err).toContain(message)
})
