import type { z } from 'zod'
import { GeorepError } from '../core/errors.ts'
import type { Wait } from '../core/time.ts'
import {
  connectorAnswer,
  messageAnswer,
  namedAnswer,
  namesAnswer,
  offsetsAnswer,
  parsed,
  pluginsAnswer,
  rootAnswer,
  statusAnswer,
  tasksAnswer,
  validationAnswer,
} from './answers.ts'
import { type Limits, send, type Sender, usualLimits } from './caller.ts'
import type { Answer, Exchange } from './exchange.ts'
import { type Call, hasStumbled, isAbsent, notDone, notUnderstood } from './failures.ts'
import { secretsIn, withoutSecrets } from './secrets.ts'
import type { ConnectSettings } from './settings.ts'

/** While a connector is written anew Connect fails to tell of it and its tasks (status 500): how long it may, and how often is looked. */
const anewMs = 10_000
const anewEveryMs = 250

interface Options {
  readonly signal: AbortSignal
}

export type ConnectorConfig = Readonly<Record<string, string>>
export type Root = Readonly<z.output<typeof rootAnswer>>
export type Plugin = Readonly<z.output<typeof pluginsAnswer>[number]>
export type Connector = Readonly<z.output<typeof connectorAnswer>>
export type ConnectorStatus = Readonly<z.output<typeof statusAnswer>>
export type ConnectorTask = Readonly<z.output<typeof tasksAnswer>[number]>
export type FieldErrors = Readonly<z.output<typeof validationAnswer>[number]>

/** A place in a source, as its connector has it; positions are numbers that JavaScript has exactly. */
export interface SourceOffset {
  readonly partition: Readonly<Record<string, unknown>>
  /** Null for none: where it is written, what is there is forgotten. */
  readonly offset: Readonly<Record<string, unknown>> | null
}

export interface ConnectDeps {
  readonly wait: Wait
  /** What else helps where nothing answers at the URL, such as the command that names another. */
  readonly elsewhere?: string | undefined
  readonly limits?: Partial<Limits>
}

/**
 * A cluster of Kafka Connect workers, by its REST interface (any worker answers for all). Knows connectors, and nothing of what they do.
 *
 * Waits out a rebalance for a minute, and every call has a time-out of its own. What fails is a GeorepError: "unreachable" for what got no answer and
 * changed nothing, "timedOut" where it is rebalancing still, "unknown" for an act that may have been done all the same, "refused" for what Connect finds wrong in what it is asked (which
 * it says line by line), "denied", "failed". No error has a secret in it. Keeps nothing and needs no closing.
 */
export class ConnectCluster {
  readonly url: string
  /** With secrets in them. */
  readonly settings: ConnectSettings
  readonly #sender: Sender
  readonly #elsewhere: string | undefined

  constructor(settings: ConnectSettings, { wait, elsewhere, limits }: ConnectDeps) {
    this.url = settings.url
    this.settings = settings
    this.#sender = { settings, wait, limits: { ...usualLimits, ...limits } }
    this.#elsewhere = elsewhere
  }

  /** Which version answers, and which Kafka cluster it is attached to. */
  async root({ signal }: Options): Promise<Root> {
    return await this.#read('tell which Kafka cluster it is attached to', '/', rootAnswer, signal)
  }

  /** The connectors that its workers could run. */
  async plugins({ signal }: Options): Promise<readonly Plugin[]> {
    return await this.#read('list its plugins', '/connector-plugins', pluginsAnswer, signal)
  }

  /** What is wrong in a configuration for connectors of a class, by its keys; empty when nothing is. It has the connector's name, too. */
  async validate(className: string, config: ConnectorConfig, { signal }: Options): Promise<readonly FieldErrors[]> {
    const path = `/connector-plugins/${encoded(className)}/config/validate`
    const body = JSON.stringify({ ...config, 'connector.class': className })
    const call = this.#call('validate a configuration', { method: 'PUT', path, body }, secretsIn(config), false)
    const fields = this.#understood(call, await this.#done(call, [200], signal), validationAnswer)
    return fields.map(({ field, errors }) => ({
      field,
      errors: errors.map((text) => withoutSecrets(text, call.secrets)),
    }))
  }

