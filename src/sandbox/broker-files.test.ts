import { expect, it } from 'vitest'
import { brokerProperties } from './broker-files.ts'

const broker = { nodeId: 1, port: 20001, controllerPort: 20002, ports: { SECURE: 20003 } }
const base = {
  broker,
  brokers: [broker],
  region: 'us-east-1',
  dataFolder: '/tmp/data',
  listeners: [],
  isSecure: false,
  properties: {},
}

it('listens on 127.0.0.1 only', () => {
  const lines = brokerProperties(base).split('\n')
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002')
  expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:20001')
})

it('adds listeners, and lets given settings win', () => {
  const text = brokerProperties({
    ...base,
    listeners: [{ name: 'SECURE', protocol: 'SASL_PLAINTEXT' }],
    properties: { 'auto.create.topics.enable': 'true', 'sasl.jaas.config': 'a\\b\nc' },
  })
  const lines = text.split('\n')
  expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:20001,SECURE://127.0.0.1:20003')
  expect(text).toContain('SECURE:SASL_PLAINTEXT')
  expect(lines).toContain('auto.create.topics.enable=true')
  expect(lines).not.toContain('auto.create.topics.enable=false')
  expect(lines).toContain('sasl.jaas.config=a\\\\b\\nc')
})

it('of three brokers each is a controller, and topics have three replicas, two of them in sync', () => {
  const brokers = [1, 2, 3].map((nodeId) => ({ ...broker, nodeId, controllerPort: 21_000 + nodeId }))
  const lines = brokerProperties({ ...base, brokers }).split('\n')
  expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:21001,2@127.0.0.1:21002,3@127.0.0.1:21003')
  const settings = [
    ['default.replication.factor', 'offsets.topic.replication.factor', 'transaction.state.log.replication.factor'],
    ['min.insync.replicas', 'transaction.state.log.min.isr'],
  ] as const
  for (const key of settings[0]) expect(lines).toContain(`${key}=3`)
  for (const key of settings[1]) expect(lines).toContain(`${key}=2`)
})

it('tells who comes over the WAN the address of its far end', () => {
  const one = { ...broker, ports: { WAN: 20_004 }, wanPort: 20_005 }
  const text = brokerProperties({
    ...base,
    broker: one,
    brokers: [one],
    listeners: [{ name: 'WAN', protocol: 'PLAINTEXT' }],
  })
  expect(text).toContain('listeners=PLAINTEXT://127.0.0.1:20001,WAN://127.0.0.1:20004,')
  expect(text).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:20001,WAN://127.0.0.1:20005\n')
})

it('lets in over TLS only where it is secure, and clients only with a login', () => {
  const lines = brokerProperties({ ...base, isSecure: true, listeners: [{ name: 'INTERNAL', protocol: 'SSL' }] }).split(
    '\n',
  )
  expect(lines).toContain('listener.security.protocol.map=CONTROLLER:SSL,CLIENT:SASL_SSL,INTERNAL:SSL')
})
