import { GeorepError, messageOf } from '../../core/errors.ts'
import { anySignal, orAborted } from '../../core/time.ts'
import type { AnswerBuffers } from './answer-buffers.ts'
import { Answers } from './answers.ts'
import { JoinedWrites } from './joined-writes.ts'
import {
  type ConnectionSettings,
  type KafkajsConnection,
  kafkajsConnection,
  leastTimeoutMs,
} from './kafkajs-connection.ts'
import { decodeResponse, encodeRequest, type Message, type MessageHead, requestHeader } from './message.ts'
import { apiVersions } from './messages/api-versions.ts'
import { tlsFailureOf } from './tls-failure.ts'

/** A connection is given up so long before its credentials run out (KIP-368), or at a fifth of a life that is shorter than 50 s. */
const renewalMs = 10_000

/** While bytes come in, an answer may take this many times its time-out: a large one takes its time on a long way. */
const longestTimeouts = 10

const unsupportedVersion = 35

/**
 * The connection failed. `mayHaveActed` tells what became of the request: false — the broker never saw it, or it only asked; true — the broker may
 * have acted on it, or may still do so.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly mayHaveActed: boolean

  constructor(message: string, options: { readonly mayHaveActed: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause })
    this.mayHaveActed = options.mayHaveActed
  }
}

export interface HandshakeProblem {
  /** The broker does not speak a message's version; refused the credentials; or TLS fails for a reason that stays. */
  readonly about: 'version' | 'credentials' | 'tls'
  /** What to correct. */
  readonly next?: string
  readonly cause?: unknown
}

/** The broker is there, and we and it do not come to terms. Asking again does not help. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError'
  readonly about: HandshakeProblem['about']
  readonly next: string | undefined

  constructor(message: string, { about, next, cause }: HandshakeProblem) {
    super(message, { cause })
    this.about = about
    this.next = next
  }
}

/** One authenticated connection to one broker. Requests are answered in the order in which they were sent. */
export class Connection {
  readonly #inner: KafkajsConnection
  readonly #host: string
  readonly #hasSasl: boolean
  #versions: ReadonlyMap<number, { readonly min: number; readonly max: number }> = new Map()
  readonly #answers = new Answers()
  readonly #writes = new JoinedWrites()

  private constructor(inner: KafkajsConnection, settings: ConnectionSettings) {
    this.#inner = inner
    this.#host = `${settings.host}:${settings.port}`
    this.#hasSasl = settings.sasl !== undefined
  }

