import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A resolver that answers every question with these addresses; none: that there is no such name. */
export class FakeResolver {
  addresses: readonly string[]
  asked = 0
  readonly #socket: Socket

  private constructor(socket: Socket, addresses: readonly string[]) {
    this.#socket = socket
    this.addresses = addresses
    socket.on('message', (query, { port, address }) => {
      this.asked++
      socket.send(this.#answer(query), port, address)
    })
  }

  static async start(...addresses: readonly string[]): Promise<FakeResolver> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new FakeResolver(socket, addresses)
  }

  get at(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  close(): void {
    this.#socket.close()
  }

  #answer(query: Buffer): Buffer {
    const end = query.indexOf(0, 12) + 5
    const head = Buffer.from(query.subarray(0, end))
    head.writeUInt16BE(this.addresses.length === 0 ? 0x8183 : 0x8180, 2)
    head.writeUInt16BE(this.addresses.length, 6)
    head.writeUInt32BE(0, 8)
    const records = this.addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 42, 0, 4, ...address.split('.').map(Number)]),
    )
    return Buffer.concat([head, ...records])
  }
}
