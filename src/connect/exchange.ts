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

/** A connection that was not there in this time will not be. */
const connectMs = 10_000

/** No answer, or none with an end. Its cause is what Node says. */
export class BrokenError extends Error {
  override readonly name = 'BrokenError'
  /** Whether there was a connection, so that what was asked for may have been done. */
  readonly mayHaveArrived: boolean
  /** Whether the answer was longer than what is taken. */
  readonly isTooLong: boolean

  constructor(cause: Error, { mayHaveArrived, isTooLong }: Pick<BrokenError, 'mayHaveArrived' | 'isTooLong'>) {
    super(reasonOf(cause), { cause })
    this.mayHaveArrived = mayHaveArrived
    this.isTooLong = isTooLong
  }
}

/** With TLS 1.3 a client's certificate is looked at when the client takes the connection for made, and before anything else that it sends. */
function isNotLetIn(error: Error): boolean {
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    /^ERR_SSL_\w*ALERT_(?:\w*CERT|UNKNOWN_CA|ACCESS_DENIED)/.test(error.code)
  )
}

/** Of several addresses of one name, each has its own reason, and the whole no message. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  const { name, message } = first instanceof Error ? first : error
  // Node gives OpenSSL's line as it is, with addresses and places in its source, and a line's end.
  const [, ofTls] = /:SSL routines:[^:]*:([^:]+):/.exec(message) ?? []
  if (ofTls !== undefined) return `TLS failed: ${ofTls}`
  return message === '' ? name : message
}

/**
 * One request and its answer, on a connection of its own: one that was kept may be gone when it is used again. Follows no redirection, since the
 * credentials are for this address alone. Rejects with a BrokenError when no answer comes, or one without an end, or one that is too long.
 *
 * Not by `fetch`, which can be told of no certificate authority.
 */
export async function exchange(
  { method, path, body }: Exchange,
  { url: base, credentials, tls }: ConnectSettings,
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
    const request = url.protocol === 'https:' ? requestHttps({ ...options, ...tls }) : requestHttp(options)
    const past = { mayHaveArrived: false, isTooLong: false }
    const onError = (error: Error): void => {
      reject(new BrokenError(error, { ...past, mayHaveArrived: past.mayHaveArrived && !isNotLetIn(error) }))
    }
    request.on('error', onError)
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (past.mayHaveArrived = true))
    })
    AbortSignal.timeout(connectMs).addEventListener('abort', () => {
      if (!past.mayHaveArrived) request.destroy(new Error(`no connection within ${connectMs / 1000} s`))
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('error', onError)
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        past.isTooLong = length > maxBytes
        if (past.isTooLong) response.destroy(new Error(`the answer is longer than ${maxBytes} bytes`))
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
