import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { ConnectSettings } from './settings.ts'

/** More than the state of ten thousand tasks that all failed. */
const maxBytes = 33_554_432

export interface Exchange {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** From the URL's own path on, each part of it encoded. */
  readonly path: string
  /** JSON; `undefined` for none. */
  readonly body: string | undefined
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/** More was sent than is taken. */
export class TooLongError extends Error {
  override readonly name = 'TooLongError'
}

/**
 * One request and its answer, on a connection of its own: one that was kept may be gone when it is used again. Follows no redirection, since the
 * credentials are for this address alone. Rejects when no answer comes, or one without an end, or one that is too long.
 *
 * Not by `fetch`, which can be told of no certificate authority.
 */
export async function exchange(
  { method, path, body }: Exchange,
  { url: base, credentials, ca }: ConnectSettings,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(base)
  const options = {
    method,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    path: `${url.pathname.replace(/\/+$/, '')}${path}`,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(credentials === undefined ? {} : { authorization: basic(credentials) }),
    },
    agent: false,
    signal,
  } as const
  return await new Promise<Answer>((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? requestHttps({ ...options, ...(ca === undefined ? {} : { ca }) })
        : requestHttp(options)
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > maxBytes) response.destroy(new TooLongError(`the answer is longer than ${maxBytes} bytes`))
        else chunks.push(chunk)
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    request.end(body)
  })
}

function basic({ username, password }: NonNullable<ConnectSettings['credentials']>): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
