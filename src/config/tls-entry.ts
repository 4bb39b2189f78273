import type { TlsSettings } from '../kafka/settings.ts'
import type { Path } from '../yaml/yaml-source.ts'
import type { EntryReader } from './entry-reader.ts'
import { certificatesIn } from './pem.ts'
import { assertUsable } from './properties/stores.ts'
import type { ClusterEntry } from './schema.ts'

export type TlsEntry = NonNullable<ClusterEntry['tls']>

/** The certificates and the key that an entry names, which stands at `path` of that of its cluster. Throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID. */
export async function tlsOf(
  tls: TlsEntry,
  { at, pemAt, textAt }: EntryReader,
  path: Path = ['tls'],
): Promise<TlsSettings> {
  const ca = await pemAt(tls.ca, ...path, 'ca')
  const settings = {
    ca: ca === undefined ? undefined : certificatesIn(ca, { at: `${at([...path, 'ca'])}: "${tls.ca ?? ''}"` }),
    cert: await pemAt(tls.cert, ...path, 'cert'),
    key: await pemAt(tls.key, ...path, 'key'),
    ...(tls.keyPassword === undefined ? {} : { passphrase: await textAt(tls.keyPassword, ...path, 'keyPassword') }),
    isHostnameChecked: tls.skipHostnameCheck !== true,
  }
  assertUsable(settings, at([...path, 'key']), `certificate "${tls.cert ?? ''}" and key "${tls.key ?? ''}"`)
  return settings
}
