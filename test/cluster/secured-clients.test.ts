import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { clusterSettings } from '../../src/config/cluster-settings.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openCanaryClient } from '../../src/drill/canary-client.ts'
import { Cluster } from '../../src/kafka/cluster.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { upSandbox } from '../../src/sandbox/up.ts'
import { run, type Ran } from '../support/context.ts'
import { makeCertificates, storePassword, type Certificates } from './support/clientsec-certificates.ts'
import { clientSecret, jwks, tokenServer, type TokenServer } from './support/clientsec-tokens.ts'
import { type Going, startHere } from './support/going.ts'
import { Load } from './support/load.ts'
import { endsOf, expectSameRecords } from './support/log-content.ts'
import { MachineRoom } from './support/machine-room.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { pageOf } from './support/runner.ts'
import { machine, randomId } from './support/sandbox-deps.ts'
import { kafkaTools, sharedClusters } from './support/sandbox.ts'
import { commandLines, rawRecords, Shown } from './support/shown.ts'
import { stateOf } from './support/state-records.ts'
import { write } from './support/write.ts'

// One broker with a listener for each way in. What came of a connection is told by the cluster id, which the sandbox knows by itself.

const password = 'recognisable-password'
const wrong = 'recognisable-wrong-password'
const keyPassword = 'recognisable-key-password'

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

const env = {
  PASSWORD: password,
  WRONG: wrong,
  SECRET: clientSecret,
  KEY_PASSWORD: keyPassword,
  STORE_PASSWORD: storePassword,
}
const deps = { env, time: systemTime }

async function configAt(listener: Listener, entries: string): Promise<string> {
  return await configOf({ east: { bootstrap: address(listener), entries } })
}

async function configOf(
  clusters: Readonly<Record<string, { readonly bootstrap: string; readonly entries: string }>>,
): Promise<string> {
  const file = join(folder, `${randomId()}.yaml`)
  const lines = Object.entries(clusters).map(([name, { bootstrap, entries }]) => `  ${name}: { bootstrap: ["${bootstrap}"]${entries === '' ? '' : `, ${entries}`} }\n`) // prettier-ignore
  await writeFile(file, `clusters:\n${lines.join('')}`)
  return file
}

function context() {
  const kill = (pid: number, name: NodeJS.Signals | 0): void => { process.kill(pid, name) } // prettier-ignore
  return { env, cwd: folder, home: folder, hostname: hostname(), pid: process.pid, time: systemTime, newId: randomId, kill } // prettier-ignore
}

