import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export const clientSecret = 'recognisable client+secret/%'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** What the broker checks signatures with. */
export function jwks(): string {
  return JSON.stringify({
    keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }],
  })
}

export interface TokenServer extends AsyncDisposable {
  readonly url: string
  /** Tokens that were given out. */
  readonly given: () => readonly string[]
  /** Of the tokens from now on. */
  audience: string
  lifeSeconds: number
}

/** A token endpoint that gives whoever has the secret a signed JWT. */
export async function tokenServer(): Promise<TokenServer> {
  const given: string[] = []
  const server: Server = createServer((request, response) => {
    const expected = `Basic ${Buffer.from(`georep:${new URLSearchParams({ a: clientSecret }).toString().slice(2)}`).toString('base64')}`
    request.resume()
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'invalid_client', error_description: `not ${clientSecret}` }))
      return
    }
    const now = Math.floor(Date.now() / 1000)
    const token = signed({
      sub: 'georep',
      scope: 'kafka',
      aud: handle.audience,
      iat: now,
      exp: now + handle.lifeSeconds,
    })
    given.push(token)
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: handle.lifeSeconds }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const handle: TokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    given: () => given,
    audience: 'kafka',
    lifeSeconds: 300,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return handle
}

function signed(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), keys.privateKey).toString('base64url')}`
}
