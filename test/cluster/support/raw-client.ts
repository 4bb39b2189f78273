import { connect } from 'node:net'
import { once } from 'node:events'

/**
 * Sends request bodies as they are, one at a time, and returns the answers from behind the correlation id on. A broker that cannot read a
 * request closes the connection, which is an error here.
 */
export async function sendRaw(
  broker: { readonly host: string; readonly port: number },
  requests: readonly { readonly apiKey: number; readonly version: number; readonly body: Buffer }[],
): Promise<readonly Buffer[]> {
  const socket = connect(broker)
  await once(socket, 'connect')
  const incoming = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
  const answers: Buffer[] = []
  let rest: Buffer = Buffer.alloc(0)
  try {
    for (const [index, { apiKey, version, body }] of requests.entries()) {
      const header = Buffer.alloc(14)
      header.writeInt32BE(10 + body.length, 0)
      header.writeInt16BE(apiKey, 4)
      header.writeInt16BE(version, 6)
      header.writeInt32BE(index, 8)
      header.writeInt16BE(0, 12)
      socket.write(Buffer.concat([header, body]))
      while (rest.length < 8 || rest.length < 4 + rest.readInt32BE(0)) {
        const next = await incoming.next()
        if (next.done === true)
          throw new Error(`the broker closed the connection on request ${index}, api key ${apiKey}`)
        rest = Buffer.concat([rest, next.value])
      }
      const end = 4 + rest.readInt32BE(0)
      if (rest.readInt32BE(4) !== index) throw new Error(`answer ${rest.readInt32BE(4)} came for request ${index}`)
      answers.push(rest.subarray(8, end))
      rest = rest.subarray(end)
    }
    return answers
  } finally {
    socket.destroy()
  }
}
