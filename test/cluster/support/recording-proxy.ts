import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** One request and its answer as they were on the wire, without the length in front. */
export interface RecordedExchange {
  readonly apiKey: number
  readonly version: number
  /** From behind the client id on. */
  readonly request: Buffer
  /** From behind the correlation id on. */
  readonly response: Buffer
}

export interface RecordingProxy extends AsyncDisposable {
  readonly port: number
  /** In the order of the answers. */
  readonly exchanges: readonly RecordedExchange[]
}

/** A TCP proxy in front of one broker, which knows of the protocol no more than how frames and headers are cut. */
export async function recordingProxy(broker: {
  readonly host: string
  readonly port: number
}): Promise<RecordingProxy> {
  const exchanges: RecordedExchange[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(broker)
    const inFlight = new Map<number, Omit<RecordedExchange, 'response'>>()
    const onRequest = frames((frame) => {
      const clientIdLength = frame.readInt16BE(8)
      inFlight.set(frame.readInt32BE(4), {
        apiKey: frame.readInt16BE(0),
        version: frame.readInt16BE(2),
        request: frame.subarray(10 + clientIdLength),
      })
    })
    const onResponse = frames((frame) => {
      const request = inFlight.get(frame.readInt32BE(0))
      if (request !== undefined) exchanges.push({ ...request, response: frame.subarray(4) })
    })
    client.on('data', (data) => { onRequest(data); upstream.write(data) }) // prettier-ignore
    upstream.on('data', (data) => { onResponse(data); client.write(data) }) // prettier-ignore
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      // prettier-ignore
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => { other.destroy() }) // prettier-ignore
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    exchanges,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function frames(onFrame: (frame: Buffer) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
  }
}
