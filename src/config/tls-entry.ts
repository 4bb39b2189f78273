import type { TlsSettings } from '../kafka/settings.ts'
import type { EntryReader } from './entry-reader.ts'
import { certificatesIn } from './pem.ts'
import { assertUsable } from './properties/stores.ts'
import type { ClusterEntry } from './schema.ts'

export type TlsEntry = NonNullable<ClusterEntry['tls']>

/** The certificates and the key that a cluster's entry names. Throws GR-CONFIG-REFERENCE or GR-CONFIG-INVALID. */
export async function tlsOf(tls: TlsEntry, { at, pemAt, textAt }: EntryReader): Promise<TlsSettings> {
  const ca = await pemAt(tls.ca, 'tls', 'ca')
  const settings = {
    ca: ca === undefined ? undefined : certificatesIn(ca, { at: `${at(['tls', 'ca'])}: "${tls.ca ?? ''}"` }),
    cert: await pemAt(tls.cert, 'tls', 'cert'),
    key: await pemAt(tls.key, 'tls', 'key'),
    ...(tls.keyPassword === undefined ? {} : { passphrase: await textAt(tls.keyPassword, 'tls', 'keyPassword') }),
    isHostnameChecked: tls.skipHostnameCheck !== true,
  }
  assertUsable(settings, at(['tls', 'key']), `certificate "${tls.cert ?? ''}" and key "${tls.key ?? ''}"`)
  return settings
}
