import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import type { ConnectorRequest, ConnectorRole, ConnectorSetting } from '../connectors.ts'
import { topicsSetting } from './carried-topics.ts'
import { groupsSetting } from './group-patterns.ts'

// What the connectors of a link are told. Everything that MirrorMaker would do otherwise by default, and why, is here and nowhere else.

const mirrorPackage = 'org.apache.kafka.connect.mirror'
const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'

export const classOf = {
  source: `${mirrorPackage}.MirrorSourceConnector`,
  checkpoint: `${mirrorPackage}.MirrorCheckpointConnector`,
  heartbeat: `${mirrorPackage}.MirrorHeartbeatConnector`,
  returnHeartbeat: `${mirrorPackage}.MirrorHeartbeatConnector`,
} as const satisfies Record<ConnectorRole, string>

export const policyClass = {
  identity: `${mirrorPackage}.IdentityReplicationPolicy`,
  default: `${mirrorPackage}.DefaultReplicationPolicy`,
} as const satisfies Record<ConnectorRequest['naming'], string>

/** Between alias and name. */
export const separator = '.'

/** Whether it is a connector for this, by its class, which may be named without its package. */
export function isOfClass({ 'connector.class': named = '' }: ConnectorConfig, role: ConnectorRole): boolean {
  return named === classOf[role] || named === classOf[role].replace(/.*\./, '')
}

export function connectorNames(link: string): Readonly<Record<ConnectorRole, string>> {
  return {
    source: `georep.${link}.source`,
    checkpoint: `georep.${link}.checkpoint`,
    heartbeat: `georep.${link}.heartbeat`,
    returnHeartbeat: `georep.${link}.return-heartbeat`,
  }
}

export interface ConnectorInputs extends ConnectorRequest {
  readonly link: string
  readonly aliases: { readonly source: string; readonly target: string }
  /** Globs. */
  readonly groups: readonly string[]
  readonly brokers: { readonly source: number; readonly destination: number }
  /** The workers take part in transactions. */
  readonly isExactlyOnce: boolean
}

/** All four, complete. What the operator has set goes last. */
export function connectorConfigs(inputs: ConnectorInputs): Readonly<Record<ConnectorRole, ConnectorConfig>> {
  const bare = {
    source: sourceConfig(inputs),
    checkpoint: checkpointConfig(inputs),
    heartbeat: heartbeatConfig(inputs),
    returnHeartbeat: returnHeartbeatConfig(inputs),
  }
  const withSettings = (role: ConnectorRole): ConnectorConfig => ({ ...bare[role], ...settingsOf(role, inputs.settings) }) // prettier-ignore
  return {
    source: withSettings('source'),
    checkpoint: withSettings('checkpoint'),
    heartbeat: withSettings('heartbeat'),
    returnHeartbeat: withSettings('returnHeartbeat'),
  }
}

/** What the operator has set of one connector. */
export function settingsOf(role: ConnectorRole, settings: readonly ConnectorSetting[]): ConnectorConfig {
  const own = settings.filter((one) => one.role === role)
  const shared = settings.filter((one) => one.role === undefined)
  return Object.fromEntries([
    ...shared.flatMap(({ key, value }) => keysIn(role, key).map((name) => [name, value])),
    ...own.map(({ key, value }) => [key, value]),
  ]) as ConnectorConfig
}

/** The connector that writes into the source has the clusters the other way, and its records go by clients of its own. */
function keysIn(role: ConnectorRole, key: string): readonly string[] {
  if (role !== 'returnHeartbeat') return [key]
  if (key.startsWith('source.cluster.')) {
    const client = key.slice('source.cluster.'.length)
    return [`target.cluster.${client}`, ...overrides.map((prefix) => `${prefix}${client}`)]
  }
  if (key.startsWith('target.cluster.')) return [`source.cluster.${key.slice('target.cluster.'.length)}`]
  return /^(?:source|target|producer|consumer|admin)\./.test(key) ? [] : [key]
}

