import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { connectSettings } from '../../src/config/connect-settings.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ConnectCluster } from '../../src/connect/connect-cluster.ts'
import type { ConnectSettings } from '../../src/connect/settings.ts'
import { idRight, topicRight } from '../../src/core/acl.ts'
import { openSandbox } from '../../src/sandbox/open.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { freePorts } from '../../src/sandbox/ports.ts'
import { grant } from '../../src/sandbox/secure/grant.ts'
import { connectContract } from '../support/connect-contract.ts'
import { makeCertificates, storePassword } from './support/clientsec-certificates.ts'
import { kafkaTools, ownSandbox } from './support/sandbox.ts'
import { machine } from './support/sandbox-deps.ts'

// What Kafka Connect says is asked with fetch, and its processes are looked for with ps. The sandbox is a secured one, where workers have to come in to
// the brokers, and whoever asks them to the workers; its connectors have their secrets by reference.

const signal = AbortSignal.timeout(600_000)
let sandbox: Sandbox<'east' | 'west'>
let password: string
let clusters: Readonly<Record<string, string>>

beforeAll(async () => {
  sandbox = await ownSandbox({}, { connect: { workers: 2, isExactlyOnce: true }, isSecure: true })
  const { secure } = sandbox
  const rights = [topicRight('Write', '*'), idRight('Write', 'connect-*')]
  await grant(sandbox, 'west', { user: 'connect', rights }, { time: systemTime, signal })
  if (secure === undefined) throw new Error('a secured sandbox has files')
  password = readFileSync(secure.password.georep, 'utf8')
  const security = ['security.protocol', 'ssl.truststore.type', 'ssl.truststore.location', 'sasl.mechanism', 'sasl.jaas.config'] // prettier-ignore
  const reach = (side: string, bootstrap: readonly string[]): [string, string][] => [
    [`${side}.cluster.bootstrap.servers`, bootstrap.join(',')],
    ...security.map((key): [string, string] => [`${side}.cluster.${key}`, `\${file:${secure.clientProperties.admin}:${key}}`]), // prettier-ignore
  ]
  const { east, west } = sandbox.clusters
  clusters = Object.fromEntries([...reach('source', east.bootstrap), ...reach('target', west.bootstrap)])
})
afterAll(async () => {
  await sandbox.down({ signal })
})

it('two workers answer as one Connect cluster at the destination, with the connectors of MirrorMaker', async () => {
  const { workers = [] } = sandbox.connect ?? {}
  expect(workers).toHaveLength(2)
  for (const { url } of workers) {
    expect(await get(url)).toMatchObject({ kafka_cluster_id: sandbox.clusters.west.clusterId })
    const plugins = (await get(`${url}/connector-plugins`)) as readonly { readonly class: string }[]
    expect(plugins.map((plugin) => plugin.class.replace(/.*\./, '')).toSorted()).toEqual(['MirrorCheckpointConnector', 'MirrorHeartbeatConnector', 'MirrorSourceConnector']) // prettier-ignore
    expect((await fetch(`${url}/connectors`, { signal })).status).toBe(401)
  }
})

it('the georep.yaml says where, and with what one comes in', async () => {
  const config = await loadConfig(sandbox.configFile, { env: {}, cwd: '/', home: '/' })
  const settings = async (name: string): Promise<ConnectSettings | undefined> =>
    await connectSettings(config, name, undefined, { env: {} })
  const [url = ''] = sandbox.connect?.workers.map((worker) => worker.url) ?? []
  expect(await settings('west')).toEqual({ url, credentials: { username: 'georep', password }, tls: undefined })
  expect(await settings('east')).toBeUndefined()
})

describe('kept to by a real worker:', () => {
  connectContract(() => ({
    url: sandbox.connect?.workers[0]?.url ?? '',
    kafkaClusterId: sandbox.clusters.west.clusterId,
    credentials: { username: 'georep', password },
    clusters,
  }))
})

