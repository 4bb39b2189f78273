import { resolve } from 'node:path'
import { GeorepError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { Monotonic } from '../core/time.ts'
import type { ClusterSettings, SaslSettings } from '../kafka/settings.ts'
import { entryReader, type PemAt, type TextAt } from './entry-reader.ts'
import { isHostPort } from './host-port.ts'
import type { Config } from './load.ts'
import { readClientProperties } from './properties/client-properties.ts'
import { lookedUp } from './properties/config-providers.ts'
import { readStores, readTrust } from './properties/stores.ts'
import type { ClusterEntry } from './schema.ts'
import { tlsOf } from './tls-entry.ts'
import { tokenSettings } from './token-settings.ts'
import type { Path } from '../yaml/yaml-source.ts'

export interface SettingsDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly time: { readonly monotonic: Monotonic }
}

/**
 * How to reach one cluster, with its secrets and certificates read. Only this cluster's: a missing password of another
 * one is no reason to fail. Throws GR-CLUSTER-UNKNOWN, GR-CONFIG-REFERENCE or GR-CONFIG-INVALID, all of exit 2.
 */
export async function clusterSettings(config: Config, name: string, deps: SettingsDeps): Promise<ClusterSettings> {
  const { env } = deps
  const entry = config.clusters.get(name)
  if (entry === undefined) throw unknownCluster(config, name)
  const reader = entryReader(config, name, env)
  const { folder, at, textAt, pemAt } = reader
  const bootstrap = await bootstrapOf(entry, textAt, at)
  if (entry.properties !== undefined) {
    const file = await textAt(entry.properties, 'properties')
    return { name, region: entry.region, ...(await fromProperties(file, name, bootstrap, folder, at, deps)) }
  }
  return {
    name,
    bootstrap,
    region: entry.region,
    tls: entry.tls === undefined ? undefined : await tlsOf(entry.tls, reader),
    sasl: await saslOf(entry, name, { textAt, pemAt, at }, deps),
  }
}

/** `bootstrap` of georep.yaml goes before that of the file: it may be another listener's. */
async function fromProperties(
  name: string,
  cluster: string,
  bootstrap: readonly string[],
  folder: string,
  at: (path: Path) => string,
  { env, time }: SettingsDeps,
): Promise<Pick<ClusterSettings, 'bootstrap' | 'tls' | 'sasl'>> {
  const file = resolve(folder, name)
  const where = at(['properties'])
  const found = await readClientProperties(name, {
    folder,
    at: where,
    lookUp: async (property, line, all) => await lookedUp(property, line, all, { env, file }),
  })
  const addresses = bootstrap.length > 0 ? bootstrap : found.bootstrap
  if (addresses.length === 0) {
    throw new GeorepError('config', 'GR-CONFIG-INVALID', `${where}: "${file}" has no bootstrap.servers, and the cluster has no bootstrap`, { next: 'set one of them' }) // prettier-ignore
  }
  const { tls, sasl } = found
  return {
    bootstrap: addresses,
    tls: tls === undefined ? undefined : await readStores(tls, file),
    sasl:
      sasl?.mechanism === 'OAUTHBEARER'
        ? tokenSettings({ ...sasl, cluster, ca: await readTrust(sasl.trust, file) }, time)
        : sasl,
  }
}

/** An entry that came from a reference may be a list of its own, with commas, as Kafka writes it. */
async function bootstrapOf(
  entry: ClusterEntry,
  textAt: TextAt,
  at: (path: Path) => string,
): Promise<readonly string[]> {
  const all: string[] = []
  for (const [index, value] of (entry.bootstrap ?? []).entries()) {
    const addresses = (await textAt(value, 'bootstrap', index)).split(',').map((each) => each.trim())
    if (!addresses.every(isHostPort)) {
      throw new GeorepError(
        'config',
        'GR-CONFIG-INVALID',
        `${at(['bootstrap', index])}: "${value}" does not stand for host:port`,
        {
          next: 'correct what it refers to and run the same command again',
        },
      )
    }
    all.push(...addresses)
  }
  return all
}

async function saslOf(
  { sasl }: ClusterEntry,
  cluster: string,
  { textAt, pemAt, at }: { readonly textAt: TextAt; readonly pemAt: PemAt; readonly at: (path: Path) => string },
  { time }: SettingsDeps,
): Promise<SaslSettings | undefined> {
  if (sasl === undefined) return undefined
  if (sasl.mechanism !== 'OAUTHBEARER') {
    return {
      mechanism: sasl.mechanism,
      username: await textAt(sasl.username, 'sasl', 'username'),
      password: await textAt(sasl.password, 'sasl', 'password'),
    }
  }
  const extensions: [string, string][] = []
  for (const [key, value] of Object.entries(sasl.extensions ?? {})) {
    extensions.push([key, await textAt(value, 'sasl', 'extensions', key)])
  }
  return tokenSettings(
    {
      cluster,
      tokenEndpoint: await textAt(sasl.tokenEndpoint, 'sasl', 'tokenEndpoint'),
      clientId: await textAt(sasl.clientId, 'sasl', 'clientId'),
      clientSecret: await textAt(sasl.clientSecret, 'sasl', 'clientSecret'),
      scope: sasl.scope === undefined ? undefined : await textAt(sasl.scope, 'sasl', 'scope'),
      extensions: Object.fromEntries(extensions),
      ca: await pemAt(sasl.ca, 'sasl', 'ca'),
      isHeaderEncoded: true,
      at: at(['sasl', 'tokenEndpoint']),
    },
    time,
  )
}

function unknownCluster(config: Config, name: string): GeorepError {
  const names = [...config.clusters.keys()]
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`
  return new GeorepError('usage', 'GR-CLUSTER-UNKNOWN', `no cluster "${name}" in "${config.file}"${hint}`, {
    stateNow: `the file names ${names.join(', ')}`,
    next: 'georep config show',
  })
}