/** One command in this process, which is to end with 0. */
async function georep(file: string, ...argv: readonly string[]): Promise<Ran> {
  const ran = await run(['--config', file, ...argv], { ...context(), signal: AbortSignal.timeout(60_000) })
  expect(ran.code, `${argv.join(' ')}\n${ran.err}`).toBe(0)
  return ran
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
const oauth = (more = '', { url } = tokens): string =>
  `sasl: { mechanism: OAUTHBEARER, tokenEndpoint: "${url}", clientId: georep, clientSecret: "\${env:SECRET}", scope: kafka${more} }`
const mutual = 'tls: { ca: ./ca.pem, cert: ./client.pem, key: ./client.pem }'

/** A link between the secured cluster, as one side, and a shared one, as the other, with a runner in this process. */
class CarriedLink {
  readonly source: readonly string[]
  readonly destination: readonly string[]
  readonly topic: string
  readonly runner: Going

  private constructor(ends: Pick<CarriedLink, 'source' | 'destination' | 'topic' | 'runner'>) {
    this.source = ends.source
    this.destination = ends.destination
    this.topic = ends.topic
    this.runner = ends.runner
  }

  static async start(side: 'source' | 'destination', listener: Listener, entries: string): Promise<CarriedLink> {
    const { file, link, source, destination, topic } = await CarriedLink.made(side, listener, entries)
    const runner = startHere(['--config', file, 'link', 'run', link], context())
    await runner.says(`mirror "${topic}" is carried`)
    return new CarriedLink({ source, destination, topic, runner })
  }

  /** Without a runner. */
  static async made(
    side: 'source' | 'destination',
    listener: Listener,
    entries: string,
  ): Promise<Pick<CarriedLink, 'source' | 'destination' | 'topic'> & { readonly file: string; readonly link: string }> {
    const secured = [address('PLAINTEXT')]
    const { east, west } = sharedClusters()
    const [source, destination] = side === 'source' ? [secured, west.bootstrap] : [east.bootstrap, secured]
    const id = randomId()
    const file = await configOf({
      [`s${id}`]: {
        bootstrap: side === 'source' ? address(listener) : source.join(),
        entries: side === 'source' ? entries : '',
      },
      [`d${id}`]: {
        bootstrap: side === 'source' ? destination.join() : address(listener),
        entries: side === 'source' ? '' : entries,
      },
    })
    const link = `s${id}-d${id}`
    const topic = await createdTopic(source)
    await georep(file, 'link', 'create', link)
    await georep(file, 'mirror', 'create', topic, '--link', link)
    return { file, link, source, destination, topic }
  }
}

interface Secured {
  readonly listener: Listener
  readonly entries: string
  /** The variable of our environment that has its secret. */
  readonly variable: keyof typeof env
}

/** A link of which one side comes in in some way, and all that is done with it and may show a secret. */
class ActingLink {
  readonly #way: string
  readonly #variable: Secured['variable']
  readonly #isSource: boolean
  readonly #clusters: Parameters<typeof configOf>[0]
  readonly #room: MachineRoom
  readonly #shown: Shown
  readonly #ends: Readonly<Record<'source' | 'destination', readonly string[]>>
  readonly #link: string
  #file = ''

  constructor(
    way: string,
    secured: Secured,
    options: { readonly isSource: boolean; readonly room: MachineRoom; readonly shown: Shown },
  ) {
    const { isSource, room, shown } = options
    const { east, west } = sharedClusters()
    const [id, plain] = [randomId(), [address('PLAINTEXT')]]
    const [source, destination] = isSource ? [way, `west${id}`] : [`east${id}`, way]
    this.#way = way
    this.#variable = secured.variable
    this.#isSource = isSource
    this.#room = room
    this.#shown = shown
    this.#ends = isSource ? { source: plain, destination: west.bootstrap } : { source: east.bootstrap, destination: plain } // prettier-ignore
    this.#link = `${source}-${destination}`
    const shared = { bootstrap: (isSource ? west : east).bootstrap.join(), entries: '' }
    const entry = { bootstrap: address(secured.listener), entries: secured.entries }
    this.#clusters = { [source]: isSource ? entry : shared, [destination]: isSource ? shared : entry }
  }

  async act({ hasDrill, isFull }: { readonly hasDrill: boolean; readonly isFull: boolean }): Promise<void> {
    const { source, destination } = this.#ends
    this.#file = await configOf(this.#clusters)
    const topics = await Promise.all([createdTopic(source), createdTopic(source), createdTopic(source)])
    const [first, second, third] = topics
    for (const topic of topics) await write(source, topic, 5)
    const on = ['--link', this.#link]
    await this.#acts(['link', 'create', this.#link])
    await this.#acts(['mirror', 'create', ...topics, ...on])
    await this.#runbook()
    const format = this.#isSource ? 'text' : 'json'
    const runner = this.#room.start(['--config', this.#file, 'link', 'run', this.#link, '--metrics', '127.0.0.1:0', '--log-format', format], env) // prettier-ignore
    await runner.says('is running')
    for (const topic of topics) await eventually(`${topic} is carried`, async () => (await endsOf(destination, topic))[0] === 5) // prettier-ignore
    for (const path of ['/metrics', '/healthz']) this.#shown.add(path, (await pageOf(runner, path))[1])
    if (hasDrill) await this.#drill()
    if (isFull) await this.#acts(['mirror', 'promote', first, ...on, '--fence', 'none'], '--confirm', first)
    runner.signal('SIGTERM')
    const { code, out, err } = await runner.ended
    expect(code, err).toBe(0)
    this.#shown.add(`${format} log`, `${out}${err}`)
    await this.#acts(['mirror', 'failover', second, ...on, '--force-while-source-up'], '--confirm', second)
    if (isFull) await this.#clamp(second)
    await this.#areRefused(second, third)
  }

  /** Of a runbook whose commands print what they find: the clusters' secrets are taken out, and what it names itself. */
  async #runbook(): Promise<void> {
    const file = join(folder, `${randomId()}.yaml`)
    const steps = [
      `{ id: says, kind: exec, command: 'echo "by $GEOREP_LINK: $${this.#variable}, $WRONG"', secrets: [WRONG] }`,
      `{ id: fails, kind: exec, command: 'echo "failed: $${this.#variable}" >&2; false', onFailure: continue }`,
    ]
    await writeFile(file, `schema: georep.runbook/1\nname: talkative\ndescription: of a test\nlink: ${this.#link}\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`) // prettier-ignore
    await this.#planned(['runbook', 'plan', file])
    await this.#acts(['runbook', 'run', file], '--confirm', this.#link)
  }

  async #drill(): Promise<void> {
    const quick = ['--steady', '300ms', '--hold', '300ms', '--canary-interval', '500ms', '--partitions', '1']
    const { code, out, err } = await this.#room.run(['--config', this.#file, 'drill', '--link', this.#link, ...quick, '-o', 'json'], env) // prettier-ignore
    expect([0, 4], err).toContain(code) // a busy machine may be too slow to tell
    this.#shown.add('drill', `${out}${err}`)
  }

  async #clamp(topic: string): Promise<void> {
    const groupId = `app-${this.#link}`
    await withAdmin(this.#ends.destination, async (admin) => {
      await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '999' }] })
    })
    const clamp = ['offset', 'clamp', '--link', this.#link, '--group', groupId]
    await this.#planned(clamp)
    await this.#here(this.#file, [...clamp, '--apply', '--confirm', this.#link], 'done')
  }

  /** With another secret in the place of the right one. */
  async #areRefused(topic: string, active: string): Promise<void> {
    const { bootstrap, entries } = this.#clusters[this.#way]!
    const file = await configOf({ ...this.#clusters, [this.#way]: { bootstrap, entries: await wrongly(entries) } })
    const on = ['--link', this.#link]
    const refused = [
      ['link', 'create', this.#link],
      ['mirror', 'create', topic, ...on],
      ['mirror', 'promote', topic, ...on, '--fence', 'none', '--confirm', topic],
      ['drill', ...on],
      // Of the source they need nothing.
      ...(this.#isSource ? [] : [['mirror', 'failover', topic, ...on, '--confirm', topic], ['offset', 'clamp', ...on, '--apply', '--confirm', this.#link], ['link', 'run', this.#link]]), // prettier-ignore
    ]
    for (const argv of refused) await this.#here(file, argv, 'refused')
    if (!this.#isSource) return
    const runner = startHere(['--config', file, 'link', 'run', this.#link], context())
    await runner.says('trouble: cluster "').finally(async () => {
      const { out, err } = await runner.stop()
      this.#shown.add('refused: link run', `${out}${err}`)
    })
    // What the destination knows is shown all the same.
    const looks = [['mirror', 'list', ...on], ['link', 'describe', this.#link], ['exposure', ...on], ['lag', ...on], ['offset', 'show', ...on]] // prettier-ignore
    for (const argv of looks) {
      const seen = await this.#here(file, [...argv, '-o', 'json'], 'refused')
      expect([seen.code, seen.out.length > 0], seen.text).toEqual([4, true])
      expect(seen.text).toContain('the source cannot be asked, and what was known last is shown: cluster "')
    }
    const places = await this.#here(file, ['offset', 'translate', ...on], 'refused')
    expect(places.code, places.text).toBe(4)
    expect(places.text).toContain('groups not known: cluster "')
    const gate = await this.#here(file, ['lag', ...on, '--fail-over', '1h'], 'refused')
    expect(gate.code, gate.text).toBe(4)
    const described = await this.#here(file, ['mirror', 'describe', active, ...on], 'refused')
    expect([described.code, described.out.length > 0], described.text).toEqual([4, true])
    expect(described.text).toContain('warning: settings are not known: cluster "')
    // A source that does not let us in may be up; what it has more is not known, and it can be done without.
    const failover = ['mirror', 'failover', active, ...on]
    await this.#here(file, [...failover, '--confirm', active], 'refused')
    await this.#planned([...failover, '--force-while-source-up', '--dry-run'], file)
    await this.#here(file, [...failover, '--force-while-source-up', '--confirm', active], 'done')
    const record = (await stateOf(this.#ends.destination, this.#link)).get(`mirror/${this.#link}/${active}`)
    expect(record).toMatchObject({ state: { state: 'STOPPED', stoppedBy: 'failover' } })
  }

  async #acts(argv: readonly string[], ...confirm: readonly string[]): Promise<void> {
    await this.#planned([...argv, '--dry-run'])
    await this.#here(this.#file, [...argv, ...confirm], 'done')
  }

  async #planned(argv: readonly string[], file = this.#file): Promise<void> {
    for (const form of [[], ['-o', 'json']]) await this.#here(file, [...argv, ...form], 'plan')
  }

  async #here(
    file: string,
    argv: readonly string[],
    what: 'plan' | 'done' | 'refused',
  ): Promise<{ readonly code: number; readonly out: string; readonly text: string }> {
    const { code, out, err } = await run(['--config', file, ...argv], { ...context(), signal: AbortSignal.timeout(60_000) }) // prettier-ignore
    const text = `${argv.join(' ')}, by ${this.#way}:\n${out}${err}`
    if (what === 'refused') expect(code, text).not.toBe(0)
    else expect(code, text).toBe(0)
    this.#shown.add(`${what}: ${argv.join(' ')}`, `${out}${err}`)
    return { code, out, text }
  }
}

/** The same entries with another secret in the place of the right one. */
async function wrongly(entries: string): Promise<string> {
  const file = /^properties: \.\/(.*)$/.exec(entries)?.[1]
  if (file === undefined) return entries.replace(/env:\w+/, 'env:WRONG')
  const text = readFileSync(join(folder, file), 'utf8')
  return await properties(...text.trimEnd().replace(password, wrong).replace(storePassword, wrong).split('\n'))
}

/** Connections of this process to the listener that are open. */
function connectionsTo(listener: Listener): number {
  const port = Number(address(listener).split(':')[1]).toString(16).toUpperCase().padStart(4, '0')
  const lines = readFileSync('/proc/self/net/tcp', 'utf8').split('\n')
  return lines.filter((line) => new RegExp(`^ *\\d+: \\S+ \\w{8}:${port} 01 `).test(line)).length
}

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
    ['mechanism that is not on', 'OAUTH', () => `${tls}, ${sasl('PLAIN', 'plain')}`, 'GR-AUTHENTICATION', /^cluster "east" refused the credentials: 127\.0\.0\.1:\d+: The broker does not support the requested SASL mechanism$/],
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

  it('and what is refused is read again: a runner comes in when the file has the right password', async () => {
    const secret = `${randomId()}.secret`
    await writeFile(join(folder, secret), wrong)
    const entries = `${tls}, ${sasl('SCRAM-SHA-512', 'scram512')}`
    const { link, file, source, destination, topic } = await CarriedLink.made('source', 'SASL', entries)
    await writeFile(file, readFileSync(file, 'utf8').replace('env:PASSWORD', `file:./${secret}`))
    const runner = startHere(['--config', file, 'link', 'run', link], context())
    try {
      await runner.says('refused the credentials')
      await write(source, topic, 5)
      // As a secret that is mounted is changed: for a moment there is none.
      await writeFile(join(folder, secret), '')
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await writeFile(join(folder, secret), password)
      await eventually('it is carried', async () => (await endsOf(destination, topic))[0] === 5)
    } finally {
      await runner.stop()
    }
  })

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

// What these wait for passes at the same time.
describe.concurrent('credentials that run out (KIP-368)', () => {
  // A session lasts no longer than its token, and a fifth of it is kept in hand: more than a busy machine stands still.
  const tokenSeconds = 8
  const renewals = 3

  it('requests go on, and links carry on: every record arrives, once, at its offset', async () => {
    await using short = await tokenServer()
    short.lifeSeconds = tokenSeconds
    const signal = AbortSignal.timeout(120_000)
    const ways = [
      ['SHORT', sasl('SCRAM-SHA-512', 'scram512')],
      ['OAUTH', `${tls}, ${oauth('', short)}`],
    ] as const
    const links = await Promise.all(
      ways.flatMap(([listener, entries]) =>
        (['source', 'destination'] as const).map(async (side) => await CarriedLink.start(side, listener, entries)),
      ),
    )
    const loads = await Promise.all(
      links.map(async ({ source, topic }) => await Load.start(source, [topic], { everyMs: 5, perBatch: 2 })),
    )
    const [given, since] = [short.given().length, Date.now()]
    const held = connectionsTo('SHORT')
    const isOver = (): boolean => Date.now() - since > renewals * 5_001 && short.given().length - given >= renewals * 3
    await Promise.all([
      ...ways.map(async ([listener, entries]) => {
        await using cluster = await openAt(listener, entries)
        const { controllerId } = await cluster.metadata([], { signal })
        while (!isOver()) {
          expect((await cluster.metadata([], { signal })).controllerId).toBe(controllerId)
          await systemTime.wait(50, signal)
        }
      }),
      eventually('every session was renewed several times', () => Promise.resolve(isOver())),
    ])
    // What has run out is let go; old and new ones overlap.
    expect(connectionsTo('SHORT')).toBeLessThanOrEqual(2 * held)
    for (const load of loads) await load.stop()
    for (const { source, destination, topic, runner } of links) {
      await expectSameRecords(source, destination, topic)
      const { code, err } = await runner.stop()
      expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('FAILED') as string })
    }
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

/** Ways in, as entries of georep.yaml, each with a secret of its own kind. */
async function ways() {
  const key = createPrivateKey(readFileSync(files.clientPem, 'utf8'))
  await writeFile(join(folder, 'locked.pem'), key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: keyPassword })) // prettier-ignore
  const store = await properties('security.protocol=SSL', 'ssl.truststore.location=ca.pem', 'ssl.keystore.type=PKCS12', `ssl.keystore.location=${files.client}`, `ssl.keystore.password=${storePassword}`) // prettier-ignore
  return {
    plain: { variable: 'PASSWORD', listener: 'SASL', entries: await properties('security.protocol=SASL_SSL', 'ssl.truststore.location=ca.pem', 'sasl.mechanism=PLAIN', `sasl.jaas.config=${login('plain.Plain')} username=plain password="${password}";`) }, // prettier-ignore
    scram: { variable: 'PASSWORD', listener: 'SASL', entries: `${tls}, ${sasl('SCRAM-SHA-512', 'scram512')}` },
    oauth: { variable: 'SECRET', listener: 'OAUTH', entries: `${tls}, ${oauth()}` },
    store: { variable: 'STORE_PASSWORD', listener: 'MTLS', entries: store },
    key: { variable: 'KEY_PASSWORD', listener: 'MTLS', entries: 'tls: { ca: ./ca.pem, cert: ./client.pem, key: ./locked.pem, keyPassword: "${env:KEY_PASSWORD}" }' }, // prettier-ignore
  } as const
}

/** What must not be seen anywhere. The marker is in every secret that was made for the test. */
function secrets(): readonly string[] {
  const key = readFileSync(files.clientPem, 'utf8').split('\n')[1]!
  return ['recognisable', password, wrong, clientSecret, storePassword, keyPassword, key, ...tokens.given()]
}

describe.concurrent('no secret is shown', () => {
  it('by a verb that reads, be it text or JSON, be it a success or a failure', async () => {
    const { plain, scram, oauth: byToken } = await ways()
    const verbs = [['config', 'show'], ['config', 'validate'], ['link', 'list'], ['mirror', 'list'], ['lag']]
    const shown = new Shown()
    const bad = { listener: 'SASL', entries: `${tls}, ${sasl('PLAIN', 'plain', 'WRONG')}` } as const
    await Promise.all(
      [plain, scram, byToken, bad].map(async ({ listener, entries }) => {
        const file = await configAt(listener, entries)
        for (const argv of verbs.flatMap((verb) => [verb, [...verb, '-o', 'json']])) {
          const { code, out, err } = await run(['--config', file, ...argv], { ...context(), signal: AbortSignal.timeout(20_000) }) // prettier-ignore
          shown.add(`${argv.join(' ')} at ${listener}`, `${out}${err}`)
          if (argv[0] === 'config') expect(code, err).toBe(0)
        }
      }),
    )
    shown.expectSeen(/^config show/, 'bootstrap')
    shown.expectNone(secrets())
  })

  it('by what acts and what runs: not in output, plans, refusals, logs, metrics, the state topic, run records, journals or command lines', async () => {
    const shown = new Shown()
    const room = new MachineRoom()
    const watch = setInterval(() => { shown.add('command lines', commandLines()) }, 500) // prettier-ignore
    try {
      const all = Object.entries(await ways()) as [string, Secured][]
      await Promise.all(
        all.map(async ([way, secured], index) => {
          const isSource = index < 2
          const link = new ActingLink(way, secured, { isSource, room, shown })
          await link.act({ hasDrill: way === 'oauth', isFull: way === 'oauth' || way === 'plain' })
        }),
      )
      for (const file of room.records()) shown.add('run record', readFileSync(file, 'utf8'))
      const kept = join(folder, '.local', 'state', 'georep')
      for (const file of readdirSync(kept, { recursive: true, encoding: 'utf8' })) {
        if (/\.\w+$/.test(file)) shown.add(`kept ${file}`, readFileSync(join(kept, file), 'utf8'))
      }
    } finally {
      clearInterval(watch)
      await room.remove()
    }
    const { west } = sharedClusters()
    for (const bootstrap of [west.bootstrap, [address('PLAINTEXT')]]) shown.add('state topic', await rawRecords(bootstrap, '__georep')) // prettier-ignore

    shown.expectSeen(/command lines/, 'link run')
    shown.expectSeen(/command lines/, ' drill ')
    shown.expectSeen(/run record/, '"verdict"')
    for (const place of [/^done: runbook run/, /^kept .*journal\.jsonl$/, /^kept history/]) {
      shown.expectSeen(place, /by \S*oauth\S*: \(secret\), \(secret\)/)
      shown.expectSeen(place, /failed: \(secret\)/)
    }
    shown.expectSeen(/^kept .*runbook-/, 'name: talkative')
    shown.expectSeen(/^plan: runbook/, '"georep.runbook-plan/1"')
    shown.expectSeen(/state topic/, /link\/.*-oauth/)
    shown.expectSeen(/state topic/, /lock\/plain/)
    shown.expectSeen(/\/metrics/, 'georep_mirror_records_total')
    shown.expectSeen(/\/healthz/, '"role"')
    shown.expectSeen(/json log/, '"event":"running"')
    shown.expectSeen(/text log/, 'is running')
    shown.expectSeen(/refused/, 'GR-AUTHENTICATION')
    shown.expectSeen(/refused/, 'GR-TOKEN-REFUSED')
    shown.expectSeen(/refused/, 'GR-CONFIG-INVALID')
    shown.expectNone(secrets())
  })
})
