import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { clusterSettings } from '../../src/config/cluster-settings.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openCanaryClient } from '../../src/drill/canary-client.ts'
import { Cluster } from '../../src/kafka/cluster.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { upSandbox } from '../../src/sandbox/up.ts'
import { run } from '../support/context.ts'
import { makeCertificates, storePassword, type Certificates } from './support/clientsec-certificates.ts'
import { clientSecret, jwks, tokenServer, type TokenServer } from './support/clientsec-tokens.ts'
import { machine, randomId } from './support/sandbox-deps.ts'
import { kafkaTools } from './support/sandbox.ts'

// One broker with a listener for each way in. What came of a connection is told by the cluster id, which the sandbox knows by itself.

const password = 'recognisable-password'
const wrong = 'recognisable-wrong-password'

let folder: string
let sandbox: Sandbox<'east'>
let files: Certificates
let tokens: TokenServer

const login = (name: string): string => `org.apache.kafka.common.security.${name}LoginModule required`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-clientsec-'))
  files = await makeCertificates(folder, kafkaTools().java)
  tokens = await tokenServer()
  await writeFile(join(folder, 'jwks.json'), jwks())
  const jwksUrl = pathToFileURL(join(folder, 'jwks.json')).href
  sandbox = await upSandbox(
    {
      name: `own-${randomId()}`,
      isOwned: true,
      report: () => undefined,
      clusters: [
        {
          name: 'east',
          region: 'us-east-1',
          jvmOptions: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwksUrl}`],
          listeners: [
            { name: 'TLS', protocol: 'SSL' },
            { name: 'MTLS', protocol: 'SSL' },
            { name: 'EXPIRED', protocol: 'SSL' },
            { name: 'SASL', protocol: 'SASL_SSL' },
            { name: 'SHORT', protocol: 'SASL_PLAINTEXT' },
            { name: 'OAUTH', protocol: 'SASL_SSL' },
          ],
          properties: {
            'ssl.keystore.type': 'PKCS12',
            'ssl.keystore.location': files.broker,
            'ssl.keystore.password': storePassword,
            'ssl.truststore.type': 'PEM',
            'ssl.truststore.location': files.ca,
            'listener.name.mtls.ssl.client.auth': 'required',
            'listener.name.expired.ssl.keystore.location': files.expiredBroker,
            'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
            'listener.name.sasl.plain.sasl.jaas.config': `${login('plain.Plain')} user_plain="${password}";`,
            'listener.name.sasl.scram-sha-256.sasl.jaas.config': `${login('scram.Scram')};`,
            'listener.name.sasl.scram-sha-512.sasl.jaas.config': `${login('scram.Scram')};`,
            'listener.name.short.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
            'listener.name.short.scram-sha-512.sasl.jaas.config': `${login('scram.Scram')};`,
            'listener.name.short.scram-sha-512.connections.max.reauth.ms': '5001',
            'listener.name.oauth.sasl.enabled.mechanisms': 'OAUTHBEARER',
            'listener.name.oauth.oauthbearer.sasl.jaas.config': `${login('oauthbearer.OAuthBearer')};`,
            'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class':
              'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
            'listener.name.oauth.oauthbearer.connections.max.reauth.ms': '3600000',
            'listener.name.oauth.sasl.oauthbearer.jwks.endpoint.url': jwksUrl,
            'listener.name.oauth.sasl.oauthbearer.expected.audience': 'kafka',
          },
        },
      ],
    },
    machine(),
    { signal: AbortSignal.timeout(90_000) },
  )
  const { java, classpath } = kafkaTools()
  await Promise.all(
    (['256', '512'] as const).map(async (bits) => {
      const entry = `SCRAM-SHA-${bits}=[iterations=4096,password=${password}]`
      await promisify(execFile)(java, ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'kafka.admin.ConfigCommand', '--bootstrap-server', address('PLAINTEXT'), '--alter', '--add-config', entry, '--entity-type', 'users', '--entity-name', `scram${bits}`]) // prettier-ignore
    }),
  )
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
  await tokens[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

type Listener = 'PLAINTEXT' | 'TLS' | 'MTLS' | 'EXPIRED' | 'SASL' | 'SHORT' | 'OAUTH'

function address(listener: Listener): string {
  const { bootstrap, listeners } = sandbox.clusters.east
  return (listener === 'PLAINTEXT' ? bootstrap : listeners[listener])![0]!
}

async function openAt(listener: Listener, entries: string): Promise<Cluster> {
  const file = await configAt(listener, entries)
  const config = await loadConfig(file, { env: {}, cwd: folder, home: folder })
  return new Cluster(await clusterSettings(config, 'east', deps), { wait: systemTime.wait })
}

const env = { PASSWORD: password, WRONG: wrong, SECRET: clientSecret }
const deps = { env, time: systemTime }

async function configAt(listener: Listener, entries: string): Promise<string> {
  const file = join(folder, `${randomId()}.yaml`)
  await writeFile(file, `clusters: { east: { bootstrap: ["${address(listener)}"]${entries === '' ? '' : `, ${entries}`} } }\n`) // prettier-ignore
  return file
}

/** The id of the cluster that was reached. */
async function reached(listener: Listener, entries: string): Promise<string> {
  await using cluster = await openAt(listener, entries)
  return (await cluster.metadata([], { signal: AbortSignal.timeout(20_000) })).clusterId
}

async function properties(...lines: readonly string[]): Promise<string> {
  const name = `${randomId()}.properties`
  await writeFile(join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600 })
  return `properties: ./${name}`
}

const tls = 'tls: { ca: ./ca.pem }'
const sasl = (mechanism: string, username: string, variable = 'PASSWORD'): string =>
  `sasl: { mechanism: ${mechanism}, username: ${username}, password: "\${env:${variable}}" }`
const oauth = (more = ''): string =>
  `sasl: { mechanism: OAUTHBEARER, tokenEndpoint: "${tokens.url}", clientId: georep, clientSecret: "\${env:SECRET}", scope: kafka${more} }`
const mutual = 'tls: { ca: ./ca.pem, cert: ./client.pem, key: ./client.pem }'

describe('a listener of its own kind lets us in', () => {
  it.each<[Listener, () => string | Promise<string>]>([
    ['TLS', () => tls],
    ['MTLS', () => mutual],
    ['SASL', () => `${tls}, ${sasl('PLAIN', 'plain')}`],
    ['SASL', () => `${tls}, ${sasl('SCRAM-SHA-256', 'scram256')}`],
    ['SASL', () => `${tls}, ${sasl('SCRAM-SHA-512', 'scram512')}`],
    ['OAUTH', () => `${tls}, ${oauth(', extensions: { traceId: abc }')}`],
    ['TLS', async () => await properties('security.protocol = SSL', `ssl.truststore.location: ${files.ca}`)],
    ['MTLS', async () => await properties('security.protocol=SSL', 'ssl.truststore.location=ca.pem', 'ssl.keystore.type=PKCS12', `ssl.keystore.location=${files.client}`, `ssl.keystore.password=${storePassword}`)], // prettier-ignore
    ['MTLS', async () => await properties('security.protocol=SSL', 'ssl.truststore.location=ca.pem', 'ssl.keystore.type=PEM', 'ssl.keystore.location=client.pem')], // prettier-ignore
    ['SASL', async () => await properties('security.protocol=SASL_SSL', `ssl.truststore.certificates=${readFileSync(files.ca, 'utf8').replaceAll(/\r?\n/g, '\\n')}`, 'sasl.mechanism=SCRAM-SHA-512', `sasl.jaas.config=${login('scram.Scram')} \\`, `    username="scram512" password="${password}";`)], // prettier-ignore
    ['OAUTH', async () => await properties('security.protocol=SASL_SSL', 'ssl.truststore.location=ca.pem', 'sasl.mechanism=OAUTHBEARER', `sasl.oauthbearer.token.endpoint.url=${tokens.url}`, 'sasl.oauthbearer.header.urlencode=true', `sasl.jaas.config=${login('oauthbearer.OAuthBearer')} clientId="georep" clientSecret="${clientSecret}" scope="kafka";`)], // prettier-ignore
  ])('%s, way %#', async (listener, entries) => {
    expect(await reached(listener, await entries())).toBe(sandbox.clusters.east.clusterId)
  })
})

describe('what does not fit is named, without a secret', () => {
  it.each<[string, Listener, () => string | Promise<string>, string, RegExp]>([
    ['wrong password, PLAIN', 'SASL', () => `${tls}, ${sasl('PLAIN', 'plain', 'WRONG')}`, 'GR-AUTHENTICATION', /refused the credentials/],
    ['wrong password, SCRAM', 'SASL', () => `${tls}, ${sasl('SCRAM-SHA-512', 'scram512', 'WRONG')}`, 'GR-AUTHENTICATION', /invalid credentials/],
    ['mechanism that is not on', 'OAUTH', () => `${tls}, ${sasl('PLAIN', 'plain')}`, 'GR-AUTHENTICATION', /SASL mechanism|mechanism.*(not|un)/i],
    ['wrong client secret', 'OAUTH', () => `${tls}, ${oauth().replace('env:SECRET', 'env:WRONG')}`, 'GR-TOKEN-REFUSED', /refuses a token: invalid_client$/],
    ['wrong authority', 'TLS', () => 'tls: { ca: ./other.pem }', 'GR-TLS', /not signed by an authority that is trusted/],
    ['public authorities only', 'TLS', () => 'tls: {}', 'GR-TLS', /not signed by an authority that is trusted/],
    ['expired certificate', 'EXPIRED', () => tls, 'GR-TLS', /has expired/],
    ['missing client certificate', 'MTLS', () => tls, 'GR-TLS', /wants a certificate of us/],
    ['plaintext to a TLS port', 'TLS', () => '', 'GR-TLS', /the port speaks TLS, and we do not/],
    ['TLS to a plaintext port', 'PLAINTEXT', () => tls, 'GR-CLUSTER-UNREACHABLE', /does not answer/],
    ['a JKS store', 'MTLS', async () => await properties('security.protocol=SSL', 'ssl.keystore.location=client.jks'), 'GR-CONFIG-INVALID', /properties:2: .* is a JKS file/],
    ['a truststore that is cut off', 'TLS', async () => await properties('security.protocol=SSL', `ssl.truststore.certificates=${readFileSync(files.ca, 'utf8').slice(0, 200).replaceAll(/\r?\n/g, '\\n')}`), 'GR-CONFIG-INVALID', /certificates to trust cannot be read/],
    ['wrong password of a store', 'MTLS', async () => await properties('security.protocol=SSL', 'ssl.keystore.location=client.p12', `ssl.keystore.password=${wrong}`), 'GR-CONFIG-INVALID', /certificate and key cannot be used/],
  ])('%s', async (_what, listener, entries, code, message) => {
    const error: unknown = await reached(listener, await entries()).catch((thrown: unknown) => thrown)
    expect(error, (error as { stateNow?: string }).stateNow).toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(JSON.stringify({ ...(error as object), message: (error as Error).message })).not.toContain('recognisable')
  }) // prettier-ignore

  it('a token that the broker does not accept', async () => {
    tokens.audience = 'somebody-else'
    try {
      await expect(reached('OAUTH', `${tls}, ${oauth()}`)).rejects.toMatchObject({
        kind: 'denied',
        code: 'GR-AUTHENTICATION',
        message: expect.stringContaining('does not accept the token: invalid_token') as string,
      })
    } finally {
      tokens.audience = 'kafka'
    }
  })
  it('TLS to a plaintext port says what may be wrong', async () => {
    await expect(reached('PLAINTEXT', tls)).rejects.toMatchObject({
      stateNow: expect.stringContaining('during the TLS handshake') as string,
    })
  })
})

describe('credentials that run out (KIP-368)', () => {
  it.each<[Listener, () => string]>([
    ['SHORT', () => sasl('SCRAM-SHA-512', 'scram512')],
    ['OAUTH', () => `${tls}, ${oauth()}`],
  ])('%s: requests go on for longer than a session lasts', async (listener, entries) => {
    tokens.lifeSeconds = 8 // a session lasts no longer than its token, and a fifth of it is kept in hand: more than a busy machine stands still
    onTestFinished(() => {
      tokens.lifeSeconds = 300
    })
    await using cluster = await openAt(listener, entries())
    const signal = AbortSignal.timeout(30_000)
    const fetched = tokens.given().length
    const { controllerId } = await cluster.metadata([], { signal })
    const until = Date.now() + 10_000
    for (let count = 0; Date.now() < until; count++) {
      expect((await cluster.metadata([], { signal })).controllerId).toBe(controllerId)
      await systemTime.wait(50, signal)
    }
    expect(tokens.given().length - fetched).toBeGreaterThanOrEqual(listener === 'OAUTH' ? 2 : 0)
  })
  it('the canary client comes in the same ways', async () => {
    const file = await configAt('OAUTH', `${tls}, ${oauth()}`)
    const config = await loadConfig(file, { env: {}, cwd: folder, home: folder })
    const { kafka, cut } = openCanaryClient(await clusterSettings(config, 'east', deps), { clientId: 'canary', retries: 3 }) // prettier-ignore
    const admin = kafka.admin()
    await admin.connect()
    expect((await admin.describeCluster()).clusterId).toBe(sandbox.clusters.east.clusterId)
    await admin.disconnect()
    cut()
  })
})

it('no verb prints a secret, be it text or JSON, be it a success or a failure', async () => {
  const given = tokens.given().length
  const good = [`${tls}, ${sasl('SCRAM-SHA-512', 'scram512')}`, `${tls}, ${oauth()}`, await properties('security.protocol=SASL_SSL', 'ssl.truststore.location=ca.pem', 'sasl.mechanism=PLAIN', `sasl.jaas.config=${login('plain.Plain')} username=plain password="${password}";`)] // prettier-ignore
  const verbs = [['config', 'show'], ['config', 'validate'], ['link', 'list'], ['mirror', 'list'], ['lag']]
  const key = readFileSync(files.clientPem, 'utf8').split('\n')[1]!
  const secrets = (): readonly string[] => ['recognisable', key, ...tokens.given(), encodeURIComponent(clientSecret)]
  for (const [index, entries] of [...good, `${tls}, ${sasl('PLAIN', 'plain', 'WRONG')}`].entries()) {
    const file = await configAt(entries.includes('OAUTH') ? 'OAUTH' : 'SASL', entries)
    for (const verb of verbs) {
      for (const form of [[], ['-o', 'json']]) {
        const { code, out, err } = await run(['--config', file, ...verb, ...form], { env, time: systemTime, cwd: folder, signal: AbortSignal.timeout(20_000) }) // prettier-ignore
        for (const secret of secrets()) expect(`${out}${err}`, `${verb.join(' ')} ${index}`).not.toContain(secret)
        if (verb[0] === 'config') expect(code, err).toBe(0)
      }
    }
  }
  expect(tokens.given().length).toBeGreaterThan(given)
})