it('a worker that asks for certificates lets georep in with its own, and without one tells that nothing was done', async () => {
  const [, worker] = sandbox.connect?.workers ?? []
  const properties = join(sandbox.folder, 'connect-w2', 'worker.properties')
  const before = await readFile(properties)
  const folder = await mkdtemp(join(tmpdir(), 'georep-connect-tls-'))
  try {
    const files = await makeCertificates(folder, kafkaTools().java)
    // The worker's REST interface reads no PEM.
    const trust = join(folder, 'trust.p12')
    const keytool = ['-m', 'java.base/sun.security.tools.keytool.Main', '-importcert', '-noprompt', '-alias', 'ca']
    execFileSync(kafkaTools().java, [...keytool, '-file', files.ca, '-keystore', trust, '-storetype', 'PKCS12', '-storepass', storePassword], { stdio: 'ignore' }) // prettier-ignore
    await worker?.kill({ signal })
    const [port = 0] = await freePorts(1, Math.random)
    const own = {
      listeners: `${worker?.url},https://127.0.0.1:${port}`,
      'rest.advertised.listener': 'http',
      'listeners.https.ssl.keystore.type': 'PKCS12',
      'listeners.https.ssl.keystore.location': files.broker,
      'listeners.https.ssl.keystore.password': storePassword,
      'listeners.https.ssl.truststore.type': 'PKCS12',
      'listeners.https.ssl.truststore.location': trust,
      'listeners.https.ssl.truststore.password': storePassword,
      'listeners.https.ssl.client.auth': 'required',
    }
    const lines = Object.entries(own).map(([key, value]) => `${key}=${value}\n`)
    await appendFile(properties, `\n${lines.join('')}`)
    await worker?.start({ signal })

    const connect = async (certificates: string): Promise<ConnectCluster> => {
      const entry = `{ url: "https://127.0.0.1:${port}", username: georep, password: "${password}", tls: { ca: ${files.ca}${certificates} } }`
      await writeFile(
        join(folder, 'georep.yaml'),
        `clusters:\n  west: { bootstrap: ["127.0.0.1:1"], connect: ${entry} }\n`,
      )
      const config = await loadConfig(join(folder, 'georep.yaml'), { env: {}, cwd: '/', home: '/' })
      const settings = await connectSettings(config, 'west', undefined, { env: {} })
      if (settings === undefined) throw new Error('no settings')
      return new ConnectCluster(settings, { wait: systemTime.wait })
    }
    const known = await connect(`, cert: ${files.clientPem}, key: ${files.clientPem}`)
    expect(await known.root({ signal })).toMatchObject({ kafkaClusterId: sandbox.clusters.west.clusterId })
    const unknown = await connect('')
    // Not "it may have been done", of an act either.
    for (const act of [
      async () => await unknown.root({ signal }),
      async () => {
        await unknown.pause('none', { signal })
      },
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'GR-CONNECT-UNREACHABLE', next: expect.stringContaining('connect.tls.cert') as string }) // prettier-ignore
    }
  } finally {
    await writeFile(properties, before)
    await rm(folder, { recursive: true, force: true })
  }
})

it('what one worker was told the other knows, also when it was killed, paused and ended meanwhile', async () => {
  const [one, two] = sandbox.connect?.workers ?? []
  if (one === undefined || two === undefined) throw new Error('two workers')
  await heartbeats(one.url, 'before')
  await two.kill({ signal })
  expect([await one.state(), await two.state(), pidsOf('connect-w2')]).toEqual(['up', 'down', []])
  await expect(two.kill({ signal })).rejects.toMatchObject({
    code: 'GR-SANDBOX-DOWN',
    message: `Connect worker 2 of sandbox "${sandbox.name}" is down`,
  })
  await two.start({ signal })
  await expect.poll(async () => await get(`${two.url}/connectors`), { timeout: 30_000 }).toEqual(['before'])

  await one.pause({ signal })
  expect(await one.state()).toBe('paused')
  await one.start({ signal })
  expect(await one.state()).toBe('up')
  await one.stop({ signal })
  expect(await one.state()).toBe('down')
})

it('whoever opens the sandbox has them too, and down ends them', async () => {
  const deps = machine()
  // As if its owner, this process, had gone: the sandbox may be opened then.
  const startedAt = async (): Promise<string | undefined> => await Promise.resolve<string | undefined>(undefined)
  const processes = { ...deps.processes, startedAt }
  const opened = await openSandbox(sandbox.name, { ...deps, processes })
  expect(await opened?.connect?.workers[1]?.state()).toBe('up')
  await sandbox.down({ signal })
  expect(pidsOf('')).toEqual([])
})

async function get(url: string): Promise<unknown> {
  const answer = await fetch(url, { headers: { authorization: authorization() }, signal })
  return await answer.json()
}

async function heartbeats(url: string, name: string): Promise<void> {
  const config = {
    'connector.class': 'org.apache.kafka.connect.mirror.MirrorHeartbeatConnector',
    'source.cluster.alias': 'east',
    'target.cluster.alias': 'west',
    ...clusters,
  }
  const body = JSON.stringify(config)
  const headers = { 'content-type': 'application/json', authorization: authorization() }
  const put = async (): Promise<number> =>
    (await fetch(`${url}/connectors/${name}/config`, { method: 'PUT', body, headers, signal })).status
  await expect.poll(put, { timeout: 30_000 }).toBe(201)
}

function authorization(): string {
  return `Basic ${Buffer.from(`georep:${password}`).toString('base64')}`
}

/** Processes of this sandbox whose mark ends so. */
function pidsOf(role: string): readonly number[] {
  return execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`/${sandbox.name}/`) && line.includes(`${role} `) && /^\s*\d+\s+[^Z]/.test(line))
    .map((line) => Number(/^\s*(\d+)/.exec(line)?.[1]))
}
