import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A way to a worker of Kafka Connect on which something happens between what it is asked and its answer. */
export interface ConnectProxy extends AsyncDisposable {
  readonly url: string
  /** What is done once a worker has answered such a request, before whoever asked hears of it. Once. */
  readonly behind: (method: string, path: RegExp, act: () => Promise<void>) => void
}

export async function connectProxy(worker: string): Promise<ConnectProxy> {
  const acts: { readonly method: string; readonly path: RegExp; readonly act: () => Promise<void> }[] = []
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const { method = '', url = '' } = request
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks), headers: { 'content-type': 'application/json' } } // prettier-ignore
    const answer = await fetch(worker + url, { method, ...body })
    const text = await answer.text()
    const at = acts.findIndex((one) => one.method === method && one.path.test(url))
    if (at !== -1) await acts.splice(at, 1)[0]?.act()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behind: (method, path, act) => {
      acts.push({ method, path, act })
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => { resolve() })) // prettier-ignore
    },
  }
}
