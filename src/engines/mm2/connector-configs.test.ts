import { describe, expect, it } from 'vitest'
import { connectorConfigs, type ConnectorInputs } from './connector-configs.ts'
import { groupsSetting } from './group-patterns.ts'

const inputs: ConnectorInputs = {
  link: 'east-west',
  aliases: { source: 'east', target: 'west' },
  groups: ['*'],
  naming: 'identity',
  clients: {
    source: { 'bootstrap.servers': 'e:1', 'ssl.truststore.certificates': 'text' },
    target: { 'bootstrap.servers': 'w:1' },
    sourceOfWorker: { 'bootstrap.servers': 'e:1', 'ssl.truststore.location': '/file' },
  },
  brokers: { source: 3, destination: 3 },
  isExactlyOnce: false,
  isWan: false,
  settings: [],
}

describe('the configurations of connectors', () => {
  it('have as many copies as there are brokers, and carry min.insync.replicas where it can be held', () => {
    const few = connectorConfigs({ ...inputs, brokers: { source: 1, destination: 2 } })
    expect(few.source).toMatchObject({ 'replication.factor': '2', 'offset-syncs.topic.replication.factor': '2' })
    expect(few.source['config.properties.exclude']).toContain('min\\.insync\\.replicas')
    expect(few.returnHeartbeat['heartbeats.topic.replication.factor']).toBe('1')
    expect(connectorConfigs(inputs).source['config.properties.exclude']).not.toContain('min')
  })

  it('agree on names and on where the syncs are', () => {
    const { source, checkpoint, heartbeat, returnHeartbeat } = connectorConfigs({ ...inputs, naming: 'default' })
    for (const key of ['replication.policy.class', 'replication.policy.separator'] as const) {
      expect(new Set([source, checkpoint, heartbeat, returnHeartbeat].map((config) => config[key])).size).toBe(1)
    }
    expect(checkpoint['offset-syncs.topic.location']).toBe(source['offset-syncs.topic.location'])
    expect(checkpoint['topics']).toBe(source['topics'])
  })

  it('the one that writes into the source has the clusters the other way, and its clients there', () => {
    const settings = [
      { role: undefined, key: 'source.cluster.bootstrap.servers', value: 'seen:1' },
      { role: undefined, key: 'producer.override.linger.ms', value: '5' },
    ]
    const { source, returnHeartbeat } = connectorConfigs({ ...inputs, settings })
    expect(source).toMatchObject({ 'source.cluster.bootstrap.servers': 'seen:1', 'producer.override.linger.ms': '5' })
    expect(returnHeartbeat).toMatchObject({
      'source.cluster.alias': 'west',
      'source.cluster.bootstrap.servers': 'w:1',
      'target.cluster.bootstrap.servers': 'seen:1',
      'producer.override.bootstrap.servers': 'seen:1',
      'target.cluster.ssl.truststore.certificates': 'text',
      'producer.override.ssl.truststore.location': '/file',
    })
    expect(returnHeartbeat).not.toHaveProperty(['producer.override.ssl.truststore.certificates'])
    expect(returnHeartbeat).not.toHaveProperty(['producer.override.linger.ms'])
  })

  it('give up what they ask of a dead source, after a time that can be set', () => {
    const key = 'source.admin.default.api.timeout.ms'
    const { source, checkpoint, heartbeat } = connectorConfigs(inputs)
    expect([source[key], checkpoint[key], heartbeat[key]]).toEqual(['10000', '10000', undefined])
    expect(Number(source['source.admin.request.timeout.ms'])).toBeLessThanOrEqual(10_000) // or the client would not start
    const set = connectorConfigs({ ...inputs, settings: [{ role: undefined, key, value: '60000' }] })
    expect([set.source[key], set.checkpoint[key]]).toEqual(['60000', '60000'])
  })

  it('what is set of one connector wins over what is set of all', () => {
    const settings = [
      { role: 'checkpoint', key: 'tasks.max', value: '2' },
      { role: undefined, key: 'tasks.max', value: '9' },
    ] as const
    const { source, checkpoint } = connectorConfigs({ ...inputs, settings })
    expect([source['tasks.max'], checkpoint['tasks.max']]).toEqual(['9', '2'])
  })
})

it.each([
  [['*'], '.*'],
  [['orders-*', 'bil?ing'], 'orders-.*,bil.ing'],
  [['a.b(c)|$'], 'a\\.b\\(c\\)\\|\\$'],
  [['a,b c'], 'a\\x{2c}b\\x{20}c'],
  [[], '^$'],
])('groups %j are %s', (globs, expected) => {
  expect(groupsSetting(globs)).toBe(expected)
})
