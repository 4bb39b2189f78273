import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { SandboxDeps } from './deps.ts'
import { scopeOf } from './folders.ts'
import type { Marker } from './marker.ts'
import type { BrokerRecord, ClusterRecord, SandboxRecord } from './record.ts'

/** Where everything of a broker lies: settings, data, logs. */
export function brokerFolder(record: SandboxRecord, cluster: ClusterRecord, broker: BrokerRecord): string {
  return join(record.folder, roleOf(cluster, broker))
}

export function markerOfBroker(
  record: SandboxRecord,
  cluster: ClusterRecord,
  broker: BrokerRecord,
  deps: SandboxDeps,
): Marker {
  return { scope: scopeOf(deps), sandbox: record.name, id: record.id, role: roleOf(cluster, broker) }
}

/** The listener of what comes from another region, and of nothing else. */
export const wanListener = 'WAN'

/** The far ends of the WAN on the way to a cluster; none when it has no WAN. */
export function wanBootstrapOf(cluster: ClusterRecord): readonly string[] {
  return cluster.brokers.flatMap(({ wanPort }) => (wanPort === undefined ? [] : [`127.0.0.1:${wanPort}`]))
}

/** The process that stands for the network between the regions. */
export function markerOfWan(record: SandboxRecord, deps: SandboxDeps): Marker {
  return { scope: scopeOf(deps), sandbox: record.name, id: record.id, role: 'wan' }
}

export function bootstrapOf(cluster: ClusterRecord): readonly string[] {
  return cluster.brokers.map(({ port }) => `127.0.0.1:${port}`)
}

function roleOf(cluster: ClusterRecord, broker: BrokerRecord): string {
  return `${cluster.name}-${broker.nodeId}`
}

/** Whether the data of a cluster is still there: systems empty their folder for temporary files. */
export async function hasData(record: SandboxRecord, cluster: ClusterRecord): Promise<boolean> {
  const files = cluster.brokers.map((broker) => join(brokerFolder(record, cluster, broker), 'server.properties'))
  return await Promise.all(files.map(async (file) => { await access(file) })).then(() => true, () => false) // prettier-ignore
}
