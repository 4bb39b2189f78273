import type { ConnectionOptions } from 'node:tls'
import type { TlsSettings } from './settings.ts'

/** What Node's TLS takes, from what the configuration says. */
export function tlsOptions(tls: TlsSettings): ConnectionOptions {
  return {
    ...(tls.ca === undefined ? {} : { ca: [tls.ca] }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.pfx === undefined ? {} : { pfx: tls.pfx }),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(tls.isHostnameChecked ? {} : { checkServerIdentity: () => undefined }),
  }
}
