import type { ConnectSettings } from '../connect/settings.ts'
import { GeorepError } from '../core/errors.ts'
import { entryReader } from './entry-reader.ts'
import { isPlainHttpUrl, isSamePlace } from '../core/http-url.ts'
import { tlsOptions } from '../kafka/tls-options.ts'
import type { Config } from './load.ts'
import { tlsOf } from './tls-entry.ts'

/**
 * How the Kafka Connect of a cluster is reached, with its secrets and certificates read; `undefined` when neither the file nor `url` names one.
 *
 * @param url wins over the file's. What the file has beside its own address, credentials and certificates, goes to that address and to no other.
 * @throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID
 */
export async function connectSettings(
  config: Config,
  name: string,
  url: string,
  { env }: { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<ConnectSettings>
export async function connectSettings(
  config: Config,
  name: string,
  url: string | undefined,
  { env }: { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<ConnectSettings | undefined>
export async function connectSettings(
  config: Config,
  name: string,
  url: string | undefined,
  { env }: { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<ConnectSettings | undefined> {
  const entry = config.clusters.get(name)?.connect
  const reader = entryReader(config, name, env)
  const { at, textAt } = reader
  const own = entry === undefined ? undefined : await textAt(entry.url, 'connect', 'url')
  if (own !== undefined && !isPlainHttpUrl(own)) {
    throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at(['connect', 'url'])}: what it refers to is no http(s) URL without user, query and fragment`, { next: 'correct what it refers to and run the same command again' }) // prettier-ignore
  }
  if (entry === undefined || own === undefined || (url !== undefined && !isSamePlace(url, own))) {
    return url === undefined ? undefined : { url, credentials: undefined, tls: undefined }
  }
  const { username, password, tls } = entry
  const isWithUser = username !== undefined && password !== undefined
  return {
    url: own,
    credentials: isWithUser
      ? {
          username: await textAt(username, 'connect', 'username'),
          password: await textAt(password, 'connect', 'password'),
        }
      : undefined,
    tls: tls === undefined ? undefined : tlsOptions(await tlsOf(tls, reader, ['connect', 'tls'])),
  }
}
