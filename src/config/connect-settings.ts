import { basename, dirname, resolve } from 'node:path'
import type { ConnectSettings } from '../connect/settings.ts'
import { GeorepError } from '../core/errors.ts'
import type { SettingsDeps } from './cluster-settings.ts'
import { isPlainHttpUrl } from './http-url.ts'
import type { Config } from './load.ts'
import { readPem } from './pem.ts'
import { resolved } from './references.ts'

/**
 * How the Connect cluster that the entry of a cluster names is reached, with its secrets read.
 *
 * @param url the one that is to be reached, where that is known: what the entry says of another one is not for it
 * @returns by the URL alone where the entry does not name it; undefined without either
 * @throws GeorepError "config" for a secret or a certificate that cannot be read
 */
export async function connectSettings(
  config: Config,
  name: string,
  url: string | undefined,
  { env }: Pick<SettingsDeps, 'env'>,
): Promise<ConnectSettings | undefined> {
  const bare = url === undefined ? undefined : { url, credentials: undefined, ca: undefined }
  const entry = config.clusters.get(name)?.connect
  if (entry === undefined) return bare
  const folder = dirname(config.file)
  const at = (key: string): string => config.whereIs(['clusters', name, 'connect', key]) ?? basename(config.file)
  const textAt = async (value: string, key: string): Promise<string> => await resolved(value, { env, folder, at: at(key) }) // prettier-ignore
  const own = await textAt(entry.url, 'url')
  if (!isPlainHttpUrl(own)) {
    // Without quoting it: it may hold a password.
    throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at('url')}: the URL does not stand for http://host:port or https://host:port`, { next: 'correct what it refers to and run the same command again' }) // prettier-ignore
  }
  if (url !== undefined && !isSameUrl(url, own)) return bare
  const { username, password, tls } = entry
  return {
    url: url ?? own,
    credentials:
      username === undefined || password === undefined
        ? undefined
        : { username: await textAt(username, 'username'), password: await textAt(password, 'password') },
    ca: tls?.ca === undefined ? undefined : await readPem(resolve(folder, await textAt(tls.ca, 'tls')), at('tls')),
  }
}

/** Whether two texts stand for one place: `HTTP://West:80` and `http://west/` do. */
function isSameUrl(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => (URL.canParse(text) ? new URL(text).href.replace(/\/+$/, '') : undefined))
  return a !== undefined && a === b
}