  /**
   * Connects, asks for versions and authenticates.
   *
   * @param options.buffers where large answers are written
   * @throws TransportError when the broker cannot be reached within `timeoutMs`
   * @throws HandshakeError when it can, and does not let us in
   * @throws GeorepError when there is no token to show
   */
  static async open(
    settings: ConnectionSettings,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly buffers: AnswerBuffers },
  ): Promise<Connection> {
    const inner = kafkajsConnection(settings, options)
    const connection = new Connection(inner, settings)
    try {
      await connection.#handshake(settings, options)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  get isConnected(): boolean {
    return this.#inner.isConnected()
  }

  /** False also when the credentials have run out: what is in flight then still comes, and nothing more is sent. */
  get isOpen(): boolean {
    return this.isConnected && (!this.#hasSasl || this.#inner.isAuthenticated())
  }

  /** The broker keeps a request waiting: it may be frozen, or cut off. */
  get isSilent(): boolean {
    return this.#answers.isSilent
  }

  /** Nothing is in flight. */
  get isIdle(): boolean {
    return this.#answers.areAllHere
  }

  async #handshake(
    settings: ConnectionSettings,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const signal = anySignal(options.signal, AbortSignal.timeout(options.timeoutMs))
    const failed = (error: unknown): Error => {
      options.signal.throwIfAborted()
      const tls = tlsFailureOf(error, settings.tls?.cert !== undefined || settings.tls?.pfx !== undefined)
      if (tls !== undefined)
        return new HandshakeError(`${this.#host}: ${tls.why}`, { about: 'tls', next: tls.next, cause: error })
      const cut = /before secure TLS connection was established/.test(messageOf(error))
        ? 'it closed the connection during the TLS handshake, as a port without TLS does'
        : messageOf(error)
      const why = signal.aborted ? `no answer within ${options.timeoutMs} ms` : cut
      return new TransportError(`${this.#host}: ${why}`, { mayHaveActed: false, cause: error })
    }
    try {
      await orAborted(this.#inner.connect(), signal)
      const answer = await this.send(
        apiVersions,
        { clientSoftwareName: 'georep', clientSoftwareVersion: '0' },
        { timeoutMs: options.timeoutMs, signal },
      )
      if (answer.error === unsupportedVersion)
        throw new HandshakeError(this.#doesNotSpeak(apiVersions, 'less'), { about: 'version' })
      if (answer.error !== 0) throw new Error(`ApiVersions answered with error code ${answer.error}`)
      this.#versions = new Map(answer.apis.map(({ apiKey, min, max }) => [apiKey, { min, max }]))
    } catch (error) {
      throw error instanceof HandshakeError ? error : failed(error)
    }
    if (settings.sasl === undefined) return
    this.#inner.setVersions(
      Object.fromEntries([...this.#versions].map(([key, { min, max }]) => [key, { minVersion: min, maxVersion: max }])),
    )
    this.#inner.setSupportAuthenticationProtocol(true)
    // The login's requests are kafkajs's own. A broker holds a refusal back for a while, so that guessing passwords takes long.
    this.#inner.requestQueue.requestTimeout = options.timeoutMs
    try {
      await orAborted(this.#inner.authenticate(), signal)
      const lifeMs = Number(this.#inner.sessionLifetime.toString())
      this.#inner.reauthenticationThreshold = Math.min(renewalMs, Math.floor(lifeMs / 5))
      this.#inner.requestQueue.requestTimeout = leastTimeoutMs
    } catch (error) {
      if (error instanceof GeorepError) throw error
      // kafkajs calls everything a failed login, and keeps only the text of what it was.
      if (signal.aborted || isNoAnswer(error)) throw failed(error)
      throw new HandshakeError(`${this.#host}: ${messageOf(error)}`, { about: 'credentials', cause: error })
    }
  }

  /**
   * Sends one request and waits for its answer. Large buffers of the request are written as they are, without a copy.
   *
   * `beforeWrite` runs in the same turn as the write: when it throws, nothing was sent.
   *
   * @throws TransportError when the connection fails, or nothing comes in on it for `timeoutMs`; the connection is then closed, because an answer
   *   that comes late must not be taken for another's
   * @throws HandshakeError when the broker does not speak this version
   * @throws MalformedError when the answer is not one
   */
  async send<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly beforeWrite?: () => void },
  ): Promise<Response> {
    options.signal.throwIfAborted()
    this.#assertSpoken(message)
    const body = encodeRequest(message, request)
    let mayHaveActed = false
    const answered = new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      const correlationId = this.#inner.nextCorrelationId()
      const { apiKey, name: apiName, version: apiVersion } = message
      const { socket } = this.#inner
      if (socket === undefined || !this.#inner.isConnected()) throw new Error('not connected')
      const header = requestHeader(message, correlationId, body)
      const { requestQueue } = this.#inner
      // The queue has no limit of its own, so that this writes at once.
      const push = (): void => {
        requestQueue.push({
          entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
          expectResponse: true,
          requestTimeout: longestTimeouts * options.timeoutMs,
          sendRequest: () => {
            this.#writes.hold(socket)
            // As late as can be: a process may be stopped in between, and go on much later.
            options.beforeWrite?.()
            mayHaveActed = message.isQuery !== true
            socket.write(header)
            for (const chunk of body) socket.write(chunk)
            if (options.beforeWrite !== undefined) this.#writes.letGo(socket)
          },
        })
      }
      try {
        push()
      } catch (error) {
        requestQueue.inflight.delete(correlationId)
        this.#writes.letGo(socket)
        throw error
      }
    })
    const failed = (error: unknown): never => {
      if (error instanceof WriteRefused) throw error
      this.close()
      throw new TransportError(`${this.#host}: ${messageOf(error)}`, { mayHaveActed, cause: error })
    }
    // Goes on when the caller has gone: a connection without answers is of no use to anybody.
    const { payload } = await orAborted(
      this.#answers.wait(answered, this.#inner.socket, options.timeoutMs).catch(failed),
      options.signal,
    )
    return decodeResponse(message, payload)
  }

  /** Ends the connection at once; what is in flight is rejected. */
  close(): void {
    this.#inner.rejectRequests(new Error('connection closed'))
    this.#inner.disconnect().catch(() => undefined)
    this.#inner.socket?.destroy()
  }

  #assertSpoken(message: MessageHead): void {
    if (message.apiKey === apiVersions.apiKey) return
    const spoken = this.#versions.get(message.apiKey)
    if (spoken !== undefined && spoken.min <= message.version && message.version <= spoken.max) return
    const range = spoken === undefined ? 'none' : `${spoken.min} to ${spoken.max}`
    throw new HandshakeError(this.#doesNotSpeak(message, range), { about: 'version' })
  }

  #doesNotSpeak({ name, version }: MessageHead, spoken: string): string {
    return `${this.#host}: the broker does not speak ${name} version ${version} (it speaks ${spoken}); georep needs Kafka 3.1 or newer`
  }
}

/** The login came to no end: nothing is said about the credentials. */
const isNoAnswer = (error: unknown): boolean => /timed out|closed|Connection error|ECONNRESET|EPIPE/i.test(messageOf(error)) // prettier-ignore

/** Thrown by a `beforeWrite`: the request was held back, and nothing left this process. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused'
}