const overrides = ['producer.override.', 'consumer.override.', 'admin.override.'] as const

/** Not for `--set`: the link's record, its mirrors or its groups say these, or the connectors would not be what they are. */
export const ownKeys: ReadonlySet<string> = new Set([
  'name',
  'connector.class',
  'topics',
  'topics.regex',
  'groups',
  'source.cluster.alias',
  'target.cluster.alias',
  'replication.policy.class',
  'replication.policy.separator',
  'replication.policy.internal.topic.separator.enabled',
  'offset-syncs.topic.location',
  'key.converter',
  'value.converter',
  'header.converter',
])

function sourceConfig(inputs: ConnectorInputs): ConnectorConfig {
  const { brokers, isExactlyOnce, isWan } = inputs
  const replicas = Math.min(3, brokers.destination)
  return {
    ...commonConfig('source', inputs),
    'tasks.max': '4',
    ...topicsConfig(),
    'replication.factor': replicas.toString(),
    'refresh.topics.interval.seconds': '10',
    'sync.topic.configs.interval.seconds': '10',
    ...sourceAdmin,
    // It would copy the denial by which a promote fences the source, to the mirror; georep copies ACLs itself, and more of them.
    'sync.topic.acls.enabled': 'false',
    'config.properties.exclude': excludedProperties(replicas),
    'offset-syncs.topic.location': syncsOn,
    'offset-syncs.topic.replication.factor': replicas.toString(),
    // Up to so many records does a group read again whose place is translated with the source dead. A sync is a record of some 40 bytes: one for every
    // hundred is no load, and fewer would only make the bound worse.
    'offset.lag.max': '100',
    // Otherwise records of transactions that were aborted would be mirrored like any other.
    'source.consumer.isolation.level': 'read_committed',
    'source.consumer.auto.offset.reset': 'earliest',
    ...(isExactlyOnce ? { 'exactly.once.support': 'required' } : {}),
    ...(isWan ? wanProfile : {}),
  }
}

function checkpointConfig(inputs: ConnectorInputs): ConnectorConfig {
  return {
    ...commonConfig('checkpoint', inputs),
    'tasks.max': '1',
    ...topicsConfig(),
    groups: groupsSetting(inputs.groups),
    // What is left out is said by the link's globs alone; MirrorMaker would leave out all groups called "connect-" and "console-consumer-" besides.
    'groups.exclude': '__.*',
    'refresh.groups.interval.seconds': '10',
    'emit.checkpoints.interval.seconds': '5',
    'sync.group.offsets.enabled': 'true',
    'sync.group.offsets.interval.seconds': '5',
    ...sourceAdmin,
    'offset-syncs.topic.location': syncsOn,
    'checkpoints.topic.replication.factor': Math.min(3, inputs.brokers.destination).toString(),
  }
}

function heartbeatConfig(inputs: ConnectorInputs): ConnectorConfig {
  return {
    ...commonConfig('heartbeat', inputs),
    'tasks.max': '1',
    'emit.heartbeats.interval.seconds': '1',
    'heartbeats.topic.replication.factor': Math.min(3, inputs.brokers.destination).toString(),
  }
}

/**
 * A heartbeat connector of the way back, which writes into "heartbeats" on the source. A worker's producer writes to the worker's own cluster unless it is
 * told otherwise. One with exactly-once keeps the connector's offsets where its producer writes: in a topic of our own there, since that of the worker's name
 * may be another Connect cluster's.
 */
function returnHeartbeatConfig(inputs: ConnectorInputs): ConnectorConfig {
  const { link, aliases, clients, brokers } = inputs
  const turned = { ...inputs, aliases: { source: aliases.target, target: aliases.source }, clients: { ...clients, source: clients.target, target: clients.source } } // prettier-ignore
  return {
    ...commonConfig('returnHeartbeat', turned),
    'tasks.max': '1',
    'emit.heartbeats.interval.seconds': '1',
    'heartbeats.topic.replication.factor': Math.min(3, brokers.source).toString(),
    ...Object.fromEntries(overrides.flatMap((prefix) => Object.entries(prefixed(prefix, clients.sourceOfWorker)))),
    'offsets.storage.topic': returnOffsetsTopic(link),
  }
}

