import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GeorepError, messageOf } from '../../core/errors.ts'
import type { ListenAddress } from '../args.ts'

/** A scrape is one small request; whoever takes longer to send it, or to read its answer, is cut off. */
const requestTimeoutMs = 5_000
const idleTimeoutMs = 10_000
const maxHeaderBytes = 8 * 1024
const maxConnections = 64
const requestsPerConnection = 1_000

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface HttpEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:9464`, with the port that it really has. */
  readonly url: string
}

/**
 * Answers GET and HEAD for these paths until it is disposed, which cuts off whoever is connected then.
 *
 * @param onBug a page could not be made; the client gets status 500
 * @throws GeorepError "failed" GR-METRICS-ADDRESS when the address cannot be listened on
 */
export async function serveHttp(
  address: ListenAddress,
  pages: Readonly<Record<string, () => Page>>,
  onBug: (what: string) => void,
): Promise<HttpEndpoint> {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: idleTimeoutMs,
    },
    (request, response) => {
      answer(request, response, pages, onBug)
    },
  )
  server.maxConnections = maxConnections
  server.maxRequestsPerSocket = requestsPerConnection
  // Without it whoever does not read what it asked for would stay for ever.
  server.setTimeout(idleTimeoutMs, (socket) => {
    socket.destroy()
  })
  await listening(server, address)
  server.on('error', (error) => {
    onBug(messageOf(error))
  })
  const { address: host, port, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Readonly<Record<string, () => Page>>,
  onBug: (what: string) => void,
): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  // What it may send besides is not read: the connection ends with the answer.
  if (!isRead || page === undefined) response.setHeader('Connection', 'close')
  if (page === undefined) send(response, plain(404, 'not found'))
  else if (!isRead) {
    response.setHeader('Allow', 'GET, HEAD')
    send(response, plain(405, 'only GET and HEAD'))
  } else {
    try {
      send(response, page())
    } catch (error) {
      onBug(messageOf(error))
      send(response, plain(500, 'this page could not be made'))
    }
  }
}

function send(response: ServerResponse, { status, contentType, body }: Page): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  // Of a HEAD request, Node leaves the body out.
  response.end(body)
}

function plain(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}

async function listening(server: Server, address: ListenAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(cannotListen(address, error))
    })
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, resolve)
  })
  server.removeAllListeners('error')
}

function cannotListen({ text }: ListenAddress, error: NodeJS.ErrnoException): GeorepError {
  const whys: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something else listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'there is no host of that name',
  }
  const why = whys[error.code ?? ''] ?? error.message
  return new GeorepError('failed', 'GR-METRICS-ADDRESS', `cannot listen on "${text}": ${why}`, {
    stateNow: 'the link was not touched',
    next: 'give another address with --metrics, or end what listens there',
    cause: error,
  })
}
