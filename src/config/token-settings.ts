import { GeorepError } from '../core/errors.ts'
import type { Monotonic } from '../core/time.ts'
import { ClientCredentialTokens, type ClientCredentials } from '../kafka/oauth/client-credentials.ts'
import type { OAuthSettings } from '../kafka/settings.ts'

export interface TokenEntry extends Omit<ClientCredentials, 'tokenEndpoint'> {
  readonly tokenEndpoint: string
  readonly extensions: Readonly<Record<string, string>>
  /** `georep.yaml:4:7`, of the token endpoint. */
  readonly at: string
}

/** Throws GR-CONFIG-INVALID for an address to which no secret may be sent, and for extensions that are none. */
export function tokenSettings(
  { extensions, at, ...entry }: TokenEntry,
  time: { readonly monotonic: Monotonic },
): OAuthSettings {
  // prettier-ignore
  assertExtensions(extensions, at)
  const tokens = new ClientCredentialTokens({ ...entry, tokenEndpoint: endpointUrl(entry.tokenEndpoint, at) }, time)
  return { mechanism: 'OAUTHBEARER', tokens, clientSecret: entry.clientSecret, extensions }
}

function endpointUrl(text: string, at: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLoopback = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url !== undefined && url.username === '' && url.password === '') {
    if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url
  }
  // Without quoting it: it may hold a password.
  throw invalid(at, 'the token endpoint must be an https:// URL without a user in it (http:// on this machine only)')
}

/** RFC 7628, 3.1; `auth` is the token's own. */
function assertExtensions(extensions: Readonly<Record<string, string>>, at: string): void {
  for (const [name, value] of Object.entries(extensions)) {
    if (/^[A-Za-z]+$/.test(name) && name !== 'auth' && /^[\x21-\x7e \t\r\n]*$/.test(value)) continue
    throw invalid(at, `"${name}" cannot be a SASL extension: letters alone, not "auth", and a printable value`)
  }
}

function invalid(at: string, message: string): GeorepError {
  return new GeorepError('config', 'GR-CONFIG-INVALID', `${at}: ${message}`, {
    next: 'correct it and run the same command again',
  })
}
