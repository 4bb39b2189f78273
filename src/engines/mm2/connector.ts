import type { Connector, ConnectorConfig, ConnectorStatus, ConnectorTask } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { placeOfKey, type PartitionKey } from '../../kafka/topic-partition.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
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
export type ConnectSeen =
  | SourceConnector
  | { readonly why: string; readonly isGone: true; readonly next?: undefined }
  /** `next`: what helps. */
  | { readonly why: string; readonly isGone: false; readonly next: string }

/** It writes down how far it is with the records themselves. Connect refuses such a configuration of workers that do not carry exactly once. */
export function isExactlyOnce(config: ConnectorConfig): boolean {
  return config['exactly.once.support'] === 'required'
}

/** What Kafka Connect answers of it, in three parts. */
export interface SourceAnswers {
  readonly described: Connector | undefined
  readonly status: ConnectorStatus | undefined
  readonly tasks: readonly ConnectorTask[] | undefined
}

/** @throws GeorepError of Kafka Connect */
export async function askSource(
  connect: Mm2Target['connect'],
  { mm2: { connectors } }: Pick<Mm2LinkRecord, 'mm2'>,
  options: Cancel,
): Promise<SourceAnswers> {
  const [described, status, tasks] = await Promise.all([
    connect.connector(connectors.source, options),
    connect.status(connectors.source, options),
    connect.tasks(connectors.source, options),
  ])
  return { described, status, tasks }
}

/** @throws GeorepError of Kafka Connect; "failed" GR-MM2-CONNECTOR-GONE when there is no such connector */
export async function sourceConnector(
  target: Pick<Mm2Target, 'connect' | 'link'>,
  options: Cancel,
): Promise<SourceConnector> {
  return toldOf(await askSource(target.connect, target.link, options), target)
}

/** @throws GeorepError "failed" GR-MM2-CONNECTOR-GONE */
export function toldOf(
  { described, status, tasks }: SourceAnswers,
  { connect, link }: Pick<Mm2Target, 'connect' | 'link'>,
): SourceConnector {
  const { naming } = link.mm2
  if (described === undefined || tasks === undefined) throw connectorGone(link, connect)
  const assigned = [...assignedPartitions(tasks)].filter((key) => !isHeartbeats(placeOfKey(key).topic, naming.separator)) // prettier-ignore
  return {
    config: described.config,
    // For a moment after it was made nobody has told of it.
    connector: status?.connector ?? { state: 'UNASSIGNED', workerId: '', trace: undefined },
    tasks: status?.tasks ?? [],
    assigned: new Set(assigned),
  }
}

const gone = 'GR-MM2-CONNECTOR-GONE'

/** Kafka Connect keeps its offsets: one of the same name goes on from them. */
export function connectorGone(
  { name: link, mm2 }: Pick<Mm2LinkRecord, 'name' | 'mm2'>,
  { url }: Pick<Mm2Target['connect'], 'url'>,
  role: 'source' | 'checkpoint' = 'source',
): GeorepError {
  const { connectors, isAdopted } = mm2
  return new GeorepError('failed', gone, `Kafka Connect at "${url}" has no connector "${connectors[role]}"`, {
    stateNow: `somebody has deleted it: ${role === 'source' ? 'nothing is carried' : 'no offsets of groups are copied'}`,
    next: isAdopted
      ? 'create it again with the configuration that it had, then run the command again'
      : `create it again by the command that made the link (georep link create ${link} --engine mm2 …), then run this one again`,
  })
}

/** Kafka Connect was to do something with a connector, and has none of that name. */
export function isAbsent(error: unknown): boolean {
  return error instanceof GeorepError && error.code === 'GR-CONNECT-ABSENT'
}

/** It does not come back by itself: nothing is to be waited for. */
export function isConnectorGone(error: unknown): error is GeorepError {
  return error instanceof GeorepError && error.code === gone
}
