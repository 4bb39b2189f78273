import { dirname } from 'node:path'
import { entryReader } from './entry-reader.ts'
import type { Config } from './load.ts'
import { certificatesIn } from './pem.ts'
import { readClientProperties } from './properties/client-properties.ts'
import { readStores, readTrust } from './properties/stores.ts'
import type { Material } from './properties/tls.ts'
import { hasReference } from './references.ts'
import { type TlsEntry, tlsOf } from './tls-entry.ts'
import type { Path } from '../yaml/yaml-source.ts'

/**
 * Reads the certificates and keys that the file names, as whoever contacts a cluster does. What a reference stands for may be known elsewhere only, and is
 * not asked for.
 *
 * @throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID, of the first that is not as it must be
 */
export async function checkTlsFiles(config: Config): Promise<void> {
  for (const [name, entry] of config.clusters) {
    const reader = entryReader(config, name, {})
    if (entry.tls !== undefined) await checkEntry(entry.tls, reader, ['tls'])
    if (entry.connect?.tls !== undefined) await checkEntry(entry.connect.tls, reader, ['connect', 'tls'])
    const ca = entry.sasl !== undefined && 'ca' in entry.sasl ? entry.sasl.ca : undefined
    const pem = await reader.pemAt(written(ca), 'sasl', 'ca')
    if (pem !== undefined) certificatesIn(pem, { at: `${reader.at(['sasl', 'ca'])}: "${ca ?? ''}"` })
    if (entry.properties !== undefined) await checkProperties(config, name, entry.properties)
  }
}

async function checkEntry(tls: TlsEntry, reader: ReturnType<typeof entryReader>, path: Path): Promise<void> {
  const { keyPassword } = tls
  const [ca, cert, key] = [written(tls.ca), written(tls.cert), written(tls.key)]
  const isPair = cert !== undefined && key !== undefined && (keyPassword === undefined || written(keyPassword) !== undefined) // prettier-ignore
  await tlsOf({ ca, ...(isPair ? { cert, key, keyPassword } : {}) }, reader, path)
  if (isPair) return
  await reader.pemAt(cert, ...path, 'cert')
  await reader.pemAt(key, ...path, 'key')
}

async function checkProperties({ file, whereIs }: Config, name: string, properties: string): Promise<void> {
  if (written(properties) === undefined) return
  const at = whereIs(['clusters', name, 'properties']) ?? file
  const lookUp = async ({ value }: { readonly value: string }): Promise<string> => await Promise.resolve(value)
  const { tls, sasl, file: found } = await readClientProperties(properties, { folder: dirname(file), at, lookUp })
  const isWritten = (part: object | string | undefined): boolean => part === undefined || !JSON.stringify(part).includes('${') // prettier-ignore
  const trusted = async (material: Material | undefined): Promise<void> => {
    if (isWritten(material)) await readTrust(material, found)
  }
  if (sasl?.mechanism === 'OAUTHBEARER') await trusted(sasl.trust)
  if (tls === undefined) return
  if (isWritten(tls)) await readStores(tls, found)
  else await trusted(tls.trust)
}

/** Undefined of what stands for something else. */
function written(value: string | undefined): string | undefined {
  return value === undefined || hasReference(value) ? undefined : value
}
