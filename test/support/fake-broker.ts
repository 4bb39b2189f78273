import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Message, MessageHead } from '../../src/kafka/wire/message.ts'
import { apiVersions } from '../../src/kafka/wire/messages/api-versions.ts'
import { metadata } from '../../src/kafka/wire/messages/metadata.ts'
import { Writer } from '../../src/kafka/wire/writer.ts'

export interface FakeServer extends AsyncDisposable {
  readonly port: number
  /** How many connections were made, and how many of them are still open. */
  readonly connections: { readonly made: number; readonly open: number }
}

/** A TCP server that does to each connection what it is told to. */
export async function fakeServer(onConnection: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>()
  const connections = { made: 0, open: 0 }
  const server = createServer((socket) => {
    connections.made++
    connections.open++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      connections.open--
      sockets.delete(socket)
    })
    onConnection(socket)
    socket.resume() // else the end of a connection that nobody reads is not seen
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface FakeRequest {
  readonly apiKey: number
  readonly correlationId: number
  readonly port: number
  /** The whole request, without its length. */
  readonly frame: Buffer
}

/** What follows the correlation id of an answer; nothing: no answer; `close`: the end of the connection. */
export type Answer = Buffer | undefined | 'close'

/** A server that cuts requests and numbers answers as a broker does; what it answers is up to the test. */
export async function fakeBroker(answer: (request: FakeRequest) => Answer): Promise<FakeServer> {
  return await fakeServer((socket) => {
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      while (rest.length >= 12 && rest.length >= 4 + rest.readInt32BE(0)) {
        const end = 4 + rest.readInt32BE(0)
        const request = {
          apiKey: rest.readInt16BE(4),
          correlationId: rest.readInt32BE(8),
          port: socket.localPort ?? 0,
          frame: rest.subarray(4, end),
        }
        rest = rest.subarray(end)
        const answered = answer(request)
        if (answered === 'close') socket.destroy()
        else if (answered !== undefined) socket.write(frameOf(request.correlationId, answered))
      }
    })
  })
}

export function frameOf(correlationId: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeInt32BE(4 + payload.length, 0)
  header.writeInt32BE(correlationId, 4)
  return Buffer.concat([header, payload])
}

export function answerOf<Request, Response>(message: Message<Request, Response>, response: Response): Buffer {
  const writer = new Writer()
  if (message.hasPlainResponseHeader !== true) writer.unsignedVarint(0)
  message.response.write(writer, response)
  return Buffer.concat(writer.finish())
}

/** The answer of a broker that speaks these versions of everything, except for `others`. */
export function versionsAnswer(others: readonly { head: MessageHead; min: number; max: number }[] = []): Buffer {
  const apis = Array.from({ length: 80 }, (_, apiKey) => ({ apiKey, min: 0, max: 20 }))
  for (const { head, min, max } of others) apis[head.apiKey] = { apiKey: head.apiKey, min, max }
  return answerOf(apiVersions, { error: 0, apis, throttleMs: 0 })
}

/** The answer of a cluster that consists of broker 1, which is the one that answers, and has no topics. */
export function metadataAnswer(port: number, nodeId = 1, controllerId = nodeId): Buffer {
  return answerOf(metadata, {
    throttleMs: 0,
    brokers: [{ nodeId, host: '127.0.0.1', port, rack: null }],
    clusterId: 'fake',
    controllerId,
    topics: [],
  })
}

/** A broker that can be asked for versions and metadata; other requests, and these when `other` says so, get its answer. */
export function ordinary(other: (request: FakeRequest) => Answer | 'as usual' = () => 'as usual') {
  return (request: FakeRequest): Answer => {
    const answer = other(request)
    if (answer !== 'as usual') return answer
    if (request.apiKey === apiVersions.apiKey) return versionsAnswer()
    return request.apiKey === metadata.apiKey ? metadataAnswer(request.port) : undefined
  }
}
