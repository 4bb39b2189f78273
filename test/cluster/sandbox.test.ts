import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SandboxDeps } from '../../src/sandbox/deps.ts'
import { openSandbox } from '../../src/sandbox/open.ts'
import { sweepAbandoned } from '../../src/sandbox/sweep.ts'
import { eastAndWest, upSandbox } from '../../src/sandbox/up.ts'
import { startOwner } from './support/owner.ts'
import { ownSandbox, sharedClusters, unique } from './support/sandbox.ts'
import { machine, randomId } from './support/sandbox-deps.ts'

// What is left of a sandbox is looked for with ps and in the file system, not with the sandbox's own eyes.

const report = (): void => undefined
const signal = AbortSignal.timeout(600_000)
/** Records and temporary files of a test of their own, so that a sweep sees that test's sandboxes and no others. */
let here: string
let deps: SandboxDeps

beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'georep-test-'))
  deps = { ...machine({ ...process.env, XDG_STATE_HOME: join(here, 'state') }), tempFolder: here }
})
afterEach(async () => {
  for (const pid of pidsWith(here)) process.kill(pid, 'SIGKILL')
  await gone(here)
  rmSync(here, { recursive: true, force: true })
})

it('two clusters are up, answer, take records, and leave nothing when they are down', async () => {
  const sandbox = await upSandbox({ name: 'two', clusters: eastAndWest, isOwned: false, report }, deps, { signal })
  const { east, west } = sandbox.clusters
  expect(pidsWith(here)).toHaveLength(2)
  expect(await clusterIdOf(east.bootstrap)).toBe(east.clusterId)
  expect(await clusterIdOf(west.bootstrap)).toBe(west.clusterId)
  expect(east.clusterId).not.toBe(west.clusterId)
  expect(await Promise.all([east.state(), west.state()])).toEqual(['up', 'up'])
  await expect(upSandbox({ name: 'two', clusters: eastAndWest, isOwned: true, report }, deps, { signal })).rejects.toMatchObject({ code: 'GR-SANDBOX-EXISTS' }) // prettier-ignore
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  expect(pidsWith(here)).toHaveLength(2)

  await (await openSandbox('two', deps))?.down({ signal })
  expect(pidsWith(here)).toEqual([])
  expect(leftIn(here)).toEqual([])
  await sandbox.down({ signal })
})

it('a listener with SASL and an authorizer can be had', async () => {
  const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="ann-secret";'
  const properties = {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secure.plain.sasl.jaas.config': jaas,
  }
  const listeners = [{ name: 'SECURE', protocol: 'SASL_PLAINTEXT' }] as const
  const clusters = [{ name: 'east', region: 'a', listeners, properties }] as const
  await using sandbox = await upSandbox({ name: 'sasl', clusters, isOwned: true, report }, deps, { signal })
  const brokers = [...(sandbox.clusters.east.listeners['SECURE'] ?? [])]
  const login = async (password: string): Promise<void> => {
    const sasl = { mechanism: 'plain', username: 'ann', password } as const
    const logLevel = kafkajs.logLevel.NOTHING
    const admin = new kafkajs.Kafka({ brokers, sasl, logLevel, retry: { retries: 0 } }).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'orders' }] }).finally(async () => { await admin.disconnect() }) // prettier-ignore
  }
  await expect(login('wrong')).rejects.toThrow(/authentication/i)
  await expect(login('ann-secret')).rejects.toMatchObject({ errors: [{ type: 'TOPIC_AUTHORIZATION_FAILED' }] })
})

it('a cluster is killed, paused, continued and started again on its data', async () => {
  await using sandbox = await ownSandbox({ east: { properties: { 'message.max.bytes': '54321' } } })
  const { east } = sandbox.clusters
  const topic = unique('orders')
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.createTopics({ topics: [{ topic }] })
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: '1' }],
    })
    expect(resources[0]?.configEntries.find((entry) => entry.configName === 'message.max.bytes')?.configValue).toBe(
      '54321',
    )
  })
  const [pid] = pidsWith(`${sandbox.folder}/east`)
  await east.kill({ signal })
  expect(pidsWith(`${sandbox.folder}/east`)).toEqual([])
  expect(await east.state()).toBe('down')
  await expect(east.kill({ signal })).rejects.toMatchObject({ code: 'GR-SANDBOX-DOWN' })

  await east.restart({ signal })
  const [again] = pidsWith(`${sandbox.folder}/east`)
  expect(again).not.toBe(pid)
  await withAdmin(east.bootstrap, async (admin) => {
    expect(await admin.listTopics()).toContain(topic)
  })
  await east.pause({ signal })
  expect(psState(again)).toMatch(/^T/)
  expect(await east.state()).toBe('paused')
  await east.resume({ signal })
  expect(psState(again)).not.toMatch(/^T/)
  expect(await east.state()).toBe('up')
})

it('the next sweep removes all that an owner left which was killed: broker, companion, folder, record', async () => {
  const owner = await startOwner({ NAME: 'killed', ID: randomId(), TMPDIR: here, XDG_STATE_HOME: join(here, 'state') }, (line) => line.startsWith('up ')) // prettier-ignore
  expect(pidsWith(here)).toHaveLength(1)
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  const companion = (await deps.processes.marked()).find(({ marker }) => marker.role === 'runner' && marker.sandbox === 'killed') // prettier-ignore
  expect(psState(companion?.pid)).toMatch(/^S/)

  owner.process.kill('SIGKILL')
  await once(owner.process, 'exit')
  expect(pidsWith(here)).toHaveLength(1)
  expect(await sweepAbandoned(deps, { signal })).toEqual(['killed'])
  expect(pidsWith(here)).toEqual([])
  expect(psState(companion?.pid)).toMatch(/^(Z|$)/)
  expect(leftIn(here)).toEqual([])
})

