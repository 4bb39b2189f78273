import { basename, dirname, resolve } from 'node:path'
import { GeorepError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { ClusterSettings, SaslSettings, TlsSettings } from '../kafka/settings.ts'
import { isHostPort } from './host-port.ts'
import type { Config } from './load.ts'
import { readSmall, resolved } from './references.ts'
import type { ClusterEntry } from './schema.ts'
import type { Path } from './yaml-source.ts'

export interface SettingsDeps {
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * How to reach one cluster, with its secrets and certificates read. Only this cluster's: a missing password of another
 * one is no reason to fail. Throws GR-CLUSTER-UNKNOWN, GR-CONFIG-REFERENCE or GR-CONFIG-INVALID, all of exit 2.
 */
export async function clusterSettings(config: Config, name: string, { env }: SettingsDeps): Promise<ClusterSettings> {
  const entry = config.clusters.get(name)
  if (entry === undefined) throw unknownCluster(config, name)
  const folder = dirname(config.file)
  const at = (path: Path): string => config.whereIs(['clusters', name, ...path]) ?? basename(config.file)
  const textAt = async (value: string, ...path: Path): Promise<string> =>
    await resolved(value, { env, folder, at: at(path) })
  const pemAt = async (value: string | undefined, ...path: Path): Promise<string | undefined> => {
    if (value === undefined) return undefined
    const file = resolve(folder, await textAt(value, ...path))
    const pem = await readSmall(file, at(path))
    if (pem.includes('-----BEGIN ')) return pem
    throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at(path)}: "${file}" is not a PEM file`, {
      next: 'convert it (openssl x509 -in <file> -inform DER -out <file>.pem), then name the PEM file',
    })
  }
  return {
    name,
    bootstrap: await bootstrapOf(entry, textAt, at),
    region: entry.region,
    tls: await tlsOf(entry, pemAt),
    sasl: await saslOf(entry, textAt),
  }
}

type TextAt = (value: string, ...path: Path) => Promise<string>
type PemAt = (value: string | undefined, ...path: Path) => Promise<string | undefined>

/** An entry that came from a reference may be a list of its own, with commas, as Kafka writes it. */
async function bootstrapOf(
  entry: ClusterEntry,
  textAt: TextAt,
  at: (path: Path) => string,
): Promise<readonly string[]> {
  const all: string[] = []
  for (const [index, value] of entry.bootstrap.entries()) {
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

async function tlsOf({ tls }: ClusterEntry, pemAt: PemAt): Promise<TlsSettings | undefined> {
  if (tls === undefined) return undefined
  return {
    ca: await pemAt(tls.ca, 'tls', 'ca'),
    cert: await pemAt(tls.cert, 'tls', 'cert'),
    key: await pemAt(tls.key, 'tls', 'key'),
    isHostnameChecked: tls.skipHostnameCheck !== true,
  }
}

async function saslOf({ sasl }: ClusterEntry, textAt: TextAt): Promise<SaslSettings | undefined> {
  if (sasl === undefined) return undefined
  return {
    mechanism: sasl.mechanism,
    username: await textAt(sasl.username, 'sasl', 'username'),
    password: await textAt(sasl.password, 'sasl', 'password'),
  }
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
