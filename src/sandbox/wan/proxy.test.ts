import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWan, type Wan } from './proxy.ts'

// On real sockets and the real clock. Times are checked from below, where a slow machine cannot break them; from above generously.

const monotonic = (): number => performance.now()
const sockets = new Set<Socket>()
let broker: Server
let atBroker: (socket: Socket) => void
let wan: Wan | undefined

beforeEach(async () => {
  atBroker = (socket) => socket.pipe(socket)
  broker = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    keep(socket)
    atBroker(socket)
  })
  broker.listen(0, '127.0.0.1')
  await once(broker, 'listening')
})
afterEach(async () => {
  await wan?.[Symbol.asyncDispose]()
  wan = undefined
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await new Promise((resolve) => broker.close(resolve))
})

async function open(roundTripMs: number, bytesPerSecond?: number): Promise<void> {
  const { port } = broker.address() as { port: number }
  wan = await openWan({ roundTripMs, bytesPerSecond, routes: [{ listenPort: 0, port, region: 0 }], monotonic })
}

async function client(): Promise<Socket> {
  const socket = keep(connect({ port: wan?.ports[0] ?? 0, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }))
  await once(socket, 'connect')
  return socket
}

function keep(socket: Socket): Socket {
  sockets.add(socket)
  socket.on('error', () => undefined)
  return socket
}

/** Resolves also when it ends with an error, unlike `once`. */
async function closeOf(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once('close', () => { resolve() })) // prettier-ignore
}

async function received(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let count = 0
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    count += chunk.length
    if (count >= bytes) break
  }
  return Buffer.concat(chunks)
}

async function echoMs(socket: Socket, text = 'x'): Promise<number> {
  const started = monotonic()
  socket.write(text)
  expect((await received(socket, text.length)).toString()).toBe(text)
  return monotonic() - started
}

describe('latency', () => {
  it('is the round trip, and a round trip more to make the connection', async () => {
    await open(120)
    const started = monotonic() // before the connection is made: how far it is by the time that it is seen here, nobody knows
    const socket = await client()
    await echoMs(socket)
    expect(monotonic() - started).toBeGreaterThanOrEqual(239)
    const next = await echoMs(socket)
    expect(next).toBeGreaterThanOrEqual(119)
    expect(next).toBeLessThan(2_000)
  })

  it('is not paid a chunk: what is sent in a row arrives in a row', async () => {
    await open(200)
    const socket = await client()
    await echoMs(socket)
    const started = monotonic()
    for (let sent = 0; sent < 50; sent++) {
      socket.write(Buffer.alloc(1_000, sent))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const bytes = await received(socket, 50_000)
    expect(monotonic() - started).toBeLessThan(50 * 200)
    for (let sent = 0; sent < 50; sent++) expect(bytes[sent * 1_000]).toBe(sent)
  })
})

describe('another shape', () => {
  it('holds for what is sent from then on, on a connection that is there, and so does the first when it is back', async () => {
    await open(20)
    const socket = await client()
    await echoMs(socket)
    wan?.reshape({ roundTripMs: 300, bytesPerSecond: 1_000_000 })
    expect(await echoMs(socket)).toBeGreaterThanOrEqual(299)
    wan?.reshape({ roundTripMs: 20 })
    expect(await echoMs(socket)).toBeLessThan(250)
  })

  it('lets go at once what waited for its turn on a line that is wider now', async () => {
    await open(2, 10_000)
    let arrived = 0
    atBroker = (socket) => socket.on('data', ({ length }) => (arrived += length))
    const socket = await client()
    socket.write(Buffer.alloc(300_000)) // half a minute of it
    await new Promise((resolve) => setTimeout(resolve, 50))
    wan?.reshape({ roundTripMs: 2 })
    const started = monotonic()
    while (arrived < 300_000 && monotonic() - started < 20_000) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(arrived).toBe(300_000)
  })
})

describe('bandwidth', () => {
  it('is a limit of each direction, shared by its connections', async () => {
    await open(2, 4_000_000)
    let arrived = 0
    atBroker = (socket) => socket.on('data', ({ length }) => (arrived += length))
    const clients = [await client(), await client()]
    const started = monotonic()
    for (const socket of clients) socket.write(Buffer.alloc(1_000_000))
    while (arrived < 2_000_000) await new Promise((resolve) => setTimeout(resolve, 5))
    // 2 MB at 4 MB/s; a single connection would have taken half of that.
    expect(monotonic() - started).toBeGreaterThanOrEqual(480)
  })

  it('is shared in turn: a small question does not wait behind all of a large answer', async () => {
    await open(2, 2_000_000)
    const busy = await client()
    const small = await client()
    await echoMs(small)
    busy.write(Buffer.alloc(4_000_000)) // two seconds of it, each way
    busy.resume()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await echoMs(small)).toBeLessThan(1_500)
  })
})

it('carries every byte of many connections at once, to whom it is for', async () => {
  await open(20, 50_000_000)
  const clients = await Promise.all(Array.from({ length: 100 }, async () => await client()))
  const texts = clients.map((_, index) => `${index} `.repeat(5_000))
  const echoes = clients.map(async (socket, index) => {
    socket.write(texts[index] ?? '')
    return (await received(socket, texts[index]?.length ?? 0)).toString()
  })
  expect(await Promise.all(echoes)).toEqual(texts)
})

it('holds the sender back when the receiver does not read', async () => {
  atBroker = () => undefined // never reads
  await open(2)
  const socket = await client()
  const chunk = Buffer.alloc(1024 * 1024)
  let written = 0
  for (; written < 200; written++) {
    if (socket.write(chunk)) continue
    const isDrained = await Promise.race([
      once(socket, 'drain').then(() => true),
      new Promise<false>((resolve) => setTimeout(() => { resolve(false) }, 500)), // prettier-ignore
    ])
    if (!isDrained) break
  }
  expect(written).toBeLessThan(150)
})

describe('the end of a connection', () => {
  it('travels as data does, and leaves the other way open', async () => {
    atBroker = (socket) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.once('end', () => socket.end(`got ${text}`))
    }
    await open(100)
    const socket = await client()
    const started = monotonic()
    socket.end('question')
    expect((await received(socket, 12)).toString()).toBe('got question')
    expect(monotonic() - started).toBeGreaterThanOrEqual(99)
  })

  it('by a reset is a reset on the other side, behind what was sent before', async () => {
    atBroker = (socket) => {
      socket.once('data', () => {
        socket.write('last')
        setTimeout(() => socket.resetAndDestroy(), 300)
      })
    }
    await open(60)
    const socket = await client()
    const closed = closeOf(socket)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.write('x')
    await closed
    expect(text).toBe('last')
  })

  it('comes to one who connects to a broker that is not there', async () => {
    await open(60)
    await new Promise((resolve) => broker.close(resolve))
    const socket = await client()
    socket.resume()
    await closeOf(socket)
    expect(socket.destroyed).toBe(true)
    broker.listen(0, '127.0.0.1')
    await once(broker, 'listening')
  })
})

it('says which port is taken', async () => {
  const { port } = broker.address() as { port: number }
  await expect(openWan({ roundTripMs: 1, bytesPerSecond: undefined, routes: [{ listenPort: port, port, region: 0 }], monotonic })).rejects.toMatchObject({ code: 'EADDRINUSE' }) // prettier-ignore
})
