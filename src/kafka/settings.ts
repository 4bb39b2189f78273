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
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly isHostnameChecked: boolean
}

export interface SaslSettings {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}
