import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
    schema: 'georep.sandbox-down/1',
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

it.each([
  ['sandbox up --brokers 2', 'Expected 1 or 3'],
  ['sandbox up --brokers 0', 'Expected 1 or 3'],
  ['sandbox up --wan-latency 80', 'Expected a duration with a unit'],
  ['sandbox up --wan-latency 0ms', 'Expected a duration above zero'],
  ['sandbox up --wan-bandwidth 20MB', 'Expected a size a second'],
  ['sandbox up --connect --workers 6', 'Expected a number from 1 to 5'],
  ['sandbox up --workers 2', '--workers needs --connect'],
  ['sandbox up --exactly-once', '--exactly-once needs --connect'],
  ['sandbox kill', 'missing required argument "cluster"'],
  ['sandbox kill east --broker 0', 'Expected a whole number above zero'],
  ['sandbox pause East', 'Expected a name'],
  ['sandbox cut east', 'too many arguments'],
])('%s is a usage error, and nothing is made', async (text, message) => {
  const { code, err } = await run(text.split(' '), { home })
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string })
  expect(readdirSync(home)).toEqual([])
})

describe('of a sandbox that is there', () => {
  const broker = { nodeId: 1, port: 20_001, controllerPort: 20_002, ports: {} }
  const cluster = { region: 'r', clusterId: 'abc', jvmOptions: [], brokers: [broker] }
  const wan = { roundTripMs: 80 }
  const connect = { isExactlyOnce: false, workers: [{ id: 1, port: 20_003 }] }

  async function record(more: object): Promise<void> {
    const folder = join(home, '.local', 'state', 'georep', 'sandbox')
    await mkdir(folder, { recursive: true })
    const clusters = [{ ...cluster, name: 'east' }, { ...cluster, name: 'west' }] // prettier-ignore
    const head = {
      v: 1,
      id: 'ab1',
      name: 'default',
      hostname: 'test',
      createdAt: '2026-01-02T03:04:05.000Z',
      owner: null,
    }
    const text = JSON.stringify({
      ...head,
      folder: '/tmp/georep-sandbox-default-ab1',
      kafkaVersion: '4.3.1',
      clusters,
      ...more,
    })
    await writeFile(join(folder, 'default.json'), text)
  }

  it.each([
    ['sandbox kill north', {}, 2, 'GR-USAGE: sandbox "default" has no cluster "north"; it has east and west'],
    ['sandbox kill constructor', {}, 2, 'GR-USAGE: sandbox "default" has no cluster "constructor"'],
    ['sandbox pause east --broker 2', {}, 2, 'GR-USAGE: cluster "east" of sandbox "default" has no broker 2; it has 1'],
    ['sandbox resume east', {}, 1, 'GR-SANDBOX-DOWN: cluster "east" of sandbox "default" is down'],
    ['sandbox kill east --broker 1', {}, 1, 'GR-SANDBOX-DOWN: broker 1 of cluster "east" of sandbox "default" is down'],
    ['sandbox cut', {}, 2, 'GR-NO-WAN: sandbox "default" has no WAN'],
    ['sandbox heal', { wan }, 1, 'GR-SANDBOX-DOWN: the WAN of sandbox "default" is down'],
    ['sandbox up --brokers 3', {}, 5, 'GR-SANDBOX-SHAPE: sandbox "default" was made otherwise'],
    ['sandbox up --connect', {}, 5, 'GR-SANDBOX-SHAPE: sandbox "default" was made otherwise'],
    [
      'sandbox up --connect --workers 2',
      { connect },
      5,
      'GR-SANDBOX-SHAPE: sandbox "default" was made otherwise\n  state now: it was made with --brokers 1 --connect --workers 1; nothing',
    ],
    ['sandbox up --connect --exactly-once', { connect }, 5, 'GR-SANDBOX-SHAPE: sandbox "default" was made otherwise'],
    ['sandbox up --wan-latency 40ms', { wan }, 5, 'GR-SANDBOX-SHAPE: sandbox "default" was made otherwise'],
  ])('%s with %j ends with %i', async (text, more, code, message) => {
    await record(more)
    const ran = await run(text.split(' '), { home })
    expect({ code: ran.code, err: ran.err }).toEqual({
      code,
      err: expect.stringContaining(`error ${message}`) as string,
    })
  })

  it('a dry run tells what would be done, and does nothing', async () => {
    await record({ wan })
    const { code, out } = await run(['sandbox', 'kill', 'east', '--dry-run'], { home })
    expect({ code, out }).toEqual({
      code: 0,
      out: 'cluster "east" of sandbox "default" would be killed (SIGKILL): no process\n',
    })
    expect((await run(['sandbox', 'cut', '--dry-run', '-o', 'json'], { home })).out).toContain('"outcome": "planned"')
  })
})

it('without Java nothing is left behind', async () => {
  const { code, err } = await run(['sandbox', 'up'], { home, env: { PATH: '/nowhere' }, tempFolder: home })
  expect(code).toBe(1)
  expect(err).toContain('error GR-NO-JAVA: Kafka needs Java')
  expect(readdirSync(home)).toEqual([])
})

it('prints a line a cluster, and what to type next', () => {
  const cluster = {
    brokers: [],
    bootstrap: ['127.0.0.1:20001'],
    wanBootstrap: [],
    region: 'us-east-1',
    clusterId: 'abc',
    logs: [],
  }
  const view: SandboxView = {
    name: 'second',
    config: '/state/second.yaml',
    wan: null,
    connect: null,
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
  const between = { state: 'cut', roundTripMs: 80, bytesPerSecond: 20_000_000 } as const
  const withWan = renderSandbox({ ...view, wan: between }, styleOf({ hasColor: false }))
  expect(withWan).toContain('WAN:         cut, round trip 80 ms, 20 MB/s each way\n')
  const workers = [{ id: 1, state: 'up', url: 'http://127.0.0.1:20003', pids: [9], log: '/w/worker.log' }] as const
  const withConnect = renderSandbox({ ...view, connect: { cluster: 'west', isExactlyOnce: true, workers } }, styleOf({ hasColor: false })) // prettier-ignore
  expect(withConnect).toContain('worker 1   up      http://127.0.0.1:20003   west      yes            9\n')
  expect(renderSandboxUp(view)).toContain('georep --config /state/second.yaml link create east-west\n')
  expect(renderSandboxUp(view)).toContain('georep sandbox down --name second\n')
})