/** On the source. */
function returnOffsetsTopic(link: string): string {
  return `georep.${link}.return-heartbeat-offsets`
}

function commonConfig(role: ConnectorRole, { aliases, clients, naming }: ConnectorInputs): ConnectorConfig {
  return {
    'connector.class': classOf[role],
    // Records are bytes; a worker's own converters would read them.
    'key.converter': bytes,
    'value.converter': bytes,
    'header.converter': bytes,
    'source.cluster.alias': aliases.source,
    'target.cluster.alias': aliases.target,
    ...prefixed('source.cluster.', clients.source),
    ...prefixed('target.cluster.', clients.target),
    // One connector that has another policy than the others would find none of their offsets.
    'replication.policy.class': policyClass[naming],
    'replication.policy.separator': separator,
  }
}

/**
 * A connector that is told to stop first waits for what it asks the source, and with a source that does not answer Kafka's admin client goes on asking for
 * a minute: for so long it would be RUNNING still. The largest answers, the settings of all topics, have to come within this time; what has failed is asked
 * again at the next interval.
 */
const sourceAdmin: ConnectorConfig = {
  'source.admin.request.timeout.ms': '10000',
  'source.admin.default.api.timeout.ms': '10000',
}

/**
 * A link begins without mirrors, and runs all the same: heartbeats are replicated whatever `topics` says, so that the way of the data is proven before
 * there is any.
 */
function topicsConfig(): ConnectorConfig {
  // By default MirrorMaker leaves out what is called "….replica", too. What it calls internal it never mirrors.
  return { topics: topicsSetting([]), 'topics.exclude': '__.*' }
}

/** On the destination they outlive the source, and groups can be translated without it; nothing has to be written to the source. */
export const syncsOn = 'target'

/** MirrorMaker's own list, but for min.insync.replicas, which would weaken mirrors unseen; with fewer copies than brokers may ask for nobody could write. */
function excludedProperties(replicas: number): string {
  return [
    'follower\\.replication\\.throttled\\.replicas',
    'leader\\.replication\\.throttled\\.replicas',
    'message\\.timestamp\\.difference\\.max\\.ms',
    'log\\.message\\.timestamp\\.before\\.max\\.ms',
    'log\\.message\\.timestamp\\.after\\.max\\.ms',
    'message\\.timestamp\\.type',
    'unclean\\.leader\\.election\\.enable',
    ...(replicas < 3 ? ['min\\.insync\\.replicas'] : []),
  ].join(',')
}

/**
 * For a source that is far: what is on the way at once is what limits. Large fetches, in buffers whose size the kernel finds (a fixed one is cut to a limit
 * that is lower than where it would come to by itself), and batches that are compressed and large enough to be worth a request.
 */
const wanProfile: ConnectorConfig = {
  'source.consumer.fetch.max.bytes': '67108864',
  'source.consumer.max.partition.fetch.bytes': '16777216',
  'source.consumer.max.poll.records': '10000',
  'source.consumer.receive.buffer.bytes': '-1',
  'producer.override.acks': 'all',
  'producer.override.linger.ms': '50',
  'producer.override.batch.size': '524288',
  'producer.override.compression.type': 'lz4',
  'producer.override.buffer.memory': '134217728',
  'producer.override.max.request.size': '16777216',
  'producer.override.send.buffer.bytes': '-1',
}

function prefixed(prefix: string, client: ConnectorConfig): ConnectorConfig {
  return Object.fromEntries(Object.entries(client).map(([key, value]) => [`${prefix}${key}`, value]))
}
