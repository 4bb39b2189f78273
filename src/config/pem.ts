import { X509Certificate } from 'node:crypto'
import { GeorepError, messageOf } from '../core/errors.ts'
import { readSmall } from './references.ts'

/** The text of a PEM file that georep.yaml names. Throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID. */
export async function readPem(file: string, at: string): Promise<string> {
  const pem = await readSmall(file, at)
  if (pem.includes('-----BEGIN ')) return pem
  throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at}: "${file}" is not a PEM file`, {
    next: 'convert it (openssl x509 -in <file> -inform DER -out <file>.pem), then name the PEM file',
  })
}

/**
 * The text, when every certificate in it can be read: one that is cut off would be left out, and look like a broker that is not to be trusted.
 *
 * @throws GR-CONFIG-INVALID
 */
export function certificatesIn(
  pem: string,
  { at, next = 'give them in PEM, each from BEGIN to END' }: { readonly at: string; readonly next?: string },
): string {
  const blocks = pem.split(/^(?=-----BEGIN )/m).filter((block) => /^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(block)) // prettier-ignore
  try {
    if (blocks.length === 0) throw new Error('there is none')
    for (const block of blocks) new X509Certificate(block)
    return pem
  } catch (cause) {
    throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at}: the certificates to trust cannot be read: ${messageOf(cause)}`, { next, cause }) // prettier-ignore
  }
}