it('and so when it was killed while the brokers were being started', async () => {
  for (const afterMs of [300, 1_100, 1_600]) {
    const owner = await startOwner({ NAME: 'early', ID: randomId(), TMPDIR: here, XDG_STATE_HOME: join(here, 'state') }, (line) => line.includes('starting')) // prettier-ignore
    await deps.time.wait(afterMs, signal)
    owner.process.kill('SIGKILL')
    await once(owner.process, 'exit')
    expect(await sweepAbandoned(deps, { signal })).toEqual(['early'])
    expect(pidsWith(here)).toEqual([])
    expect(leftIn(here)).toEqual([])
  }
})

it.each([
  ['num.io.threads', '0', 'num.io.threads'], // refused when the storage is formatted
  ['authorizer.class.name', 'no.such.Authorizer', 'ClassNotFoundException: no.such.Authorizer'], // by the broker
])(
  'a broker that cannot start (%s=%s) is reported with what it said, and nothing is left',
  async (key, value, said) => {
    const west = { name: 'west', region: 'b', properties: { [key]: value } }
    const clusters = [{ name: 'east', region: 'a' }, west]
    const started = upSandbox({ name: 'broken', clusters, isOwned: false, report }, deps, { signal })
    await expect(started).rejects.toMatchObject({
      code: 'GR-SANDBOX-START',
      message: expect.stringContaining('cluster "west" of sandbox "broken" did not start') as string,
      stateNow: expect.stringContaining(said) as string,
    })
    expect(pidsWith(here)).toEqual([])
    expect(leftIn(here)).toEqual([])
  },
)

it('one whose port somebody takes before its broker does is started again on another', async () => {
  const said: string[] = []
  const other = createServer()
  const takePort = (text: string): void => {
    said.push(text)
    if (other.listening || !text.startsWith('starting')) return
    const record = readFileSync(join(here, 'state', 'georep', 'sandbox', 'taken.json'), 'utf8')
    const { clusters } = JSON.parse(record) as { readonly clusters: readonly { readonly brokers: readonly { readonly port: number }[] }[] } // prettier-ignore
    other.listen({ port: clusters[0]!.brokers[0]!.port, host: '127.0.0.1', exclusive: true })
  }
  const clusters = [{ name: 'east', region: 'a' }]
  await using sandbox = await upSandbox({ name: 'taken', clusters, isOwned: true, report: takePort }, deps, { signal })
  expect(other.listening).toBe(true)
  expect(said).toContain('another process took a port: starting again on others')
  expect(await clusterIdOf(sandbox.clusters['east']!.bootstrap)).toBe(sandbox.clusters['east']!.clusterId)
  expect(pidsWith(here)).toHaveLength(1)
  other.close()
})

it('a JVM that does not start at all, and a start that is broken off', async () => {
  const clusters = [{ name: 'east', region: 'a', jvmOptions: ['-XX:NoSuchOption'] }]
  await expect(upSandbox({ name: 'jvm', clusters, isOwned: false, report }, deps, { signal })).rejects.toMatchObject({
    stateNow: expect.stringContaining('NoSuchOption') as string,
  })
  const reason = new Error('enough')
  const enough = new AbortController()
  const started = upSandbox({ name: 'off', clusters: eastAndWest, isOwned: false, report }, deps, { signal: enough.signal }) // prettier-ignore
  setTimeout(() => {
    enough.abort(reason)
  }, 1_500)
  await expect(started).rejects.toBe(reason)
  expect(pidsWith(here)).toEqual([])
  expect(leftIn(here)).toEqual([])
})

it('the shared clusters answer', async () => {
  const { east, west } = sharedClusters()
  expect(await clusterIdOf(east.bootstrap)).toBe(east.clusterId)
  expect(await clusterIdOf(west.bootstrap)).toBe(west.clusterId)
})

/** Processes with the text in their command line, but for ps. */
function pidsWith(text: string): readonly number[] {
  return execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text) && /^\s*\d+\s+[^Z]/.test(line))
    .map((line) => Number(/^\s*(\d+)/.exec(line)?.[1]))
}

function psState(pid: number | undefined): string {
  if (pid === undefined) throw new Error('there was no such process to begin with')
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', pid.toString()], { encoding: 'utf8' }).trim()
  } catch {
    return '' // ps fails for a number that nobody has
  }
}

/** Every file in a folder. */
function leftIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const isOfSandbox = (path: string): boolean => path.includes('georep-sandbox-')
  return entries.filter((entry) => !entry.isDirectory() || isOfSandbox(entry.name)).map((entry) => join(entry.parentPath, entry.name)) // prettier-ignore
}

async function gone(text: string): Promise<void> {
  await expect.poll(() => pidsWith(text), { timeout: 10_000 }).toEqual([])
}

async function clusterIdOf(bootstrap: readonly string[]): Promise<string> {
  return await withAdmin(bootstrap, async (admin) => (await admin.describeCluster()).clusterId)
}

async function withAdmin<T>(bootstrap: readonly string[], act: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const kafka = new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await act(admin)
  } finally {
    await admin.disconnect()
  }
}
