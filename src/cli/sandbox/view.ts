import { textFromBytes } from '../../core/bytes.ts'
import { textFromDurationMs } from '../../core/duration.ts'
import type { SandboxConnect, WorkerState } from '../../sandbox/connect/handle.ts'
import type { BrokerState, ClusterState, Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxWan } from '../../sandbox/wan/handle.ts'
import type { Paint, Style } from '../style.ts'
import { facts, table } from '../table.ts'

/** What is printed of a sandbox; the `data` of its JSON document. */
export interface SandboxView {
  readonly name: string
  readonly config: string
  readonly clusters: readonly {
    readonly name: string
    readonly state: ClusterState
    readonly brokers: readonly { readonly nodeId: number; readonly state: BrokerState }[]
    readonly bootstrap: readonly string[]
    /** From the other region; empty without a WAN. */
    readonly wanBootstrap: readonly string[]
    readonly region: string
    readonly clusterId: string
    readonly pids: readonly number[]
    readonly logs: readonly string[]
  }[]
  /** Null when nothing lies between the clusters. */
  readonly wan: {
    readonly state: Awaited<ReturnType<SandboxWan['state']>>
    readonly roundTripMs: number
    /** Null for no limit. */
    readonly bytesPerSecond: number | null
  } | null
  /** Null for a sandbox without Kafka Connect. */
  readonly connect: {
    readonly cluster: string
    readonly isExactlyOnce: boolean
    readonly workers: readonly {
      readonly id: number
      readonly state: WorkerState
      readonly url: string
      readonly pids: readonly number[]
      readonly log: string
    }[]
  } | null
}

export async function viewOfSandbox(sandbox: Sandbox): Promise<SandboxView> {
  const clusters = Object.values(sandbox.clusters).map(async (cluster) => {
    const { name, bootstrap, wanBootstrap, region, clusterId, logFiles: logs } = cluster
    const pids = (await cluster.processes()).map(({ pid }) => pid)
    const brokers = await Promise.all(
      cluster.brokers.map(async (broker) => ({ nodeId: broker.nodeId, state: await broker.state() })),
    )
    return { name, state: await cluster.state(), brokers, bootstrap, wanBootstrap, region, clusterId, pids, logs }
  })
  const { wan, connect } = sandbox
  return {
    name: sandbox.name,
    config: sandbox.configFile,
    clusters: await Promise.all(clusters),
    wan: wan === undefined ? null : { state: await wan.state(), roundTripMs: wan.roundTripMs, bytesPerSecond: wan.bytesPerSecond ?? null }, // prettier-ignore
    connect: connect === undefined ? null : await viewOfConnect(connect),
  }
}

async function viewOfConnect({
  cluster,
  isExactlyOnce,
  workers,
}: SandboxConnect): Promise<NonNullable<SandboxView['connect']>> {
  const each = workers.map(async (worker) => {
    const { id, url, logFile: log } = worker
    return { id, state: await worker.state(), url, pids: (await worker.processes()).map(({ pid }) => pid), log }
  })
  return { cluster, isExactlyOnce, workers: await Promise.all(each) }
}

export function renderSandbox(view: SandboxView, style: Style): string {
  return renderClusters(view, style) + renderConnect(view, style) + renderWan(view, style)
}

function renderClusters(view: SandboxView, style: Style): string {
  return table(
    ['CLUSTER', 'STATE', 'BOOTSTRAP', 'REGION', 'CLUSTER ID', 'PID'].map((title) => ({ title })),
    view.clusters.map(({ name, state, brokers, bootstrap, region, clusterId, pids }) => [
      name,
      { text: state === 'degraded' ? `degraded (${stateOfBrokers(brokers)})` : state, paint: paintOf(state, style) },
      bootstrap.join(','),
      region,
      clusterId,
      pids.length === 0 ? '-' : pids.join(','),
    ]),
  )
}

function stateOfBrokers(brokers: SandboxView['clusters'][number]['brokers']): string {
  return brokers.flatMap(({ nodeId, state }) => (state === 'up' ? [] : [`${nodeId} ${state}`])).join(', ')
}

function renderConnect({ connect }: SandboxView, style: Style): string {
  if (connect === null) return ''
  const rows = connect.workers.map(({ id, state, url, pids }) => [
    `worker ${id}`,
    { text: state, paint: paintOf(state, style) },
    url,
    connect.cluster,
    connect.isExactlyOnce ? 'yes' : 'no',
    pids.length === 0 ? '-' : pids.join(','),
  ])
  const titles = ['CONNECT', 'STATE', 'URL', 'CLUSTER', 'EXACTLY ONCE', 'PID']
  return `\n${table(
    titles.map((title) => ({ title })),
    rows,
  )}`
}

function renderWan({ wan, clusters }: SandboxView, style: Style): string {
  if (wan === null) return ''
  const { state, roundTripMs, bytesPerSecond } = wan
  const rate = bytesPerSecond === null ? 'no limit of bandwidth' : `${textFromBytes(bytesPerSecond)}/s each way`
  const text = `${state}, round trip ${textFromDurationMs(roundTripMs)}, ${rate}`
  const paint = { up: style.ok, cut: style.warn, down: style.bad }[state]
  const ends = clusters.map(({ name, wanBootstrap }) => [`  to ${name}`, wanBootstrap.join(',')] as const)
  return `\n${facts([['WAN', { text, paint }], ...ends])}`
}

function paintOf(state: ClusterState, style: Style): Paint {
  return { up: style.ok, paused: style.warn, degraded: style.warn, down: style.bad }[state]
}
