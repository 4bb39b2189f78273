import { expect, it } from 'vitest'
import { mirrorRecord } from '../../../test/support/mirror.ts'
import type { ConfigEntry } from '../../kafka/topics.ts'
import { lastConfigs } from './last-configs.ts'
import { copiesSettings } from './mirror-settings.ts'

const own = (value: string): ConfigEntry => ({ value, isOwn: true, isDefault: false })
const ofBroker = (value: string): ConfigEntry => ({ value, isOwn: false, isDefault: false })
const byDefault = (value: string): ConfigEntry => ({ value, isOwn: false, isDefault: true })
const names = ['retention.ms', 'cleanup.policy', 'segment.ms', 'compression.type', 'min.insync.replicas']
const brokers = { replicationFactor: 3, known: new Set(names) }
const record = mirrorRecord()
const source = new Map([
  ['retention.ms', own('1')],
  ['cleanup.policy', byDefault('delete')],
  ['segment.ms', ofBroker('9')],
  ['compression.type', own('gzip')],
  ['min.insync.replicas', own('2')],
  ['confluent.key', own('x')],
])
const mirror = new Map([
  ['retention.ms', own('0')],
  ['cleanup.policy', own('compact')],
  ['segment.ms', own('8')],
  ['min.insync.replicas', own('1')],
])

it('the source has what the mirror is to have, and what it has not the mirror loses, as MirrorMaker does it', () => {
  const { wanted, after } = lastConfigs({})(record, { source, mirror }, brokers)
  expect(wanted).toEqual(
    new Map([
      ['retention.ms', '1'],
      ['compression.type', 'gzip'],
      ['cleanup.policy', undefined],
    ]),
  )
  expect(after).toEqual({ deferredConfigs: {} })
})

it('what the connector leaves out is left alone, and defaults that are to be those of the source', () => {
  const config = { 'config.properties.exclude': 'retention\\..*, cleanup\\.policy', 'use.defaults.from': 'source' }
  const { wanted } = lastConfigs(config)(record, { source, mirror }, brokers)
  expect([...wanted.keys()].toSorted()).toEqual(['compression.type', 'min.insync.replicas'])
})

it.each([
  [{}, true],
  [{ 'sync.topic.configs.enabled': 'false' }, false],
  [{ 'config.property.filter.class': 'org.apache.kafka.connect.mirror.DefaultConfigPropertyFilter' }, true],
  [{ 'config.property.filter.class': 'com.example.Filter' }, false],
])('of %j settings are copied: %s', (config, expected) => {
  expect(copiesSettings(config)).toBe(expected)
})
