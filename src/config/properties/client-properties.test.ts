import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterSettings } from '../../kafka/settings.ts'
import { run } from '../../../test/support/context.ts'
import { clusterSettings } from '../cluster-settings.ts'
import { loadConfig } from '../load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-properties-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function written(lines: readonly string[], beside = ''): Promise<string> {
  await writeFile(join(folder, 'east.properties'), lines.join('\n'))
  await writeFile(join(folder, 'georep.yaml'), `clusters: { east: { properties: east.properties${beside} } }\n`)
  await chmod(join(folder, 'east.properties'), 0o600)
  return join(folder, 'georep.yaml')
}

async function settings(lines: readonly string[], beside = '', env = {}): Promise<ClusterSettings> {
  const config = await loadConfig(await written(lines, beside), { env: {}, cwd: folder, home: folder })
  return await clusterSettings(config, 'east', { env, time: { monotonic: () => 0 } })
}

const scram = [
  'bootstrap.servers = PLAINTEXT://a:1, b:2',
  'security.protocol=SASL_PLAINTEXT',
  'sasl.mechanism=SCRAM-SHA-256',
  'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="hunter2";',
]

describe('a properties file', () => {
  it('is the way to a cluster', async () => {
    expect(await settings([...scram, 'max.poll.records=5'])).toEqual({
      name: 'east',
      region: undefined,
      bootstrap: ['a:1', 'b:2'],
      tls: undefined,
      sasl: { mechanism: 'SCRAM-SHA-256', username: 'u', password: 'hunter2' },
    })
  })
  it('gives way to a bootstrap beside it, and to nothing else', async () => {
    expect((await settings(scram, ', bootstrap: ["c:3"]')).bootstrap).toEqual(['c:3'])
    await expect(settings(scram, ', tls: {}')).rejects.toMatchObject({
      message: expect.stringContaining('clusters.east.tls: belongs into the properties file') as string,
    })
  })
  it('takes values from config providers of Kafka', async () => {
    await writeFile(join(folder, 'secrets'), 'pw=from-file\n')
    const providers = [
      'config.providers=env, file',
      'config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider',
      'config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider',
    ]
    const jaas = 'sasl.jaas.config=ScramLoginModule required username="${env:WHO}" password="${file:secrets:pw}";'
    const { sasl } = await settings([...scram.slice(0, 3), jaas, ...providers], '', { WHO: 'w' })
    expect(sasl).toMatchObject({ username: 'w', password: 'from-file' })
    await expect(settings([...scram.slice(0, 3), jaas, ...providers])).rejects.toMatchObject({
      code: 'GR-CONFIG-REFERENCE',
    })
    await expect(settings([...scram.slice(0, 3), jaas])).rejects.toMatchObject({
      message: 'east.properties:4: a ${...} of a provider that "config.providers" does not name',
    })
  })

  const change = (prefix: string, line: string): readonly string[] =>
    scram.map((each) => (each.startsWith(prefix) ? line : each))
  it.each<[readonly string[], string]>([
    [change('security', 'security.protocol=TLS'), 'east.properties:2: security.protocol: expected'],
    [change('sasl.mechanism', ''), 'sasl.mechanism: georep cannot do GSSAPI'],
    [change('sasl.mechanism', 'sasl.mechanism=hunter2'), 'east.properties:3: sasl.mechanism: georep cannot do this'],
    [change('sasl.mechanism', 'sasl.mechanism=PLAIN'), 'PLAIN needs PlainLoginModule, and there is another'],
    [change('sasl.jaas', 'sasl.jaas.config=ScramLoginModule hunter2'), 'sasl.jaas.config: expected one login module'],
    [change('sasl.jaas', 'sasl.jaas.config=ScramLoginModule required password="hunter2";'), '"username" is missing'],
    [change('bootstrap', ''), 'has no bootstrap.servers'],
    [change('bootstrap', 'bootstrap.servers=a'), 'east.properties:1: bootstrap.servers: expected host:port'],
    [[...scram, 'ssl.engine.factory.class=x'], 'east.properties:5: "ssl.engine.factory.class" is nothing that georep'],
    [[...scram, 'sasl.jaas.confg=hunter2'], '"sasl.jaas.confg" is nothing that georep'],
    [
      ['\ufeffsecurity.protocol=SASL_SSL', ...scram.slice(2), scram[0]!],
      'east.properties:1: the file begins with a byte order mark',
    ],
    [[...scram, 'x=\\u1'], 'east.properties:5: a \\u without'],
    [['security.protocol=SSL', 'ssl.endpoint.identification.algorithm=x'], 'expected https, or nothing'],
    [['security.protocol=SSL', 'ssl.enabled.protocols=TLSv1.3'], 'cannot be held to one of them'],
    [['security.protocol=SSL', 'ssl.keystore.key=hunter2'], 'belong together'],
  ])('%#: what georep cannot do as written is an error', async (lines, message) => {
    const beside = lines[0]?.startsWith('security') === true ? ', bootstrap: ["a:1"]' : ''
    const error: unknown = await settings(lines, beside).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'config', code: 'GR-CONFIG-INVALID' })
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).not.toContain('hunter2')
  })
})

it('config show prints what is in it, but no secret; validate warns of one that all may read', async () => {
  const config = await written([...scram, 'max.poll.records=5', 'sasl.kerberos.kinit.cmd=x'])
  const shown = await run(['--config', config, 'config', 'show', '-o', 'json'], { cwd: folder })
  expect(shown.out).not.toContain('hunter2')
  expect((JSON.parse(shown.out) as { data: { clusters: unknown } }).data.clusters).toMatchObject([
    {
      bootstrap: ['a:1', 'b:2'],
      properties: { ignored: ['max.poll.records', 'sasl.kerberos.kinit.cmd'] },
      sasl: { mechanism: 'SCRAM-SHA-256', username: 'u', password: '(set)' },
    },
  ])
  expect((await run(['--config', config, 'config', 'show'], { cwd: folder })).out).toContain('max.poll.records')
  expect((await run(['--config', config, 'config', 'validate'], { cwd: folder })).err).toBe('')
  await chmod(join(folder, 'east.properties'), 0o644)
  expect((await run(['--config', config, 'config', 'validate'], { cwd: folder })).err).toContain(
    'east.properties holds secrets and can be read by every user',
  )
  await writeFile(join(folder, 'east.properties'), 'bootstrap.servers=a:1\nsecurity.protocol=PLAINTEXT\n')
  expect((await run(['--config', config, 'config', 'validate'], { cwd: folder })).err).toBe('')
})
