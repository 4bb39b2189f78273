import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificate } from '../../test/support/certificate.ts'
import { connectorClient } from './connector-client.ts'
import { loadConfig } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-connector-'))
  await writeFile(join(folder, 'ca.pem'), certificate)
  await writeFile(join(folder, 'secret'), 'from file\n')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const env = { P: 'hunter2"', U: 'ann' }

async function client(west: string, isInline = false, isOverTls = false): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, 'georep.yaml')
  await writeFile(file, `clusters:\n  west: ${west}\n`)
  const config = await loadConfig(file, { env: {}, cwd: '/', home: '/' })
  return await connectorClient(config, 'west', { isInline, isOverTls }, { env, time: { monotonic: () => 0 } })
}

const sasl = (password: string): string =>
  `{ bootstrap: ["a:1", "b:2"], sasl: { mechanism: SCRAM-SHA-512, username: "\${env:U}", password: '${password}' } }`
const login = (password: string): string =>
  `org.apache.kafka.common.security.scram.ScramLoginModule required username="ann" password="${password}";`

describe('what a connector is told so that it reaches a cluster', () => {
  it('without security', async () => {
    expect(await client('{ bootstrap: ["a:1"] }')).toEqual({ 'bootstrap.servers': 'a:1', 'security.protocol': 'PLAINTEXT' }) // prettier-ignore
  })

  it('has references in place of secrets', async () => {
    expect(await client(sasl('${env:P}'))).toEqual({
      'bootstrap.servers': 'a:1,b:2',
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': login('${env:P}'),
    })
    expect(await client(sasl('${file:secret}'))).toMatchObject({
      'sasl.jaas.config': login(`\${directory:${folder}:secret}`),
    })
  })

  it.each(['hunter2', 'x${env:P}', '$${env:P}'])('refuses the secret %s, and does not say it', async (password) => {
    const refused: unknown = await client(sasl(password)).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      kind: 'config',
      code: 'GR-SECRET-LITERAL',
      message: expect.stringMatching(/^georep\.yaml:2:\d+: "password" of cluster "west"/) as string,
      next: expect.stringContaining('--inline-secrets') as string,
    })
    expect(String(refused)).not.toContain('hunter2')
  })

  it('has the secrets where that is wanted', async () => {
    expect(await client(sasl('${env:P}'), true)).toMatchObject({ 'sasl.jaas.config': login('hunter2\\"') })
  })

  it('sends the texts of certificates, which the worker has not', async () => {
    expect(await client('{ bootstrap: ["a:1"], tls: { ca: ca.pem, skipHostnameCheck: true } }')).toEqual({
      'bootstrap.servers': 'a:1',
      'security.protocol': 'SSL',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': certificate,
      'ssl.endpoint.identification.algorithm': '',
    })
  })

  it('names the file of certificates where the worker has one of its own beneath, which would go with no text', async () => {
    expect(await client('{ bootstrap: ["a:1"], tls: { ca: ca.pem } }', false, true)).toEqual({
      'bootstrap.servers': 'a:1',
      'security.protocol': 'SSL',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': join(folder, 'ca.pem'),
    })
  })

  it('takes a properties file as it is, but for secrets in it', async () => {
    const text = (jaas: string): string =>
      'bootstrap.servers=p:1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nmax.poll.records=5\n' +
      `config.providers=env\nconfig.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\nsasl.jaas.config=${jaas}\n`
    const file = join(folder, 'west.properties')
    await writeFile(file, text(login('${env:U}')))
    expect(await client('{ properties: west.properties }')).toEqual({
      'bootstrap.servers': 'p:1',
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': login('${env:U}'),
    })
    await writeFile(file, text(login('secret')))
    await expect(client('{ properties: west.properties }')).rejects.toMatchObject({ code: 'GR-SECRET-LITERAL' })
    expect(await client('{ properties: west.properties }', true)).toMatchObject({ 'sasl.jaas.config': login('secret') })
  })
})
