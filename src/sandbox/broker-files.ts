import type { BrokerRecord } from './record.ts'

/** A further way into the brokers, beside PLAINTEXT: its name, and Kafka's security protocol. */
export interface ExtraListener {
  readonly name: string
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL'
}

export interface BrokerSettings {
  readonly broker: BrokerRecord
  readonly region: string
  readonly dataFolder: string
  readonly listeners: readonly ExtraListener[]
  /** Of Kafka's own names; they win. */
  readonly properties: Readonly<Record<string, string>>
}

/** The text of a `server.properties` for a broker that is its own controller, alone in its cluster. */
export function brokerProperties({ broker, region, dataFolder, listeners, properties }: BrokerSettings): string {
  const addresses = [
    `PLAINTEXT://127.0.0.1:${broker.port}`,
    ...listeners.map(({ name }) => `${name}://127.0.0.1:${broker.ports[name] ?? 0}`),
  ]
  const controller = `127.0.0.1:${broker.controllerPort}`
  const protocols = [
    'CONTROLLER:PLAINTEXT',
    'PLAINTEXT:PLAINTEXT',
    ...listeners.map((it) => `${it.name}:${it.protocol}`),
  ]
  const all: Readonly<Record<string, string>> = {
    'process.roles': 'broker,controller',
    'node.id': broker.nodeId.toString(),
    'broker.rack': region,
    listeners: [...addresses, `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': addresses.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': controller,
    'log.dirs': dataFolder,
    // One broker, and quick to start: internal topics are made when first used.
    'offsets.topic.num.partitions': '3',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '3',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'default.replication.factor': '1',
    // A broker that was killed may register again only when its old session is over; with Kafka's 9 s a restart takes 12 s.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'group.initial.rebalance.delay.ms': '0',
    // A topic that was not made on purpose would hide mistakes.
    'auto.create.topics.enable': 'false',
    ...properties,
  }
  return Object.entries(all)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join('')
}

/** By the rules of java.util.Properties: a backslash and a line break would be taken for something else. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}

/** What the brokers log, into the file that the system property `georep.log` names. */
export const log4jProperties = `status = error
appender.file.type = File
appender.file.name = FILE
appender.file.fileName = \${sys:georep.log}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.file.ref = FILE
logger.kafka.name = kafka
logger.kafka.level = info
logger.org.name = org.apache.kafka
logger.org.level = info
# Every value of every setting, several screens of it.
logger.config.name = org.apache.kafka.common.config.AbstractConfig
logger.config.level = warn
`
