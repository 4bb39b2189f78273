import { GeorepError } from '../core/errors.ts'
import { readSmall } from './references.ts'

/** The text of a PEM file that georep.yaml names. Throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID. */
export async function readPem(file: string, at: string): Promise<string> {
  const pem = await readSmall(file, at)
  if (pem.includes('-----BEGIN ')) return pem
  throw new GeorepError('config', 'GR-CONFIG-INVALID', `${at}: "${file}" is not a PEM file`, {
    next: 'convert it (openssl x509 -in <file> -inform DER -out <file>.pem), then name the PEM file',
  })
}
