import type { SecureContextOptions } from 'node:tls'

/** How the REST interface of a Kafka Connect cluster is reached, with every secret already resolved. Never printed, never stored. */
export interface ConnectSettings {
  /** http or https, of any worker, or of what stands before them; without user, query and fragment, since it is printed. */
  readonly url: string
  /** HTTP basic authentication; `undefined` for none. */
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Whom to trust, and as whom to come in; without an authority those are trusted that Node knows. `undefined` for neither. */
  readonly tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'> | undefined
}
