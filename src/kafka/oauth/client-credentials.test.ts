import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ClientCredentialTokens } from './client-credentials.ts'

let server: Server
let url: string
let asked: { readonly authorization: string; readonly body: string }[] = []
let answer: { status: number; body: string } = { status: 200, body: '' }
let clock = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization ?? '', body })
      response.writeHead(answer.status, { location: url }).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/t?key=hunter2`
})
afterAll(() => server.close())
beforeEach(() => {
  asked = []
  clock = 0
})

function source(isHeaderEncoded = true): ClientCredentialTokens {
  const credentials = { cluster: 'east', tokenEndpoint: new URL(url), clientId: 'a b', clientSecret: 'hunter2/%', scope: 's t', ca: undefined, isHeaderEncoded } // prettier-ignore
  return new ClientCredentialTokens(credentials, { monotonic: () => clock })
}

it('asks as RFC 6749 has it, once for all who ask meanwhile', async () => {
  answer = { status: 200, body: '{"access_token":"t.1","token_type":"bearer","expires_in":100}' }
  const tokens = source()
  expect(await Promise.all([tokens.token(), tokens.token()])).toEqual(['t.1', 't.1'])
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  expect(asked).toEqual([{ authorization: basic('a+b:hunter2%2F%25'), body: 'grant_type=client_credentials&scope=s+t' }]) // prettier-ignore
  await source(false).token()
  expect(asked[1]?.authorization).toBe(basic('a b:hunter2/%'))
})

it('keeps a token for four fifths of its life, and not at all when that is not told', async () => {
  answer = { status: 200, body: '{"access_token":"t","expires_in":100}' }
  const tokens = source()
  await tokens.token()
  clock = 79_999
  await tokens.token()
  expect(asked).toHaveLength(1)
  clock = 80_000
  answer = { status: 200, body: '{"access_token":"t"}' }
  await tokens.token()
  await tokens.token()
  expect(asked).toHaveLength(3)
})

it.each<[number, string, string, string]>([
  [401, '{"error":"invalid_client","error_description":"hunter2"}', 'GR-TOKEN-REFUSED', 'refuses a token: invalid_client'],
  [400, '{"error":"hunter2/%"}', 'GR-TOKEN-REFUSED', 'refuses a token: status 400'],
  [503, 'hunter2', 'GR-TOKEN-ENDPOINT', 'gives no token: it answers with status 503'],
  [307, '', 'GR-TOKEN-ANSWER', 'sent status 307'],
  [200, 'hunter2', 'GR-TOKEN-ANSWER', 'sent an answer that is no bearer token'],
  [200, '{"access_token":"a\\u0001b","expires_in":1}', 'GR-TOKEN-ANSWER', 'no bearer token'],
  [200, '{"access_token":"a","token_type":"mac"}', 'GR-TOKEN-ANSWER', 'no bearer token'],
  [200, `"${'x'.repeat(300_000)}"`, 'GR-TOKEN-ENDPOINT', 'longer than 262144 characters'],
])('status %i, %s: an error without a secret, asked once', async (status, body, code, message) => {
  answer = { status, body }
  const error: unknown = await source()
    .token()
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string })
  expect((error as Error).message).not.toContain('hunter2')
  expect(asked).toHaveLength(1)
}) // prettier-ignore