  /** The names of all connectors. */
  async connectors({ signal }: Options): Promise<readonly string[]> {
    return await this.#read('list its connectors', '/connectors', namesAnswer, signal)
  }

  /** Undefined when there is no such connector. Its configuration may have secrets in it. */
  async connector(name: string, { signal }: Options): Promise<Connector | undefined> {
    return await this.#find(`describe connector "${name}"`, connectorPath(name), connectorAnswer, signal)
  }

  /** What the connector has its tasks do, run or not. Undefined when there is no such connector. May have secrets in it. */
  async tasks(name: string, { signal }: Options): Promise<readonly ConnectorTask[] | undefined> {
    return await this.#find(
      `list the tasks of connector "${name}"`,
      `${connectorPath(name)}/tasks`,
      tasksAnswer,
      signal,
    )
  }

  /** Undefined when there is no such connector, and for a moment after one was made. A connector that runs may have tasks that failed. */
  async status(name: string, { signal }: Options): Promise<ConnectorStatus | undefined> {
    return await this.#find(
      `tell the state of connector "${name}"`,
      `${connectorPath(name)}/status`,
      statusAnswer,
      signal,
    )
  }

  /** What the connector has written down of where it is in its source. Undefined when there is no such connector. */
  async offsets(name: string, { signal }: Options): Promise<readonly SourceOffset[] | undefined> {
    return await this.#find(
      `tell the offsets of connector "${name}"`,
      `${connectorPath(name)}/offsets`,
      offsetsAnswer,
      signal,
    )
  }

  /** Makes the connector, or gives it another configuration. Answers whether it is new. */
  async putConfig(name: string, config: ConnectorConfig, { signal }: Options): Promise<boolean> {
    const exchange = { method: 'PUT', path: `${connectorPath(name)}/config`, body: JSON.stringify(config) } as const
    const call = this.#call(`configure connector "${name}"`, exchange, secretsIn(config))
    const answer = await this.#done(call, [200, 201], signal)
    this.#understood(call, answer, namedAnswer)
    return answer.status === 201
  }

  /** @throws GeorepError "refused", GR-CONNECT-EXISTS, when there is one of that name */
  async create(
    name: string,
    config: ConnectorConfig,
    initialState: 'RUNNING' | 'PAUSED' | 'STOPPED',
    { signal }: Options,
  ): Promise<void> {
    const body = JSON.stringify({ name, config, initial_state: initialState })
    const call = this.#call(`create connector "${name}"`, { method: 'POST', path: '/connectors', body }, secretsIn(config)) // prettier-ignore
    this.#understood(call, await this.#done(call, [201], signal), namedAnswer)
  }

  /** The tasks stay, and do nothing. Asked for, not awaited: `status` tells. */
  async pause(name: string, options: Options): Promise<void> {
    await this.#change('pause', name, 202, options)
  }

  /** Asked for, not awaited: `status` tells. */
  async resume(name: string, options: Options): Promise<void> {
    await this.#change('resume', name, 202, options)
  }

  /** The tasks go, and the offsets can be altered. Asked for, not awaited: `status` tells. */
  async stop(name: string, options: Options): Promise<void> {
    await this.#change('stop', name, 204, options)
  }

  /** What of connector and tasks has FAILED. As `restart`. */
  async restartFailed(name: string, { signal }: Options): Promise<void> {
    await this.restart(name, { onlyFailed: true, includeTasks: true, signal })
  }

  /** The connector, or with its tasks, or those of them that failed. Asked for, not awaited: `status` tells. */
  async restart(
    name: string,
    { onlyFailed, includeTasks, signal }: Options & { readonly onlyFailed: boolean; readonly includeTasks: boolean },
  ): Promise<void> {
    const path = `${connectorPath(name)}/restart?includeTasks=${includeTasks}&onlyFailed=${onlyFailed}`
    const call = this.#call(`restart connector "${name}"`, { method: 'POST', path, body: undefined })
    await this.#done(call, [202, 204], signal)
  }

  /** Answers whether there was one. Its offsets stay: a connector of its name would go on from them. */
  async deleteConnector(name: string, { signal }: Options): Promise<boolean> {
    const call = this.#call(`delete connector "${name}"`, {
      method: 'DELETE',
      path: connectorPath(name),
      body: undefined,
    })
    const answer = await send(call, this.#sender, signal)
    if (isAbsent(answer)) return false
    this.#expect(call, answer, [204])
    return true
  }

  /** Of a stopped connector alone. What is not named stays. */
  async patchOffsets(name: string, offsets: readonly SourceOffset[], { signal }: Options): Promise<void> {
    const exchange = {
      method: 'PATCH',
      path: `${connectorPath(name)}/offsets`,
      body: JSON.stringify({ offsets }),
    } as const
    const call = this.#call(`alter the offsets of connector "${name}"`, exchange)
    this.#understood(call, await this.#done(call, [200], signal), messageAnswer)
  }

  /** Of a stopped connector alone: it begins anew. */
  async deleteOffsets(name: string, { signal }: Options): Promise<void> {
    const path = `${connectorPath(name)}/offsets`
    const call = this.#call(`delete the offsets of connector "${name}"`, { method: 'DELETE', path, body: undefined })
    this.#understood(call, await this.#done(call, [200], signal), messageAnswer)
  }

  async #change(act: 'pause' | 'resume' | 'stop', name: string, status: number, { signal }: Options): Promise<void> {
    const exchange = { method: 'PUT', path: `${connectorPath(name)}/${act}`, body: undefined } as const
    await this.#done(this.#call(`${act} connector "${name}"`, exchange), [status], signal)
  }

  async #read<T>(what: string, path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const call = this.#call(what, { method: 'GET', path, body: undefined }, [], false)
    return this.#understood(call, await this.#done(call, [200], signal), schema)
  }

  async #find<T>(what: string, path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> {
    const call = this.#call(what, { method: 'GET', path, body: undefined }, [], false)
    for (let waitedMs = 0; ; waitedMs += anewEveryMs) {
      const answer = await send(call, this.#sender, signal)
      if (isAbsent(answer)) return undefined
      if (!hasStumbled(answer) || waitedMs >= anewMs) {
        this.#expect(call, answer, [200])
        return this.#understood(call, answer, schema)
      }
      await this.#sender.wait(anewEveryMs, signal)
    }
  }

  #call(what: string, exchange: Exchange, secrets: readonly string[] = [], isAct = true): Call {
    const { credentials } = this.settings
    return {
      what,
      ...exchange,
      isAct,
      secrets: credentials === undefined ? secrets : [credentials.password, ...secrets],
      elsewhere: this.#elsewhere,
    }
  }

  async #done(call: Call, statuses: readonly number[], signal: AbortSignal): Promise<Answer> {
    const answer = await send(call, this.#sender, signal)
    this.#expect(call, answer, statuses)
    return answer
  }

  #expect(call: Call, answer: Answer, statuses: readonly number[]): void {
    if (statuses.includes(answer.status)) return
    throw answer.status < 300 ? notUnderstood(call, this.url) : notDone(call, this.url, answer)
  }

  #understood<T>(call: Call, { text }: Answer, schema: z.ZodType<T>): T {
    const value = parsed(schema, text)
    if (value === undefined) throw notUnderstood(call, this.url)
    return value
  }
}

function connectorPath(name: string): string {
  return `/connectors/${encoded(name)}`
}

/**
 * @throws GeorepError for a name that stands for another place in every URL, and for those with which workers of Kafka 4 do not hear the name that was
 * meant: with ";" it ends there, and the others Jetty takes for an attempt at another place
 */
function encoded(name: string): string {
  if (name !== '' && !/^\.{1,2}$|[/\\%;\u0000-\u001f]/.test(name)) return encodeURIComponent(name)
  throw new GeorepError('unsupported', 'GR-CONNECT-NAME', `Kafka Connect cannot be asked about "${name}": such a name has no address in its REST interface`, {
    next: 'use names without "/", "\\", "%" and ";"',
  }) // prettier-ignore
}
