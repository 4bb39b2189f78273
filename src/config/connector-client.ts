import { basename, dirname, resolve } from 'node:path'
import { hasLiteralSecret } from '../connect/config-secrets.ts'
import { GeorepError } from '../core/errors.ts'
import { type SettingsDeps, clusterSettings } from './cluster-settings.ts'
import type { Config } from './load.ts'
import { lookedUp } from './properties/config-providers.ts'
import { parseJavaProperties } from './properties/java-properties.ts'
import { isAboutSecurity } from './properties/keys.ts'
import { readBytes } from './read-file.ts'
import { readPem } from './pem.ts'
import { resolved } from './references.ts'
import type { ClusterEntry } from './schema.ts'
import type { Path } from '../yaml/yaml-source.ts'

/** A Java client's properties. */
type Properties = Readonly<Record<string, string>>

interface Options {
  /** Secrets stand in them as they are, and not as references that the worker looks up. */
  readonly isInline: boolean
  /**
   * They go over the settings of a worker that speaks TLS, too. A Kafka client takes a file of certificates or their text and refuses both, and what the worker
   * has cannot be taken away: it is the file, which has to be where the worker runs.
   */
  readonly isOverTls?: boolean
}

/** Where a value of one entry is from, and what it becomes. */
interface Entry {
  readonly config: Config
  readonly cluster: string
  readonly deps: SettingsDeps
  readonly isInline: boolean
  readonly isOverTls: boolean
}

/**
 * What the clients of a connector are told so that they reach a cluster as georep does. Of secrets they get references that a config provider of the worker
 * looks up (KIP-297): `${env:NAME}` stays what it is, `${file:/folder/name}` becomes `${directory:/folder:name}`. Certificates are no secrets: their texts are
 * sent, since the worker has not our files.
 *
 * @throws GeorepError "config" GR-SECRET-LITERAL for a secret that stands in the file itself, and as `clusterSettings`
 */
export async function connectorClient(
  config: Config,
  cluster: string,
  { isInline, isOverTls = false }: Options,
  deps: SettingsDeps,
): Promise<Properties> {
  // Reads everything that georep itself needs, and says what is wrong with it.
  const settings = await clusterSettings(config, cluster, deps)
  const entry = { config, cluster, deps, isInline, isOverTls }
  const written = config.clusters.get(cluster) ?? {}
  const security = written.properties === undefined ? await ofEntry(written, entry) : await ofFile(written.properties, entry) // prettier-ignore
  return { 'bootstrap.servers': settings.bootstrap.join(','), ...security }
}

async function ofEntry({ tls, sasl }: ClusterEntry, entry: Entry): Promise<Properties> {
  const protocol = `${sasl === undefined ? '' : 'SASL_'}${tls === undefined ? 'PLAINTEXT' : 'SSL'}` // prettier-ignore
  return {
    'security.protocol': protocol,
    ...(tls === undefined ? {} : await ofTls(tls, entry)),
    ...(sasl === undefined ? {} : await ofSasl(sasl, entry)),
  }
}

async function ofTls(tls: NonNullable<ClusterEntry['tls']>, entry: Entry): Promise<Properties> {
  const pem = async (value: string, key: string): Promise<string> => await readPem(resolve(folderOf(entry), await textOf(value, ['tls', key], entry)), at(['tls', key], entry)) // prettier-ignore
  const { ca, cert, key, keyPassword, skipHostnameCheck } = tls
  const trusted = async (file: string): Promise<Properties> =>
    entry.isOverTls
      ? { 'ssl.truststore.location': resolve(folderOf(entry), await textOf(file, ['tls', 'ca'], entry)) }
      : { 'ssl.truststore.certificates': await pem(file, 'ca') }
  return {
    ...(ca === undefined ? {} : { 'ssl.truststore.type': 'PEM', ...(await trusted(ca)) }),
    ...(cert === undefined || key === undefined
      ? {}
      : {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.certificate.chain': await pem(cert, 'cert'),
          // The file with the key has to be where the worker runs, too.
          'ssl.keystore.key': entry.isInline ? await pem(key, 'key') : directoryReference(resolve(folderOf(entry), await textOf(key, ['tls', 'key'], entry))), // prettier-ignore
        }),
    ...(keyPassword === undefined
      ? {}
      : { 'ssl.key.password': await secretOf(keyPassword, ['tls', 'keyPassword'], entry) }),
    ...(skipHostnameCheck === true ? { 'ssl.endpoint.identification.algorithm': '' } : {}),
  }
}

