import { readFile } from 'node:fs/promises'
import { bootstrapOf } from '../broker-places.ts'
import { propertiesText } from '../broker-files.ts'
import type { ClusterRecord, ConnectRecord, SandboxRecord, WorkerRecord } from '../record.ts'
import { secureFiles } from '../secure/places.ts'
import { restProperties } from './rest-access.ts'

const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'

/** The text of a worker's `worker.properties`: one of a distributed Kafka Connect that keeps what it knows on the cluster it is attached to. */
export async function workerProperties(
  record: SandboxRecord,
  connect: ConnectRecord,
  cluster: ClusterRecord,
  worker: WorkerRecord,
): Promise<string> {
  const replicas = Math.min(3, cluster.brokers.length).toString()
  return propertiesText({
    'bootstrap.servers': bootstrapOf(cluster).join(','),
    listeners: urlOf(worker),
    'rest.advertised.host.name': '127.0.0.1',
    'group.id': connectGroup,
    // One partition each: a sandbox has few connectors, and topics are made when the first worker starts.
    ...topic('config', replicas),
    ...topic('offset', replicas),
    ...topic('status', replicas),
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    'key.converter': bytes,
    'value.converter': bytes,
    'exactly.once.source.support': connect.isExactlyOnce ? 'enabled' : 'disabled',
    'connector.client.config.override.policy': 'All',
    // Of Kafka's own jars all tell what plugins they have; to look into every class takes 2 s more.
    'plugin.discovery': 'service_load',
    // Kafka's own minute would make every test wait for it.
    'offset.flush.interval.ms': '5000',
    // A worker that is killed is missed after 6 s, as soon as brokers permit, and its tasks go to another at once.
    'session.timeout.ms': '6000',
    'heartbeat.interval.ms': '1000',
    'scheduled.rebalance.max.delay.ms': '1000',
    // One that fell behind the others comes back at once, not after five minutes.
    'worker.unsync.backoff.ms': '1000',
    ...providers(record),
    ...restProperties(record),
    ...(await security(record)),
  })
}

/** Where its REST interface answers. */
export function urlOf({ port }: Pick<WorkerRecord, 'port'>): string {
  return `http://127.0.0.1:${port}`
}

export const connectGroup = 'connect'

function topic(of: 'config' | 'offset' | 'status', replicas: string): Readonly<Record<string, string>> {
  return { [`${of}.storage.topic`]: `connect-${of}s`, [`${of}.storage.replication.factor`]: replicas }
}

/** Secrets of connectors may be references: of files in the sandbox's folder, and of variables called GEOREP_…, and of nothing else on this machine. */
function providers({ folder }: SandboxRecord): Readonly<Record<string, string>> {
  const classes = 'org.apache.kafka.common.config.provider'
  return {
    'config.providers': 'file,directory,env',
    'config.providers.file.class': `${classes}.FileConfigProvider`,
    'config.providers.file.param.allowed.paths': folder,
    'config.providers.directory.class': `${classes}.DirectoryConfigProvider`,
    'config.providers.directory.param.allowed.paths': folder,
    'config.providers.env.class': `${classes}.EnvVarConfigProvider`,
    'config.providers.env.param.allowlist.pattern': '^GEOREP_.*',
  }
}

/** In a secured sandbox the worker comes in as a user of its own, and so do the clients that it makes for its connectors. */
async function security(record: SandboxRecord): Promise<Readonly<Record<string, string>>> {
  if (record.isSecure !== true) return {}
  const text = await readFile(secureFiles(record).clientProperties.connect, 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  const own = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  // What the worker itself uses is not what its connectors' clients get.
  const all = ['', 'producer.', 'consumer.', 'admin.'].flatMap((prefix) => own.map(([key, value]) => [prefix + key, value])) // prettier-ignore
  return Object.fromEntries(all) as Record<string, string>
}
