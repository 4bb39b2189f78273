import type { Values } from './values.ts'
import { propertiesProblem } from './problem.ts'

/** Certificates or keys: in a file (as the properties name it), or in the properties themselves. */
export type Material = { readonly file: string; readonly at: string } | { readonly pem: string; readonly at: string }

export interface PropertiesTls {
  readonly trust: Material | undefined
  /** Certificate and key: of one file, or one text each. */
  readonly keys: Material | { readonly certificate: string; readonly key: string; readonly at: string } | undefined
  readonly storePassword: string | undefined
  readonly keyPassword: string | undefined
  readonly isHostnameChecked: boolean
}

export function tlsFrom(values: Values): PropertiesTls {
  const { get, secret, has, at } = values
  for (const kind of ['ssl.truststore.type', 'ssl.keystore.type'] as const) {
    const type = get(kind)?.toUpperCase() ?? 'JKS'
    if (!['JKS', 'PKCS12', 'PEM'].includes(type)) throw propertiesProblem(at(kind), `${kind}: expected PEM, PKCS12 or JKS`) // prettier-ignore
  }
  const identification = has('ssl.endpoint.identification.algorithm')
    ? (get('ssl.endpoint.identification.algorithm') ?? '').toLowerCase()
    : 'https'
  if (identification !== 'https' && identification !== '') {
    throw propertiesProblem(at('ssl.endpoint.identification.algorithm'), 'ssl.endpoint.identification.algorithm: expected https, or nothing for no check of host names') // prettier-ignore
  }
  assertVersions(values)
  return {
    trust: materialOf(values, 'ssl.truststore.certificates', 'ssl.truststore.location'),
    keys: keysOf(values),
    storePassword: secret('ssl.keystore.password'),
    keyPassword: secret('ssl.key.password'),
    isHostnameChecked: identification === 'https',
  }
}

function materialOf({ get, at }: Values, inline: string, location: string): Material | undefined {
  const pem = get(inline)
  if (pem !== undefined) return { pem, at: at(inline) }
  const file = get(location)
  return file === undefined ? undefined : { file, at: at(location) }
}

function keysOf(values: Values): PropertiesTls['keys'] {
  const [certificate, key] = [values.get('ssl.keystore.certificate.chain'), values.get('ssl.keystore.key')]
  if (certificate === undefined && key === undefined)
    return materialOf(values, 'ssl.keystore.key', 'ssl.keystore.location')
  const at = values.at(key === undefined ? 'ssl.keystore.certificate.chain' : 'ssl.keystore.key')
  if (certificate !== undefined && key !== undefined) return { certificate, key, at }
  throw propertiesProblem(at, 'ssl.keystore.key and ssl.keystore.certificate.chain belong together: one of them is missing') // prettier-ignore
}

/** Node speaks TLS 1.2 and 1.3. A file that forbids one of them would silently be widened. */
function assertVersions({ get, at }: Values): void {
  const named = get('ssl.enabled.protocols')
    ?.split(',')
    .map((each) => each.trim())
  if (named === undefined || ['TLSv1.2', 'TLSv1.3'].every((each) => named.includes(each))) return
  throw propertiesProblem(at('ssl.enabled.protocols'), 'ssl.enabled.protocols: georep speaks TLSv1.2 and TLSv1.3, and cannot be held to one of them', 'remove the key here, and set it on the brokers') // prettier-ignore
}
