import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../../test/support/context.ts'
import { styleOf } from '../style.ts'
import { renderSandboxUp } from './up-run.ts'
import { renderSandbox, type SandboxView } from './view.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'georep-home-'))
})
afterEach(() => {
  rmSync(home, { recursive: true })
})

it('without a sandbox: status fails and says how to get one, down has nothing to do', async () => {
  const status = await run(['sandbox', 'status', '--name', 'mine'], { home })
  expect(status).toEqual({
    code: 1,
    out: '',
    err: 'error GR-NO-SANDBOX: there is no sandbox "mine"\n  next: georep sandbox up --name mine\n',
  })
  const down = await run(['sandbox', 'down', '-o', 'json'], { home })
  expect(down.code).toBe(0)
  expect(JSON.parse(down.out)).toEqual({
    schema: 'georep.sandboxDown/1',
    data: { name: 'default', outcome: 'unchanged' },
  })
})

it.each(['../up', 'Upper', '-dash', ''])(
  'a name that is none (%j) is a usage error, and nothing is made',
  async (name) => {
    expect((await run(['sandbox', 'up', `--name=${name}`], { home })).code).toBe(2)
    expect(readdirSync(home)).toEqual([])
  },
)

it('without Java nothing is left behind', async () => {
  const { code, err } = await run(['sandbox', 'up'], { home, env: { PATH: '/nowhere' }, tempFolder: home })
  expect(code).toBe(1)
  expect(err).toContain('error GR-NO-JAVA: Kafka needs Java')
  expect(readdirSync(home)).toEqual([])
})

it('prints a line a cluster, and what to type next', () => {
  const cluster = { bootstrap: ['127.0.0.1:20001'], region: 'us-east-1', clusterId: 'abc', logs: [] }
  const view: SandboxView = {
    name: 'second',
    config: '/state/second.yaml',
    clusters: [
      { ...cluster, name: 'east', state: 'up', pids: [7] },
      { ...cluster, name: 'west', state: 'down', pids: [] },
    ],
  }
  expect(renderSandbox(view, styleOf({ hasColor: false })).split('\n')).toEqual([
    'CLUSTER   STATE   BOOTSTRAP         REGION      CLUSTER ID   PID',
    'east      up      127.0.0.1:20001   us-east-1   abc          7',
    'west      down    127.0.0.1:20001   us-east-1   abc          -',
    '',
  ])
  expect(renderSandboxUp(view)).toContain('georep --config /state/second.yaml link create east-west\n')
  expect(renderSandboxUp(view)).toContain('georep sandbox down --name second\n')
})
