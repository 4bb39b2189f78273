import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listenAddress } from '../args.ts'
import { type HttpEndpoint, serveHttp } from './http-endpoint.ts'

async function endpoint(address = '127.0.0.1:0', bugs: string[] = []): Promise<HttpEndpoint> {
  const page = (status: number, body: string) => () => ({ status, contentType: 'text/plain', body })
  const pages = {
    '/a': page(200, 'é\n'),
    '/sick': page(503, 'why\n'),
    '/bug': () => { throw new TypeError('oops') },
    '/large': page(200, 'x'.repeat(50_000_000)),
  } // prettier-ignore
  return await serveHttp(listenAddress(address), pages, (what) => bugs.push(what))
}

/** What comes back for these bytes, until the server closes the connection. */
async function raw({ url }: HttpEndpoint, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (some: string) => { answer += some }) // prettier-ignore
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('answers', () => {
  it.each([
    ['GET', '/a', 200, 'é\n'],
    ['GET', '/a?x=1', 200, 'é\n'],
    ['HEAD', '/a', 200, ''],
    ['GET', '/sick', 503, 'why\n'],
    ['GET', '/', 404, 'not found\n'],
    ['GET', '/a/', 404, 'not found\n'],
    ['GET', '/constructor', 404, 'not found\n'],
    ['POST', '/a', 405, 'only GET and HEAD\n'],
    ['DELETE', '/a', 405, 'only GET and HEAD\n'],
    ['POST', '/nothing', 404, 'not found\n'],
    ['GET', '/bug', 500, 'this page could not be made\n'],
  ])('%s %s: %d', async (method, path, status, body) => {
    await using server = await endpoint()
    const answer = await fetch(server.url + path, { method })
    expect(answer.status).toBe(status)
    expect(await answer.text()).toBe(body)
    if (status === 200) expect(answer.headers.get('content-length')).toBe('3')
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD')
  })

  it('a page with a bug is told of', async () => {
    const bugs: string[] = []
    await using server = await endpoint('127.0.0.1:0', bugs)
    await fetch(`${server.url}/bug`)
    expect(bugs).toEqual(['oops'])
  })
})

describe('whoever is slow or hostile is cut off', () => {
  it.concurrent.each([
    ['no request at all', ''],
    ['half a request', 'GET /a HTTP/1.1\r\nHost: x\r\nA'],
    ['a body that does not come', 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n'],
    ['headers without end', `GET /a HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(10_000)}`],
    ['no HTTP', '\u0000\u0000\u0000\u0001hello\r\n\r\n'],
    ['CONNECT', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s', async (_, text) => {
    await using server = await endpoint()
    expect(await raw(server, text)).not.toContain('200 OK')
    expect((await fetch(`${server.url}/a`)).status).toBe(200)
  })

  it('and does not hold up the end', async () => {
    const server = await endpoint()
    const sockets = ['', 'GET /a HTTP/1.1\r\nHost: x\r\n', 'GET /large HTTP/1.1\r\nHost: x\r\n\r\n'].map((text) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.pause()
      socket.write(text)
      return socket
    })
    await Promise.all(sockets.map(async (socket) => { await once(socket, 'connect') })) // prettier-ignore
    await server[Symbol.asyncDispose]()
    for (const socket of sockets) socket.destroy()
  })
})

describe('addresses', () => {
  it('without a host every address is listened on', async () => {
    await using server = await endpoint(':0')
    const { port } = new URL(server.url)
    expect((await fetch(`http://127.0.0.1:${port}/a`)).status).toBe(200)
  })

  it('an address of version 6', async () => {
    await using server = await endpoint('[::1]:0')
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await fetch(`${server.url}/a`)).status).toBe(200)
  })

  it('one that is taken, is not ours, or does not exist is an error that says so', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`
    const error = { code: 'GR-METRICS-ADDRESS', kind: 'failed' }
    await expect(endpoint(taken)).rejects.toMatchObject({ ...error, message: `cannot listen on "${taken}": something else listens there` }) // prettier-ignore
    await expect(endpoint('192.0.2.1:9464')).rejects.toMatchObject(error)
    await expect(endpoint('no.such.host.invalid:9464')).rejects.toMatchObject(error)
    other.close()
  })
})
