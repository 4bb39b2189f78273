import { dirname } from 'node:path'
import type { Config } from './load.ts'
import { readClientProperties, type ClientProperties } from './properties/client-properties.ts'
import type { PropertiesSasl } from './properties/sasl.ts'
import type { Material, PropertiesTls } from './properties/tls.ts'
import type { ClusterEntry } from './schema.ts'

/** A cluster as it may be printed: everything that is written, but of a secret only where it comes from. */
export interface RedactedCluster {
  readonly bootstrap: readonly string[]
  readonly region: string | null
  /** The Java client's properties that `tls`, `sasl` and perhaps `bootstrap` are from. */
  readonly properties: { readonly file: string; readonly ignored: readonly string[] } | null
  readonly tls: {
    readonly ca: string | null
    readonly cert: string | null
    readonly key: string | null
    readonly skipHostnameCheck: boolean
  } | null
  readonly sasl: RedactedSasl | null
  /** Kafka Connect, where there is one. */
  readonly connect: {
    readonly url: string
    readonly username: string | null
    readonly password: string | null
    readonly ca: string | null
    readonly cert: string | null
    readonly key: string | null
  } | null
}

export type RedactedSasl =
  | { readonly mechanism: string; readonly username: string; readonly password: string }
  | {
      readonly mechanism: 'OAUTHBEARER'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope: string | null
      /** Their names. */
      readonly extensions: readonly string[]
      readonly ca: string | null
    }

/** Reads the properties file where there is one, but nothing that it refers to. Throws as `readClientProperties` does. */
export async function redactedCluster(
  { file, whereIs }: Config,
  name: string,
  { bootstrap, region, properties, tls, sasl, connect }: ClusterEntry,
): Promise<RedactedCluster> {
  const base = { bootstrap: bootstrap ?? [], region: region ?? null, connect: redactedConnect(connect) }
  if (properties !== undefined) {
    const at = whereIs(['clusters', name, 'properties']) ?? file
    const lookUp = async ({ value }: { readonly value: string }): Promise<string> => await Promise.resolve(value)
    const found = await readClientProperties(properties, { folder: dirname(file), at, lookUp })
    return { ...base, ...fromProperties(found, base.bootstrap) }
  }
  return {
    ...base,
    properties: null,
    tls:
      tls === undefined
        ? null
        : {
            ca: tls.ca ?? null,
            cert: tls.cert ?? null,
            key: tls.key ?? null,
            skipHostnameCheck: tls.skipHostnameCheck ?? false,
          },
    sasl: sasl === undefined ? null : redactedSasl(sasl, Object.keys(('extensions' in sasl && sasl.extensions) || {}), ('ca' in sasl ? sasl.ca : undefined) ?? null), // prettier-ignore
  }
}

function redactedConnect(connect: ClusterEntry['connect']): RedactedCluster['connect'] {
  if (connect === undefined) return null
  const { url, username = null, password, tls } = connect
  return {
    url: withoutUser(url),
    username,
    password: password === undefined ? null : redactedSecret(password),
    ca: tls?.ca ?? null,
    cert: tls?.cert ?? null,
    key: tls?.key ?? null,
  }
}

function fromProperties(
  { file, bootstrap, tls, sasl, ignored }: ClientProperties,
  own: readonly string[],
): Pick<RedactedCluster, 'bootstrap' | 'properties' | 'tls' | 'sasl'> {
  return {
    bootstrap: own.length > 0 ? own : bootstrap,
    properties: { file, ignored },
    tls: tls === undefined ? null : redactedTls(tls),
    sasl:
      sasl === undefined
        ? null
        : sasl.mechanism === 'OAUTHBEARER'
          ? redactedSasl(sasl, Object.keys(sasl.extensions), placeOf(sasl.trust))
          : redactedSasl(sasl, [], null),
  }
}

function redactedTls({ trust, keys, isHostnameChecked }: PropertiesTls): NonNullable<RedactedCluster['tls']> {
  const own = keys !== undefined && 'certificate' in keys ? '(in the file)' : placeOf(keys)
  return { ca: placeOf(trust), cert: own, key: own, skipHostnameCheck: !isHostnameChecked }
}

function placeOf(material: Material | undefined): string | null {
  if (material === undefined) return null
  return 'file' in material ? material.file : '(in the file)'
}

type Written = NonNullable<ClusterEntry['sasl']> | PropertiesSasl

function redactedSasl(sasl: Written, extensions: readonly string[], ca: string | null): RedactedSasl {
  if (sasl.mechanism !== 'OAUTHBEARER') {
    return { mechanism: sasl.mechanism, username: sasl.username, password: redactedSecret(sasl.password) }
  }
  return {
    mechanism: sasl.mechanism,
    tokenEndpoint: withoutUser(sasl.tokenEndpoint),
    clientId: sasl.clientId,
    clientSecret: redactedSecret(sasl.clientSecret),
    scope: sasl.scope ?? null,
    extensions,
    ca,
  }
}

/** Only a reference that is the whole value is shown: what stands beside one is part of the secret. */
function redactedSecret(text: string): string {
  return /^\$\{[^}$]*\}$/.test(text) ? `(from ${text})` : '(set)'
}

/** A URL with a password in it is refused when it is used; until then it must not be shown. */
function withoutUser(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//(set)@').replace(/\?.*$/, '?(set)')
}
