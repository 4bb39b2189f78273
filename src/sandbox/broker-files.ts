import { wanListener } from './broker-places.ts'
import type { BrokerRecord } from './record.ts'
import { clientListener } from './secure/broker-properties.ts'

/** A further way into the brokers, beside the one for clients: its name, and Kafka's security protocol. */
export interface ExtraListener {
  readonly name: string
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL'
}

export interface BrokerSettings {
  readonly broker: BrokerRecord
  /** All brokers of the cluster, this one among them; each is a controller as well. */
  readonly brokers: readonly BrokerRecord[]
  readonly region: string
  readonly dataFolder: string
  readonly listeners: readonly ExtraListener[]
  /** TLS everywhere, and SASL where clients come in. */
  readonly isSecure: boolean
  /** Of Kafka's own names; they win. */
  readonly properties: Readonly<Record<string, string>>
}

/**
 * The text of a `server.properties` for a broker that is a controller, too: of one alone in its cluster, or of several, which
 * then lose one of them without a loss of the quorum.
 */
export function brokerProperties(settings: BrokerSettings): string {
  const { broker, brokers, region, dataFolder, listeners, isSecure, properties } = settings
  const main = isSecure ? clientListener : 'PLAINTEXT'
  const own = `${main}://127.0.0.1:${broker.port}`
  const addresses = [own, ...listeners.map(({ name }) => `${name}://127.0.0.1:${broker.ports[name] ?? 0}`)]
  // What comes over the WAN is told the address of the WAN's far end, so that it stays on it.
  const advertised = [
    own,
    ...listeners.map(({ name }) => {
      const port = name === wanListener ? broker.wanPort : broker.ports[name]
      return `${name}://127.0.0.1:${port ?? 0}`
    }),
  ]
  const controller = `127.0.0.1:${broker.controllerPort}`
  const voters = brokers.map(({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`)
  const replicas = Math.min(3, brokers.length).toString()
  const inSync = brokers.length < 3 ? '1' : '2'
  const protocols = [
    `CONTROLLER:${isSecure ? 'SSL' : 'PLAINTEXT'}`,
    `${main}:${isSecure ? 'SASL_SSL' : 'PLAINTEXT'}`,
    ...listeners.map((it) => `${it.name}:${it.protocol}`),
  ]
  return propertiesText({
    'process.roles': 'broker,controller',
    'node.id': broker.nodeId.toString(),
    'broker.rack': region,
    listeners: [...addresses, `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': voters.join(','),
    'log.dirs': dataFolder,
    // Few partitions, since internal topics are made when first used.
    'offsets.topic.num.partitions': '3',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '3',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    // A broker that was killed may register again only when its old session is over; with Kafka's 9 s a restart takes 12 s.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'group.initial.rebalance.delay.ms': '0',
    // A third of the CPU that a broker takes with nothing to do goes into an empty record of the controllers every half second, Kafka's default.
    'metadata.max.idle.interval.ms': '5000',
    // A topic that was not made on purpose would hide mistakes.
    'auto.create.topics.enable': 'false',
    ...properties,
  })
}

/** A file as java.util.Properties reads it. */
export function propertiesText(all: Readonly<Record<string, string>>): string {
  return Object.entries(all)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join('')
}

/** By the rules of java.util.Properties: a backslash and a line break would be taken for something else. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}

/** What brokers and workers log, into the file that the system property `georep.log` names. */
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
