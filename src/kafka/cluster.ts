import { type AclOperation, topicRight } from '../core/acl.ts'
import { anySignal, orAborted, type Wait, withDeadline } from '../core/time.ts'
import { badAnswer, explained, unreachable } from './cluster-errors.ts'
import { controllerOf } from './controller.ts'
import { DeniedError } from './denied.ts'
import { BrokerError, isDenied, isLeaderMoved, isNoTopic } from './error-codes.ts'
import { type ClusterSettings, principalOf } from './settings.ts'
import { AnswerBuffers } from './wire/answer-buffers.ts'
import { Connection, HandshakeError, TransportError } from './wire/connection.ts'
import type { Message } from './wire/message.ts'
import { metadata } from './wire/messages/metadata.ts'
import { MalformedError } from './wire/reader.ts'
import { noUuid } from './wire/schema.ts'

/** A cluster that does not let us in within this time is reported as not answering. */
const connectTimeoutMs = 2_500
/** For answers of a broker that does answer. Requests that the broker itself may hold longer say so. */
const requestTimeoutMs = 10_000
const anyAttempts = 3
/** The next bootstrap server is tried while the one before is still silent. */
const staggerMs = 300

export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | undefined
}

export interface TopicMetadata {
  readonly name: string
  /** 32 hexadecimal digits, KIP-516. */
  readonly topicId: string
  readonly isInternal: boolean
  /** By partition number; a partition whose leader is not known has leader -1. */
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export interface ClusterMetadata {
  readonly clusterId: string
  readonly controllerId: number
  readonly brokers: readonly BrokerNode[]
  readonly topics: ReadonlyMap<string, TopicMetadata>
  /** Topics that were asked for and that we may not see, be they there or not; empty unless `keepDenied`. */
  readonly denied: ReadonlyMap<string, DeniedError>
}

/** How a request about several topics, groups or ids deals with a right that is lacking. */
export interface AskOptions {
  readonly signal: AbortSignal
  /** What is named when not even Describe is permitted: a right that the caller needs as well, and that brings Describe along. Default Describe. */
  readonly needs?: AclOperation
  /** What we may not see comes back as a `DeniedError` of its own, and the rest is answered. Otherwise the call throws it. */
  readonly keepDenied?: true
}

export interface SendOptions {
  readonly signal: AbortSignal
  /** Default 10 s. */
  readonly timeoutMs?: number
  /** Requests of one lane share a connection and are answered in order; a broker answers lanes side by side. Default `main`. */
  readonly lane?: string
  /** Runs in the turn of the write: throw a `WriteRefused` to hold the request back. */
  readonly beforeWrite?: () => void
}

export interface ClusterOptions {
  readonly wait: Wait
  /** How we come in, read anew: asked when that was refused, since a password or certificate in a file may have been changed. Default: as it was. */
  readonly renewed?: () => Promise<Pick<ClusterSettings, 'tls' | 'sasl'>>
}

/**
 * A cluster as georep sees it: connections to its brokers, and its metadata.
 *
 * Nothing here retries an effect. A request fails with
 * - `GeorepError` "unreachable" when no broker answers (within 3 s), "denied" for bad credentials, "unsupported" for a broker that is too old,
 *   "failed" for an answer that is none,
 * - `TransportError` when the connection to that one broker failed, saying whether the request had left.
 */
export class Cluster implements AsyncDisposable {
  readonly name: string
  readonly wait: Wait
  readonly #renewed: ClusterOptions['renewed']
  #settings: ClusterSettings
  readonly #lanes = new Map<string, Connection | Promise<Connection>>()
  /** In the order in which they were opened, so that a question to any broker takes the first and not one of a busy lane. */
  readonly #connections = new Set<Connection>()
  readonly #closing = new AbortController()
  readonly #buffers = new AnswerBuffers()
  #finding: Promise<Connection> | undefined
  #otherwise: (clusterId: string) => Error | undefined = () => undefined
  #brokers: readonly BrokerNode[] = []

  constructor(settings: ClusterSettings, options: ClusterOptions) {
    this.name = settings.name
    this.#settings = settings
    this.#renewed = options.renewed
    this.wait = options.wait
  }

  /** `host:port` entries from the configuration, for messages. */
  get bootstrap(): readonly string[] {
    return this.#settings.bootstrap
  }

  /** By TLS, SASL or both: Kafka's own tools have to be told how to come in. */
  get isSecured(): boolean {
    return this.#settings.tls !== undefined || this.#settings.sasl !== undefined
  }