const modules = 'org.apache.kafka.common.security'
const moduleOf = {
  PLAIN: `${modules}.plain.PlainLoginModule`,
  'SCRAM-SHA-256': `${modules}.scram.ScramLoginModule`,
  'SCRAM-SHA-512': `${modules}.scram.ScramLoginModule`,
  OAUTHBEARER: `${modules}.oauthbearer.OAuthBearerLoginModule`,
} as const

async function ofSasl(sasl: NonNullable<ClusterEntry['sasl']>, entry: Entry): Promise<Properties> {
  const text = async (value: string, ...path: Path): Promise<string> => await textOf(value, ['sasl', ...path], entry)
  const secret = async (value: string, key: string): Promise<string> => await secretOf(value, ['sasl', key], entry)
  const login = (options: readonly (readonly [string, string])[]): Properties => ({
    'sasl.mechanism': sasl.mechanism,
    'sasl.jaas.config': `${moduleOf[sasl.mechanism]} required ${options.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')};`,
  })
  if (sasl.mechanism !== 'OAUTHBEARER') {
    return login([
      ['username', await text(sasl.username, 'username')],
      ['password', await secret(sasl.password, 'password')],
    ])
  }
  const extensions: (readonly [string, string])[] = []
  for (const [name, value] of Object.entries(sasl.extensions ?? {})) {
    extensions.push([`extension_${name}`, await text(value, 'extensions', name)])
  }
  return {
    ...login([
      ['clientId', await text(sasl.clientId, 'clientId')],
      ['clientSecret', await secret(sasl.clientSecret, 'clientSecret')],
      ...(sasl.scope === undefined ? [] : [['scope', await text(sasl.scope, 'scope')] as const]),
      ...extensions,
      ...(sasl.ca === undefined
        ? []
        : [['ssl.truststore.type', 'PEM'] as const, ['ssl.truststore.location', resolve(folderOf(entry), await text(sasl.ca, 'ca'))] as const]), // prettier-ignore
    ]),
    'sasl.login.callback.handler.class': `${modules}.oauthbearer.OAuthBearerLoginCallbackHandler`,
    'sasl.oauthbearer.token.endpoint.url': await text(sasl.tokenEndpoint, 'tokenEndpoint'),
  }
}

/** What is in the file goes on as it is: the references in it are those of Kafka's own providers already. */
async function ofFile(name: string, entry: Entry): Promise<Properties> {
  const file = resolve(folderOf(entry), await textOf(name, ['properties'], entry))
  const all = parseJavaProperties((await readBytes(file, at(['properties'], entry))).toString('latin1'))
  const found: [string, string][] = []
  for (const [key, property] of all) {
    if (!isAboutSecurity(key) || key === 'bootstrap.servers' || key.startsWith('config.providers')) continue
    const where = `${basename(file)}:${property.line}`
    const value = entry.isInline ? await lookedUp(property, where, all, { env: entry.deps.env, file }) : property.value
    if (!entry.isInline && hasLiteralSecret(key, value)) throw literal(where, key, entry.cluster)
    const isPath = key.endsWith('store.location') && !value.includes('${')
    found.push([key, isPath ? resolve(dirname(file), value) : value])
  }
  return Object.fromEntries(found)
}

async function secretOf(value: string, path: Path, entry: Entry): Promise<string> {
  if (entry.isInline) return await textOf(value, path, entry)
  const [, kind, name = ''] = /^\$\{(env|file):([^}]+)\}$/.exec(value) ?? []
  if (kind === 'env') return value
  if (kind === 'file') return directoryReference(resolve(folderOf(entry), name))
  throw literal(at(path, entry), String(path.at(-1)), entry.cluster)
}

function directoryReference(file: string): string {
  return `\${directory:${dirname(file)}:${basename(file)}}`
}

function literal(where: string, what: string, cluster: string): GeorepError {
  return new GeorepError('config', 'GR-SECRET-LITERAL', `${where}: "${what}" of cluster "${cluster}" is a secret that stands in the file itself, and Kafka Connect would show it to all who ask`, {
    stateNow: 'nothing was changed',
    next: [
      'make it a reference that the workers can look up, too: "${env:NAME}", or "${file:/folder/name}" with the same file on each of them',
      'or have it stored in Kafka Connect as it is: --inline-secrets',
    ].join('\n'),
  }) // prettier-ignore
}

async function textOf(value: string, path: Path, entry: Entry): Promise<string> {
  return await resolved(value, { env: entry.deps.env, folder: folderOf(entry), at: at(path, entry) })
}

function at(path: Path, { config, cluster }: Entry): string {
  return config.whereIs(['clusters', cluster, ...path]) ?? basename(config.file)
}

function folderOf({ config }: Entry): string {
  return dirname(config.file)
}

/** For a login module's option. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
