import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the fake answers in place of Connect, once. `break`: sends a part of a body and resets the connection. */
export type Trouble =
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly break: 'before' | 'inTheBody' }
  | { readonly silent: true }

export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly authorization: string | undefined
}

interface Kept {
  config: Record<string, string>
  state: 'RUNNING' | 'PAUSED' | 'STOPPED'
  offsets: { partition: Record<string, unknown>; offset: Record<string, unknown> | null }[]
  /** Of its tasks, which FAILED, while the connector runs. */
  trace?: string
  /** A task that is begun anew does not fail again. */
  isCured?: boolean
  /** After it was begun anew a task is told of as RUNNING so many times, before it has FAILED again. */
  looksBeforeFailed?: number
  looksLeft?: number
  /** To its task; unless it is set the task is told what the connector is. */
  assigned?: string
}

const mirror = 'org.apache.kafka.connect.mirror'

/**
 * Kafka Connect's REST interface with nothing behind it, for what a real one cannot be made to answer. `connect-contract.ts` holds it to a real one.
 */
export class FakeConnect implements AsyncDisposable {
  readonly asked: Asked[] = []
  readonly connectors = new Map<string, Kept>()
  /** What is answered next, one an answer; then as Connect would. */
  readonly troubles: Trouble[] = []
  /** What is asked like this (`PUT /connectors/a/stop`) is done, and its answer lost. */
  loses: RegExp | undefined
  readonly #server: Server
  readonly #kafkaClusterId: string

  private constructor(server: Server, kafkaClusterId: string) {
    this.#server = server
    this.#kafkaClusterId = kafkaClusterId
  }

