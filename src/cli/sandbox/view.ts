import type { ClusterState, Sandbox } from '../../sandbox/sandbox.ts'
import type { Paint, Style } from '../style.ts'
import { table } from '../table.ts'

/** What is printed of a sandbox; the `data` of its JSON document. */
export interface SandboxView {
  readonly name: string
  readonly config: string
  readonly clusters: readonly {
    readonly name: string
    readonly state: ClusterState
    readonly bootstrap: readonly string[]
    readonly region: string
    readonly clusterId: string
    readonly pids: readonly number[]
    readonly logs: readonly string[]
  }[]
}

export async function viewOfSandbox(sandbox: Sandbox): Promise<SandboxView> {
  const clusters = Object.values(sandbox.clusters).map(async (cluster) => {
    const { name, bootstrap, region, clusterId, logFiles } = cluster
    const pids = (await cluster.processes()).map(({ pid }) => pid)
    return { name, state: await cluster.state(), bootstrap, region, clusterId, pids, logs: logFiles }
  })
  return { name: sandbox.name, config: sandbox.configFile, clusters: await Promise.all(clusters) }
}

export function renderSandbox(view: SandboxView, style: Style): string {
  return table(
    ['CLUSTER', 'STATE', 'BOOTSTRAP', 'REGION', 'CLUSTER ID', 'PID'].map((title) => ({ title })),
    view.clusters.map(({ name, state, bootstrap, region, clusterId, pids }) => [
      name,
      { text: state, paint: paintOf(state, style) },
      bootstrap.join(','),
      region,
      clusterId,
      pids.length === 0 ? '-' : pids.join(','),
    ]),
  )
}

function paintOf(state: ClusterState, style: Style): Paint {
  return { up: style.ok, paused: style.warn, down: style.bad }[state]
}
