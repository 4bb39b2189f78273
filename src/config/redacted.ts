import type { ClusterEntry } from './schema.ts'

/** A cluster as it may be printed: everything that is written, but of a secret only where it comes from. */
export interface RedactedCluster {
  readonly bootstrap: readonly string[]
  readonly region: string | null
  readonly tls: {
    readonly ca: string | null
    readonly cert: string | null
    readonly key: string | null
    readonly skipHostnameCheck: boolean
  } | null
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | null
}

export function redactedCluster({ bootstrap, region, tls, sasl }: ClusterEntry): RedactedCluster {
  return {
    bootstrap,
    region: region ?? null,
    tls:
      tls === undefined
        ? null
        : {
            ca: tls.ca ?? null,
            cert: tls.cert ?? null,
            key: tls.key ?? null,
            skipHostnameCheck: tls.skipHostnameCheck ?? false,
          },
    sasl:
      sasl === undefined
        ? null
        : { mechanism: sasl.mechanism, username: sasl.username, password: redactedSecret(sasl.password) },
  }
}

/** Only a reference that is the whole value is shown: what stands beside one is part of the secret. */
function redactedSecret(text: string): string {
  return /^\$\{[^}$]*\}$/.test(text) ? `(from ${text})` : '(set)'
}
