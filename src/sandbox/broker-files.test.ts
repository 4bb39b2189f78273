import { expect, it } from 'vitest'
import { brokerProperties } from './broker-files.ts'

const broker = { nodeId: 1, port: 20001, controllerPort: 20002, ports: { SECURE: 20003 } }
const base = { broker, region: 'us-east-1', dataFolder: '/tmp/data', listeners: [], properties: {} }

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
