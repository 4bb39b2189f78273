/** How a cluster is reached, with every secret already resolved. Never printed, never stored: see config for the redacted form. */
export interface ClusterSettings {
  /** The entry's name in `georep.yaml`. */
  readonly name: string
  /** `host:port`, at least one. */
  readonly bootstrap: readonly string[]
  readonly region: string | undefined
  readonly tls: TlsSettings | undefined
  readonly sasl: SaslSettings | undefined
}

/** PEM texts, not paths. */
export interface TlsSettings {
  /** `undefined`: the public authorities that Node knows. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** Certificate and key in one PKCS12 store, in place of the two above. */
  readonly pfx?: Buffer
  /** Of the key, or of the store. */
  readonly passphrase?: string
  readonly isHostnameChecked: boolean
}

export interface PasswordSettings {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

export interface OAuthSettings {
  readonly mechanism: 'OAUTHBEARER'
  readonly tokens: TokenSource
  /** What the tokens are asked for with: known here so that it can be kept out of what others print. */
  readonly clientSecret: string
  /** SASL extensions, KIP-342; sent to the brokers beside the token. */
  readonly extensions: Readonly<Record<string, string>>
}

export type SaslSettings = PasswordSettings | OAuthSettings

export interface TokenSource {
  /** A token that is good for a while. Throws a GeorepError that names the token endpoint. */
  token(): Promise<string>
}

/** Who we are to an authorizer, by Kafka's default rules; those for certificates and tokens are the brokers' own. */
export function principalOf({ sasl, tls }: ClusterSettings): string | undefined {
  if (sasl !== undefined) return 'username' in sasl ? `User:${sasl.username}` : undefined
  return tls?.cert === undefined && tls?.pfx === undefined ? 'User:ANONYMOUS' : undefined
}
