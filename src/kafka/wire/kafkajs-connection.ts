import connection from 'kafkajs/src/network/connection.js'
import type { Socket } from 'node:net'
import { messageOf } from '../../core/errors.ts'
import { saslOptions } from '../sasl-options.ts'
import type { SaslSettings, TlsSettings } from '../settings.ts'
import { tlsOptions } from '../tls-options.ts'
import type { AnswerBuffers } from './answer-buffers.ts'
import { AnswerReader } from './answer-reader.ts'
import { clientId } from './message.ts'
import { MalformedError } from './reader.ts'
import { openSocket, type SocketAddress } from './socket.ts'
import { isTlsAlert, portSpeaksTls } from './tls-failure.ts'

// The one file that knows kafkajs's insides: its connection brings SASL and the matching of answers to requests, but sends only the requests that kafkajs
// knows. What is used of it is pinned with the version of kafkajs, and is described here.
export interface KafkajsConnection {
  readonly requestQueue: {
    readonly inflight: Map<number, unknown>
    push(request: {
      readonly entry: {
        readonly apiKey: number
        readonly apiName: string
        readonly apiVersion: number
        readonly correlationId: number
        readonly resolve: (answer: { readonly payload: Buffer }) => void
        readonly reject: (error: Error) => void
      }
      readonly expectResponse: boolean
      readonly requestTimeout: number
      readonly sendRequest: () => void
    }): void
    fulfillRequest(answer: { readonly correlationId: number; readonly payload: Buffer; readonly size: number }): void
    scheduleCheckPendingRequests: () => void
    /** For requests that do not say. */
    requestTimeout: number
  }
  readonly socket: Socket | undefined
  /** Set while it logs in, by requests that are not in the queue. */
  readonly authHandlers: object | null
  /** Milliseconds, as the broker said; 0 for no end. */
  readonly sessionLifetime: { toString(): string }
  reauthenticationThreshold: number
  processData(data: Buffer): void
  connect(): Promise<unknown>
  disconnect(): Promise<unknown>
  authenticate(): Promise<void>
  isConnected(): boolean
  isAuthenticated(): boolean
  setVersions(versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>): void
  setSupportAuthenticationProtocol(isSupported: boolean): void
  nextCorrelationId(): number
  rejectRequests(error: Error): void
}
const Kafkajs = connection as new (options: object) => KafkajsConnection

/** kafkajs takes the larger of this and the request's own time-out, so this one is the floor. */
export const leastTimeoutMs = 100

/** kafkajs logs connection errors that georep reports itself, and stdout belongs to data. */
const silentLogger = {
  namespace: (): object => silentLogger,
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (): void => undefined,
  error: (): void => undefined,
}

export interface ConnectionSettings {
  readonly host: string
  readonly port: number
  readonly tls: TlsSettings | undefined
  readonly sasl: SaslSettings | undefined
}

/** One that is not connected yet. What comes in on it is read by an `AnswerReader`: kafkajs copies it, and throws where nobody catches at what is no answer. */
export function kafkajsConnection(
  settings: ConnectionSettings,
  options: { readonly timeoutMs: number; readonly buffers: AnswerBuffers },
): KafkajsConnection {
  const inner: KafkajsConnection = new Kafkajs({
    host: settings.host,
    port: settings.port,
    clientId,
    logger: silentLogger,
    socketFactory: (address: SocketAddress) => openSocket(address, readerOf(inner, options.buffers)),
    connectionTimeout: options.timeoutMs,
    requestTimeout: leastTimeoutMs,
    ssl: settings.tls === undefined ? null : tlsOptions(settings.tls),
    sasl: settings.sasl === undefined ? null : saslOptions(settings.sasl),
  })
  // It looks every millisecond for requests that are held back, for ever; here none is.
  inner.requestQueue.scheduleCheckPendingRequests = () => undefined
  return inner
}

/** Gives answers to those who wait for them, and the connection up at bytes that are none. */
function readerOf(inner: KafkajsConnection, buffers: AnswerBuffers): AnswerReader {
  const refuse = (error: unknown, start: Buffer): void => {
    const malformed = new MalformedError(`not an answer of a broker: ${messageOf(error)}`, { cause: error })
    inner.socket?.destroy(isTlsAlert(start) ? Object.assign(malformed, { code: portSpeaksTls }) : malformed)
  }
  const take = (answer: Buffer): void => {
    if (inner.authHandlers !== null) inner.processData(answer)
    else inner.requestQueue.fulfillRequest({ correlationId: answer.readInt32BE(4), payload: answer.subarray(8), size: answer.length - 4 }) // prettier-ignore
  }
  return new AnswerReader({
    buffers,
    onAnswer: (answer) => {
      try {
        take(answer)
      } catch (error) {
        refuse(error, answer)
      }
    },
    onMalformed: refuse,
  })
}
