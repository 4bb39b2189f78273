import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SandboxRecord } from '../record.ts'
import { secureFiles } from '../secure/places.ts'
import { configText } from '../start.ts'
import { jvmOfWorker } from './places.ts'
import { writeRestFiles } from './rest-access.ts'
import { workerProperties } from './worker-files.ts'

const broker = { nodeId: 1, port: 20_001, controllerPort: 20_002, ports: {}, wanPort: 20_009 }
const cluster = { name: 'west', region: 'r', clusterId: 'w', jvmOptions: [], brokers: [broker] }
const connect = { isExactlyOnce: false, workers: [{ id: 1, port: 20_003 }, { id: 2, port: 20_004 }] } // prettier-ignore
let record: SandboxRecord

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'georep-worker-'))
  const clusters = [{ ...cluster, name: 'east' }, cluster]
  record = { v: 1, id: 'ab1', name: 'a', hostname: 'h', folder, createdAt: '', kafkaVersion: '4.3.1', owner: null, connect, clusters } // prettier-ignore
})
afterEach(async () => {
  await rm(record.folder, { recursive: true })
})

async function linesOf(of: SandboxRecord = record, more: Partial<typeof connect> = {}): Promise<readonly string[]> {
  const { clusters } = of
  const [, destination = cluster] = clusters
  return (await workerProperties(of, { ...connect, ...more }, destination, connect.workers[1]!)).split('\n')
}

it('answers on 127.0.0.1 only, and is attached to the brokers beside it, not to the far end of a WAN', async () => {
  const lines = await linesOf()
  expect(lines).toContain('listeners=http://127.0.0.1:20004')
  expect(lines).toContain('bootstrap.servers=127.0.0.1:20001')
  expect(lines).toContain('exactly.once.source.support=disabled')
  expect(await linesOf(record, { isExactlyOnce: true })).toContain('exactly.once.source.support=enabled')
})

it('keeps what it knows on as many brokers as there are, up to three', async () => {
  for (const count of [1, 3, 4]) {
    const brokers = Array.from({ length: count }, (_, index) => ({ ...broker, nodeId: index + 1 }))
    const lines = await linesOf({ ...record, clusters: [cluster, { ...cluster, brokers }] })
    for (const of of ['config', 'offset', 'status']) {
      expect(lines).toContain(`${of}.storage.replication.factor=${Math.min(3, count)}`)
    }
  }
})

it('lets connectors refer to secrets in the folder of the sandbox, and to nothing else', async () => {
  const lines = await linesOf()
  expect(lines).toContain(`config.providers.file.param.allowed.paths=${record.folder}`)
  expect(lines).toContain(`config.providers.directory.param.allowed.paths=${record.folder}`)
  expect(lines).toContain('config.providers.env.param.allowlist.pattern=^GEOREP_.*')
})

it('of a secured sandbox comes in as a user of its own, for itself and for its connectors, and asks who comes', async () => {
  const secured: SandboxRecord = { ...record, isSecure: true }
  const files = secureFiles(secured)
  await mkdir(files.folder)
  await writeFile(
    files.clientProperties.connect,
    'security.protocol=SASL_SSL\nsasl.jaas.config=a required password="x";\n',
  )
  await writeFile(files.password.georep, 'hunter2')
  const lines = await linesOf(secured)
  for (const prefix of ['', 'producer.', 'consumer.', 'admin.']) {
    expect(lines).toContain(`${prefix}security.protocol=SASL_SSL`)
    expect(lines).toContain(`${prefix}sasl.jaas.config=a required password="x";`)
  }
  expect(lines.join()).toContain('rest.extension.classes=')
  await writeRestFiles(secured)
  expect(await readFile(files.connectUsers, 'utf8')).toBe('georep=hunter2\n')
  for (const file of [files.connectUsers, files.connectLogin]) expect((await stat(file)).mode & 0o077).toBe(0)
  const { jvmOptions } = jvmOfWorker(secured, { id: 1, port: 1 }, { env: {}, home: '/h', platform: 'linux' })
  expect(jvmOptions).toEqual([`-Djava.security.auth.login.config=${files.connectLogin}`])
  expect(configText(secured)).toContain(`password: \${file:${files.password.georep}}`)
  expect(configText(secured)).not.toContain('hunter2')
})

it('has the options of its JVM that it is given', () => {
  const deps = { env: {}, home: '/h', platform: 'linux' } as const
  const given = { ...record, connect: { ...connect, jvmOptions: ['-Xmx2g'] } }
  expect(jvmOfWorker(given, connect.workers[0]!, deps).jvmOptions).toEqual(['-Xmx2g'])
  expect(jvmOfWorker(record, connect.workers[0]!, deps).jvmOptions).toEqual([])
})

it('is named by the georep.yaml at its cluster', () => {
  expect(configText(record)).toBe(
    'clusters:\n  east:\n    bootstrap:\n      - 127.0.0.1:20001\n    region: r\n' +
      '  west:\n    bootstrap:\n      - 127.0.0.1:20001\n    region: r\n    connect:\n      url: http://127.0.0.1:20003\n',
  )
})
