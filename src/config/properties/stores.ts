import { createSecureContext } from 'node:tls'
import { messageOf } from '../../core/errors.ts'
import type { TlsSettings } from '../../kafka/settings.ts'
import { tlsOptions } from '../../kafka/tls-options.ts'
import { certificatesIn } from '../pem.ts'
import { readBytes } from '../read-file.ts'
import { besideFile } from './values.ts'
import { propertiesProblem } from './problem.ts'
import type { Material, PropertiesTls } from './tls.ts'

/** Reads the stores that a properties file names. Throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID. */
export async function readStores(tls: PropertiesTls, file: string): Promise<TlsSettings> {
  const { keys, storePassword, keyPassword, isHostnameChecked } = tls
  const ca = await readTrust(tls.trust, file)
  const none = { ca, cert: undefined, key: undefined, isHostnameChecked }
  if (keys === undefined) return none
  const passphrase = keyPassword ?? storePassword
  const withPassphrase = passphrase === undefined ? {} : { passphrase }
  const found = await keysFrom(keys, file)
  const settings =
    'pfx' in found
      ? { ...none, pfx: found.pfx, ...(storePassword === undefined ? {} : { passphrase: storePassword }) }
      : { ...none, ...found, ...withPassphrase }
  assertUsable(settings, keys.at)
  return settings
}

/** The certificates to trust, as PEM. */
export async function readTrust(material: Material | undefined, file: string): Promise<string | undefined> {
  if (material === undefined) return undefined
  if ('pem' in material) return certificates(material.pem, material.at)
  const path = besideFile({ file }, material.file)
  const bytes = await readBytes(path, material.at)
  if (bytes.includes('-----BEGIN ')) return certificates(bytes.toString('utf8'), material.at)
  const type = isJks(bytes) ? 'a JKS' : 'no PEM'
  throw propertiesProblem(material.at, `"${path}" is ${type} file, and only certificates in PEM can be read`, `keytool -list -rfc -keystore ${path} > ${path}.pem, then ssl.truststore.type=PEM and ssl.truststore.location=${path}.pem`) // prettier-ignore
}

async function keysFrom(
  keys: NonNullable<PropertiesTls['keys']>,
  file: string,
): Promise<{ readonly cert: string; readonly key: string } | { readonly pfx: Buffer }> {
  if ('certificate' in keys) return { cert: keys.certificate, key: keys.key }
  if ('pem' in keys) return { cert: keys.pem, key: keys.pem }
  const path = besideFile({ file }, keys.file)
  const bytes = await readBytes(path, keys.at)
  if (isJks(bytes)) {
    throw propertiesProblem(keys.at, `"${path}" is a JKS file, which only Java can read`, `keytool -importkeystore -srckeystore ${path} -destkeystore ${path}.p12 -deststoretype PKCS12, then ssl.keystore.type=PKCS12 and ssl.keystore.location=${path}.p12`) // prettier-ignore
  }
  if (!bytes.includes('-----BEGIN ')) return { pfx: bytes }
  const pem = bytes.toString('utf8')
  return { cert: pem, key: pem }
}

function certificates(pem: string, at: string): string {
  return certificatesIn(pem, { at, next: 'give them in PEM, each from BEGIN to END; a line of a properties file goes on after a \\n' }) // prettier-ignore
}

/** Otherwise a wrong password would look like a broker that does not answer. */
export function assertUsable(settings: TlsSettings, at: string, what = 'certificate and key'): void {
  try {
    createSecureContext(tlsOptions(settings))
  } catch (error) {
    throw propertiesProblem(at, `${what} cannot be used: ${messageOf(error)}`, 'check that they belong together, and the password of the key or the store') // prettier-ignore
  }
}

function isJks(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === 0xfeedfeed
}