  /** Who we are to its authorizer, unless its brokers map names; undefined when that cannot be told from here. */
  get principal(): string | undefined {
    return principalOf(this.#settings)
  }

  /** For whoever goes by it for long: metadata of another cluster, which answers in its place, is what is returned here, thrown. */
  answersOnlyAs(otherwise: (clusterId: string) => Error | undefined): void {
    this.#otherwise = otherwise
  }

  /**
   * The cluster as it says it is now. Topics that do not exist are left out of `topics`, and so are names that no topic can have.
   *
   * @param topics names, or `all`; none for brokers and cluster id only
   */
  async metadata(topics: readonly string[] | 'all', options: SendOptions & AskOptions): Promise<ClusterMetadata> {
    const answer = await this.sendToAny(
      metadata,
      {
        topics: topics === 'all' ? null : topics.map((name) => ({ topicId: noUuid, name })),
        allowAutoTopicCreation: false,
        includeTopicAuthorizedOperations: false,
      },
      options,
    )
    const { clusterId, controllerId } = answer
    if (clusterId === null) throw badAnswer(this, 'it has no cluster id')
    const other = this.#otherwise(clusterId)
    if (other !== undefined) {
      // Its addresses are looked up anew.
      for (const connection of this.#connections) connection.close()
      throw other
    }
    this.#brokers = answer.brokers.map((broker) => ({ ...broker, rack: broker.rack ?? undefined }))
    const found = new Map<string, TopicMetadata>()
    const denied = new Map<string, DeniedError>()
    for (const topic of answer.topics) {
      if (topic.name === null || isNoTopic(topic.error)) continue
      if (isDenied(topic.error)) {
        const refusal = new DeniedError(this, topicRight(options.needs ?? 'Describe', topic.name), topic.error)
        if (options.keepDenied !== true) throw refusal
        denied.set(topic.name, refusal)
        continue
      }
      if (topic.error !== 0 && !isLeaderMoved(topic.error)) {
        throw new BrokerError(`topic "${topic.name}" on cluster "${this.name}"`, topic.error)
      }
      found.set(topic.name, {
        name: topic.name,
        topicId: topic.topicId,
        isInternal: topic.isInternal,
        partitions: topic.partitions.toSorted((a, b) => a.partition - b.partition),
      })
    }
    return { clusterId, controllerId, brokers: this.#brokers, topics: found, denied }
  }

  /**
   * Sends to whichever broker answers first, passing by those that keep others waiting. For requests that any broker can answer: one whose broker goes away
   * meanwhile is sent to another, twice at the most and within the same time, unless it may have acted.
   */
  async sendToAny<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    options: SendOptions,
  ): Promise<Response> {
    const { timeoutMs = requestTimeoutMs, signal } = options
    const startedMs = performance.now()
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#anyConnection(signal)
      // Whole: errors name it.
      const leftMs = Math.ceil(timeoutMs - (performance.now() - startedMs))
      try {
        return await this.#send(connection, message, request, { ...options, timeoutMs: Math.max(leftMs, 1) })
      } catch (error) {
        const mayAskAgain = error instanceof TransportError && !error.mayHaveActed && !this.#closing.signal.aborted
        // A timer may fire a little early: what is left then is no time for another.
        const isTooLate = performance.now() - startedMs > timeoutMs - 5
        if (!mayAskAgain || attempt === anyAttempts || isTooLate) throw error
        signal.throwIfAborted()
      }
    }
  }

  /**
   * Sends to one broker.
   *
   * @throws TransportError also when the broker is not in the metadata (`mayHaveActed` false)
   */
  async sendTo<Request, Response>(
    nodeId: number,
    message: Message<Request, Response>,
    request: Request,
    options: SendOptions,
  ): Promise<Response> {
    const connection = await this.#brokerConnection(nodeId, options.lane ?? 'main', options.signal)
    return await this.#send(connection, message, request, options)
  }

  /** Sends to the broker that the cluster names as its controller: needed with ZooKeeper, and any broker will do with KRaft. */
  async sendToController<Request, Response>(
    message: Message<Request, Response>,
    request: Request,
    options: SendOptions,
  ): Promise<Response> {
    return await this.sendTo(await controllerOf(this, options), message, request, options)
  }

  /** The memory of an answer, of which nobody reads anything any more, is there for others: see `AnswerBuffers`. */
  giveBack(memory: ArrayBufferLike): void {
    this.#buffers.giveBack(memory)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new TransportError(`cluster "${this.name}" is closed`, { mayHaveActed: false }))
    for (const connection of this.#connections) connection.close()
    await Promise.allSettled([...this.#lanes.values(), this.#finding])
    this.#lanes.clear()
  }

  async #send<Request, Response>(
    connection: Connection,
    message: Message<Request, Response>,
    request: Request,
    options: SendOptions,
  ): Promise<Response> {
    try {
      return await connection.send(message, request, {
        signal: options.signal,
        timeoutMs: options.timeoutMs ?? requestTimeoutMs,
        ...(options.beforeWrite === undefined ? {} : { beforeWrite: options.beforeWrite }),
      })
    } catch (error) {
      if (error instanceof MalformedError) throw badAnswer(this, error.message)
      throw explained(this, error)
    }
  }

  async #anyConnection(signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted()
    for (const connection of this.#connections) if (connection.isOpen && !connection.isSilent) return connection
    // Others may wait for the same connection, so that one caller's signal must not end it.
    this.#finding ??= this.#findBroker().finally(() => (this.#finding = undefined))
    return await orAborted(this.#finding, signal)
  }

  async #findBroker(): Promise<Connection> {
    // Before the brokers' deadline begins: the token endpoint has one of its own.
    const { sasl } = this.#settings
    if (sasl?.mechanism === 'OAUTHBEARER') await orAborted(sasl.tokens.token(), this.#closing.signal)
    const known = [
      ...this.#settings.bootstrap.map(hostAndPort),
      ...this.#brokers.map(({ host, port }) => ({ host, port })),
    ]
    const done = new AbortController()
    const signal = withDeadline(anySignal(done.signal, this.#closing.signal), connectTimeoutMs)
    const attempts = known.map(async (address, index) => {
      await this.wait(index * staggerMs, signal)
      return await this.#open(address, signal)
    })
    try {
      return await orAborted(Promise.any(attempts), signal)
    } catch (error) {
      throw unreachable(this, error)
    } finally {
      done.abort(new Error('another broker answered'))
    }
  }

  async #brokerConnection(nodeId: number, lane: string, signal: AbortSignal): Promise<Connection> {
    const key = `${nodeId}/${lane}`
    const open = this.#lanes.get(key)
    if (open !== undefined) {
      const connection = open instanceof Connection ? open : await orAborted(open, signal).catch(() => undefined)
      signal.throwIfAborted()
      if (connection?.isOpen === true) return connection
      if (this.#lanes.get(key) === open) this.#lanes.delete(key)
    }
    if (this.#brokers.length === 0) await this.metadata([], { signal })
    const broker = this.#brokers.find((one) => one.nodeId === nodeId)
    if (broker === undefined) {
      throw new TransportError(`broker ${nodeId} of cluster "${this.name}" is not there`, { mayHaveActed: false })
    }
    const again = this.#lanes.get(key)
    if (again !== undefined) return await orAborted(Promise.resolve(again), signal)
    // As in `#anyConnection`, not ended by one caller's signal.
    const opening = this.#open(broker, this.#closing.signal)
    this.#lanes.set(key, opening)
    try {
      const connection = await orAborted(opening, signal)
      if (this.#lanes.get(key) === opening) this.#lanes.set(key, connection)
      return connection
    } catch (error) {
      if (this.#lanes.get(key) === opening && !signal.aborted) this.#lanes.delete(key)
      throw explained(this, error)
    }
  }

  /** For the next attempt. What cannot be read, as while it is being written, is left as it was, and read again after that. */
  async #renew(): Promise<void> {
    const settings = await this.#renewed?.().catch(() => undefined)
    if (settings === undefined) return
    const { tls, sasl } = settings
    this.#settings = { ...this.#settings, tls, sasl }
  }

  async #open(address: { host: string; port: number }, signal: AbortSignal): Promise<Connection> {
    const { tls, sasl } = this.#settings
    const options = { timeoutMs: connectTimeoutMs, signal, buffers: this.#buffers }
    const connection = await Connection.open({ ...address, tls, sasl }, options).catch(async (error: unknown) => {
      if (error instanceof HandshakeError && error.about !== 'version') await this.#renew()
      throw error
    })
    for (const one of this.#connections) {
      if (!one.isConnected) this.#connections.delete(one)
      // Its credentials have run out: another takes its place, and the broker would keep it for ten minutes.
      else if (!one.isOpen && one.isIdle) one.close()
    }
    this.#connections.add(connection)
    if (this.#closing.signal.aborted) connection.close()
    return connection
  }
}

/** `host:port`, `[v6]:port`; the configuration has checked the form. */
function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
