import { connect, createServer, type Server } from 'node:net'
import type { Monotonic } from '../../core/time.ts'
import { Flow, Line, type LineShape } from './flow.ts'

export interface WanShape {
  /** Both ways together. */
  readonly roundTripMs: number
  /** Of each direction, all its connections together; undefined for no limit. */
  readonly bytesPerSecond?: number | undefined
}

export interface WanOptions extends WanShape {
  /** Connections to `listenPort` are carried to `port`, both on 127.0.0.1. */
  readonly routes: readonly Route[]
  readonly monotonic: Monotonic
}

export interface Route {
  readonly listenPort: number
  readonly port: number
  /** Which of the two regions the broker is in: what goes to one shares a line with what comes from the other. */
  readonly region: 0 | 1
}

export interface Wan extends AsyncDisposable {
  /** Of the routes, in their order. */
  readonly ports: readonly number[]
  /** For what is sent from now on, on every connection. */
  readonly reshape: (shape: WanShape) => void
}

/**
 * The network between two regions, as TCP connections see it: each way takes half the round trip, pipelined, so that a connection's throughput is
 * bounded by its window and not by its chunks; making a connection takes a round trip; a direction's rate is shared in turn. An end and a reset
 * travel as data does. Back-pressure reaches the sender when a window is full.
 *
 * Not done: loss and reordering, and the slow start of TCP. The windows are those of hosts that were set up for the distance (`tcp_wmem`,
 * `tcp_rmem`, and Kafka's `socket.send.buffer.bytes`).
 *
 * @throws as `listen` does, when a port is taken
 */
export async function openWan({ routes, monotonic, ...given }: WanOptions): Promise<Wan> {
  let shape: WanShape = given
  const lineShape = (): LineShape => ({ delayMs: shape.roundTripMs / 2, bytesPerSecond: shape.bytesPerSecond })
  const lineTo = [0, 1].map(() => new Line({ ...lineShape(), monotonic })) as [Line, Line]
  const connections = new Set<{ destroy: () => void }>()
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.destroy()
    await Promise.all(servers.map(async (server) => { await new Promise((resolve) => server.close(resolve)) })) // prettier-ignore
  }
  try {
    for (const { listenPort, port, region } of routes) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
        const broker = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
        const madeAtMs = monotonic() + shape.roundTripMs
        for (const socket of [client, broker]) {
          connections.add(socket)
          socket.once('close', () => connections.delete(socket))
        }
        new Flow(client, broker, lineTo[region], { monotonic, notBeforeMs: madeAtMs + shape.roundTripMs / 2 })
        new Flow(broker, client, lineTo[region === 0 ? 1 : 0], { monotonic, notBeforeMs: madeAtMs })
      })
      servers.push(server)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port: listenPort, host: '127.0.0.1', backlog: 1_024 }, resolve)
      })
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    ports: servers.map((server) => {
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : 0
    }),
    reshape: (next) => {
      shape = next
      for (const line of lineTo) line.reshape(lineShape())
    },
    [Symbol.asyncDispose]: close,
  }
}
