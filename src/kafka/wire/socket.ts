import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

const keepAliveMs = 60_000

/** What kafkajs asks of whoever makes its sockets. */
export interface SocketAddress {
  readonly host: string
  readonly port: number
  /** None without TLS. */
  readonly ssl: ConnectionOptions | null
  readonly onConnect: () => void
}

/** A socket, with TLS or without, that gives what comes in to `reader`, and has no `data` events. */
export function openSocket({ host, port, ssl, onConnect }: SocketAddress, reader: OnReadOpts): Socket {
  const to = { host, port, onread: reader }
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket = ssl === null ? connect(to, onConnect) : connectTls({ ...to, ...name, ...ssl }, onConnect)
  return socket.setKeepAlive(true, keepAliveMs)
}
