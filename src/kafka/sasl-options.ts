import type { AuthenticationProviderArgs, Authenticator, Mechanism, SASLOptions } from 'kafkajs'
import type { OAuthSettings, SaslSettings } from './settings.ts'

/** What kafkajs takes, from what the configuration says. A new object for each client: kafkajs writes into it. */
export function saslOptions(sasl: SaslSettings): SASLOptions | Mechanism {
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username: sasl.username, password: sasl.password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username: sasl.username, password: sasl.password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username: sasl.username, password: sasl.password }
    case 'OAUTHBEARER':
      return { mechanism: 'oauthbearer', authenticationProvider: (args) => oauthBearer(sasl, args) }
  }
}

/**
 * RFC 7628. kafkajs's own takes a refused token for an accepted one: the broker says so in the bytes of an answer without an error code, and
 * closes the connection at the next request.
 */
function oauthBearer(sasl: OAuthSettings, { saslAuthenticate }: AuthenticationProviderArgs): Authenticator {
  return {
    authenticate: async () => {
      const token = await sasl.tokens.token()
      const refusal = await saslAuthenticate<string>({
        request: { encode: () => withSize(initialResponse(token, sasl.extensions)) },
        response: {
          decode: (bytes) => bytes.subarray(4), // behind their size
          parse: (bytes) => bytes.toString('utf8'),
        },
      })
      if (refusal === undefined || refusal === '') return
      throw new Error(`the broker does not accept the token: ${statusOf(refusal)}`)
    },
  }
}

function initialResponse(token: string, extensions: Readonly<Record<string, string>>): Buffer {
  const pairs = [['auth', `Bearer ${token}`], ...Object.entries(extensions)]
  return Buffer.from(`n,,\u0001${pairs.map(([key, value]) => `${key}=${value}\u0001`).join('')}\u0001`, 'utf8')
}

function withSize(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

/** `invalid_token`, of `{"status":"invalid_token"}`. */
function statusOf(refusal: string): string {
  return /"status"\s*:\s*"([a-z_]{1,40})"/.exec(refusal)?.[1] ?? 'no reason given'
}