  static async start(kafkaClusterId = 'fake'): Promise<FakeConnect> {
    const server = createServer((request, response) => {
      void fake.#answer(request, response)
    })
    const fake = new FakeConnect(server, kafkaClusterId)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Its only task is told to carry these partitions, `topic-0,topic-1`, whatever its topics are. */
  carries(name: string, partitions: string): void {
    const kept = this.connectors.get(name)
    if (kept === undefined) throw new Error(`no connector "${name}"`)
    kept.assigned = partitions
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => { resolve() })) // prettier-ignore
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) body += chunk
    const { method = '', url: path = '', headers } = request
    this.asked.push({ method, path, body, authorization: headers.authorization })
    const trouble = this.troubles.shift()
    if (trouble === undefined) {
      const [status, json] = this.#asConnect(method, path, body)
      if (this.loses?.test(`${method} ${path}`) === true) request.socket.resetAndDestroy()
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(json === undefined ? '' : JSON.stringify(json))
    } else if ('status' in trouble) response.writeHead(trouble.status, { ...trouble.headers }).end(trouble.body)
    else if ('break' in trouble) {
      if (trouble.break === 'inTheBody') {
        response.writeHead(200, { 'content-length': '1000' })
        await new Promise((resolve) => response.write('{"version":"4', resolve))
      }
      request.socket.resetAndDestroy()
    }
  }

  #asConnect(method: string, path: string, body: string): readonly [number, unknown?] {
    const [where = ''] = path.split('?')
    const [, top = '', second = '', third = '', fourth = ''] = where.split('/').map(decodeURIComponent)
    const at = `${method} ${top}`
    if (where === '/') return [200, { version: '4.3.1', commit: 'fake', kafka_cluster_id: this.#kafkaClusterId }]
    if (at === 'GET connector-plugins') return [200, pluginNames.map((name) => ({ class: `${mirror}.${name}`, type: 'source', version: '4.3.1' }))] // prettier-ignore
    if (at === 'PUT connector-plugins' && third === 'config' && fourth === 'validate') return validated(json(body))
    if (at === 'GET connectors' && second === '') return [200, [...this.connectors.keys()]]
    if (at === 'POST connectors' && second === '') return this.#create(json(body))
    if (top !== 'connectors' || second === '') return notFound('HTTP 404 Not Found')
    return this.#ofConnector(method, second, third, body)
  }

  #create(given: Record<string, unknown>): readonly [number, unknown] {
    const { name, config, initial_state: state = 'RUNNING' } = given as { name: string; config: Record<string, string>; initial_state?: Kept['state'] } // prettier-ignore
    if (this.connectors.has(name)) return failed(409, `Connector ${name} already exists`)
    const wrong = refusal(config)
    if (wrong !== undefined) return wrong
    this.connectors.set(name, { config: { ...config, name }, state, offsets: [] })
    return [201, this.#described(name)]
  }

  #described(name: string): unknown {
    const kept = this.connectors.get(name)
    const tasks = kept?.state === 'STOPPED' ? [] : [{ connector: name, task: 0 }]
    return { name, config: kept?.config, tasks, type: 'source' }
  }

  #ofConnector(method: string, name: string, what: string, body: string): readonly [number, unknown?] {
    const kept = this.connectors.get(name)
    if (method === 'PUT' && what === 'config') {
      const config = json(body) as Record<string, string>
      const wrong = refusal(config)
      if (wrong !== undefined) return wrong
      this.connectors.set(name, { state: 'RUNNING', offsets: [], ...kept, config: { ...config, name } })
      return [kept === undefined ? 201 : 200, this.#described(name)]
    }
    if (kept === undefined) return notFound(what === 'status' ? `No status found for connector ${name}` : `Connector ${name} not found`) // prettier-ignore
    switch (`${method} ${what}`) {
      case 'GET ':
        return [200, this.#described(name)]
      case 'DELETE ':
        this.connectors.delete(name)
        return [204]
      case 'GET status': {
        const running = { state: kept.state, worker_id: '127.0.0.1:8083' }
        const isRunningYet = (kept.looksLeft = (kept.looksLeft ?? 0) - 1) >= 0
        const task = {
          id: 0,
          ...running,
          ...(kept.trace === undefined || isRunningYet ? {} : { state: 'FAILED', trace: kept.trace }),
        }
        return [200, { name, connector: running, tasks: kept.state === 'STOPPED' ? [] : [task], type: 'source' }]
      }
      case 'GET tasks':
        return [200, kept.state === 'STOPPED' ? [] : [{ id: { connector: name, task: 0 }, config: kept.assigned === undefined ? kept.config : { ...kept.config, 'task.assigned.partitions': kept.assigned } }]] // prettier-ignore
      case 'PUT pause':
        kept.state = 'PAUSED'
        return [202]
      case 'PUT resume':
        kept.state = 'RUNNING'
        return [202]
      case 'PUT stop':
        kept.state = 'STOPPED'
        return [204]
      case 'POST restart':
        if (kept.isCured === true) delete kept.trace
        kept.looksLeft = kept.looksBeforeFailed ?? 0
        return [
          202,
          { name, connector: { state: 'RESTARTING', worker_id: '127.0.0.1:8083' }, tasks: [], type: 'source' },
        ]
      case 'GET offsets':
        return [200, { offsets: kept.offsets }]
      case 'PATCH offsets':
      case 'DELETE offsets': {
        if (kept.state !== 'STOPPED') return failed(400, 'Connectors must be in the STOPPED state before their offsets can be modified.') // prettier-ignore
        const offsets = (method === 'DELETE' ? [] : json(body)['offsets']) as Kept['offsets']
        const key = ({ partition }: Kept['offsets'][number]): string =>
          JSON.stringify(Object.entries(partition).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        const named = new Set(offsets.map(key))
        const rest = method === 'DELETE' ? [] : kept.offsets.filter((each) => !named.has(key(each)))
        kept.offsets = [...rest, ...offsets.filter(({ offset }) => offset !== null)]
        return [200, { message: 'The offsets for this connector have been altered successfully' }]
      }
      default:
        return notFound('HTTP 404 Not Found')
    }
  }
}

const pluginNames = ['MirrorCheckpointConnector', 'MirrorHeartbeatConnector', 'MirrorSourceConnector']

/** The one setting whose absence this fake minds. */
const needed = 'source.cluster.alias'

function validated(config: Record<string, unknown>): readonly [number, unknown] {
  const errors = config[needed] === undefined ? [`Missing required configuration "${needed}" which has no default value.`] : [] // prettier-ignore
  const value = { name: needed, value: config[needed] ?? null, recommended_values: [], errors, visible: true }
  const definition = { name: needed, type: 'STRING', required: true }
  return [
    200,
    { name: config['connector.class'], error_count: errors.length, groups: [], configs: [{ definition, value }] },
  ]
}

function refusal(config: Readonly<Record<string, string>>): readonly [number, unknown] | undefined {
  if (config[needed] !== undefined) return undefined
  return failed(400, `Connector configuration is invalid and contains the following 1 error(s):\nMissing required configuration "${needed}" which has no default value.\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``) // prettier-ignore
}

function failed(status: number, message: string): readonly [number, unknown] {
  return [status, { error_code: status, message }]
}

function notFound(message: string): readonly [number, unknown] {
  return failed(404, message)
}

function json(body: string): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>
}
