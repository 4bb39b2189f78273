import type { ConnectorConfig, ConnectorStatus } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { placeOfKey, type PartitionKey } from '../../kafka/topic-partition.ts'
import type { Cancel } from '../engine.ts'
import { assignedPartitions, isHeartbeats } from './carried-topics.ts'
import type { Mm2Target } from './mm2-target.ts'

type Worked = ConnectorStatus['connector']

/** The connector that moves a link's records, as Kafka Connect has it. */
export interface SourceConnector {
  readonly config: ConnectorConfig
  readonly connector: Worked
  /** Those that a worker has told of, and not yet told that they are gone. */
  readonly tasks: ConnectorStatus['tasks']
  /** What its tasks are told to carry, heartbeats left out. */
  readonly assigned: ReadonlySet<PartitionKey>
}

/** What Kafka Connect tells of a link's connector, or why it tells nothing. */
export type ConnectSeen = SourceConnector | { readonly why: string }

/** @throws GeorepError of Kafka Connect; "failed" GR-MM2-CONNECTOR-GONE when there is no such connector */
export async function sourceConnector(
  { connect, link }: Pick<Mm2Target, 'connect' | 'link'>,
  options: Cancel,
): Promise<SourceConnector> {
  const { connectors, naming } = link.mm2
  const [described, status, tasks] = await Promise.all([
    connect.connector(connectors.source, options),
    connect.status(connectors.source, options),
    connect.tasks(connectors.source, options),
  ])
  if (described === undefined || tasks === undefined) throw connectorGone(connectors.source, connect.url)
  const assigned = [...assignedPartitions(tasks)].filter((key) => !isHeartbeats(placeOfKey(key).topic, naming.separator)) // prettier-ignore
  return {
    config: described.config,
    // For a moment after it was made nobody has told of it.
    connector: status?.connector ?? { state: 'UNASSIGNED', workerId: '', trace: undefined },
    tasks: status?.tasks ?? [],
    assigned: new Set(assigned),
  }
}

export function connectorGone(name: string, url: string): GeorepError {
  return new GeorepError('failed', 'GR-MM2-CONNECTOR-GONE', `Kafka Connect at "${url}" has no connector "${name}"`, {
    stateNow: 'somebody has deleted it: nothing is carried',
    next: 'create it again with the configuration that it had, then run the command again',
  })
}

/** Why it does not work, of a connector or a task that FAILED: the first line of its trace. */
export function failureOf({ connector, tasks }: Pick<SourceConnector, 'connector' | 'tasks'>): string | undefined {
  if (connector.state === 'FAILED') return `the connector has FAILED: ${firstLine(connector.trace)}`
  const task = tasks.find(({ state }) => state === 'FAILED')
  return task === undefined ? undefined : `task ${task.id} has FAILED: ${firstLine(task.trace)}`
}

function firstLine(trace: string | undefined): string {
  return trace?.split('\n')[0]?.slice(0, 300) ?? 'it does not say why'
}
