import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import kafkajs, { type Kafka } from 'kafkajs'
import { saslOptions } from '../kafka/sasl-options.ts'
import type { ClusterSettings } from '../kafka/settings.ts'
import { tlsOptions } from '../kafka/tls-options.ts'

/** An ordinary Kafka client, as an application has one, whose sockets are in our hand. */
export interface CanaryClient {
  readonly kafka: Kafka
  /** Ends every connection at once and lets no new one open: what a killed process looks like to the brokers. */
  readonly cut: () => void
}

/** Longer than a canary waits for its acknowledgement, so that a late one is still seen. */
export const requestTimeoutMs = 10_000

const connectTimeoutMs = 1_000

export interface CanaryClientOptions {
  readonly clientId: string
  /** How often kafkajs tries again what it tries again by itself: connecting, loading metadata, finding a coordinator. */
  readonly retries: number
}

export function openCanaryClient(settings: ClusterSettings, options: CanaryClientOptions): CanaryClient {
  const sockets = new Set<Socket>()
  const tls = settings.tls === undefined ? undefined : tlsOptions(settings.tls)
  let isCut = false
  const kafka = new kafkajs.Kafka({
    clientId: options.clientId,
    brokers: [...settings.bootstrap],
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(settings.sasl === undefined ? {} : { sasl: saslOptions(settings.sasl) }),
    connectionTimeout: connectTimeoutMs,
    // kafkajs uses it only as the patience of those who wait for a connection that another call is making.
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: { retries: options.retries, initialRetryTime: 100 },
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: () => () => undefined,
    socketFactory: ({ host, port, onConnect }) => {
      if (isCut) throw new Error('this client was cut off')
      const socket =
        tls === undefined
          ? connectTcp({ host, port }, onConnect)
          : connectTls({ host, port, ...(isIP(host) !== 0 ? {} : { servername: host }), ...tls }, onConnect)
      // A canary is a few small requests: held back by Nagle's algorithm they would measure the client.
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
  })
  return {
    kafka,
    cut: () => {
      isCut = true
      // With an error, since kafkajs does not listen for a close: its waiting requests would stay.
      for (const socket of sockets) socket.destroy(new Error('this client was cut off'))
    },
  }
}
