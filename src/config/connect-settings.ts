import type { ConnectSettings } from '../connect/settings.ts'
import { GeorepError } from '../core/errors.ts'
import { entryReader } from './entry-reader.ts'
import { isPlainHttpUrl, isSamePlace } from '../core/http-url.ts'
import type { Config } from './load.ts'

/**
 * How the Kafka Connect of a cluster is reached, with its secrets and certificates read; `undefined` when neither the file nor `url` names one.
 *
 * @param url wins over the file's. What the file has beside its own address, credentials and an authority, goes to that address and to no other.
 * @throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID
 */
export async function connectSettings(
  config: Config,
  name: string,
  url: string | undefined,
  { env }: { readonly env: Readonly<Record<string, string | undefined>> },
): Promise<ConnectSettings | undefined> {
  const entry = config.clusters.get(name)?.connect
  const { at, textAt, pemAt } = entryReader(config, name, env)
  const own = entry === undefined ? undefined : await textAt(entry.url, 'connect', 'url')
  if (own !== undefined && !isPlainHttpUrl(own)) {
    throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at(['connect', 'url'])}: what it refers to is no http(s) URL without user, query and fragment`, { next: 'correct what it refers to and run the same command again' }) // prettier-ignore
  }
  if (entry === undefined || own === undefined || (url !== undefined && !isSamePlace(url, own))) {
    return url === undefined ? undefined : { url, credentials: undefined, ca: undefined }
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
    ca: await pemAt(tls?.ca, 'connect', 'tls', 'ca'),
  }
}
