import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConfigEntry } from '../../../kafka/topics.ts'
import { closingConfigs, creationConfigs, mirrorConfigsFrom } from './mirror-configs.ts'

const overriddenNames = [
  'compression.type',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  'max.message.bytes',
]
const names = [
  ...overriddenNames,
  'retention.ms',
  'min.insync.replicas',
  'cleanup.policy',
  'remote.storage.enable',
  'leader.replication.throttled.replicas',
  'follower.replication.throttled.replicas',
  'vendor.setting',
]
const known = new Set(names.filter((name) => name !== 'vendor.setting'))

const own = (values: Readonly<Record<string, string>>): ReadonlyMap<string, ConfigEntry> =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, isOwn: true, isDefault: false }]))
const configsFrom = (
  values: Readonly<Record<string, string>>,
  replicationFactor = 3,
): ReturnType<typeof mirrorConfigsFrom> => mirrorConfigsFrom(own(values), { replicationFactor, known })

describe('mirrorConfigsFrom', () => {
  it('puts each setting of the topic into exactly one place, and leaves out what it inherits', () => {
    const entry = fc.record({
      value: fc.option(fc.constantFrom('1', '2', '5', 'x'), { nil: undefined }),
      isOwn: fc.boolean(),
      isDefault: fc.constant(false),
    })
    const settings = fc.dictionary(fc.constantFrom(...names), entry)
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 3 }), (source, replicationFactor) => {
        const entries = new Map(Object.entries(source))
        const { copied, overridden, deferred, skipped } = mirrorConfigsFrom(entries, { replicationFactor, known })
        for (const [name, { value, isOwn }] of entries) {
          const places = [copied, overridden, skipped].filter((place) => place.has(name))
          const isSet = isOwn && value !== undefined
          // What is always overridden is so even where the source has no value of its own.
          expect(places).toHaveLength(isSet || overriddenNames.includes(name) ? 1 : 0)
          expect(deferred.has(name)).toBe(isSet && overriddenNames.includes(name))
        }
        for (const name of deferred.keys()) expect(overridden.has(name)).toBe(true)
      }),
    )
  })

  it('says why a setting is left out', () => {
    const { skipped } = configsFrom({ 'vendor.setting': '1', 'remote.storage.enable': 'true', 'leader.replication.throttled.replicas': '0:1' }) // prettier-ignore
    expect(Object.fromEntries(skipped)).toEqual({
      'vendor.setting': 'the destination does not know it',
      'remote.storage.enable': 'the destination may have no remote storage',
      'leader.replication.throttled.replicas': 'names brokers of the source',
    })
  })

  it.each([
    ['3', 2, '2'],
    ['3', 3, undefined],
    ['2', 3, undefined],
    ['10', 9, '9'],
  ])(
    'carries min.insync.replicas %s to %i replicas as far as records can still be appended',
    (value, replicas, cut) => {
      const { copied, overridden } = configsFrom({ 'min.insync.replicas': value }, replicas)
      expect(overridden.get('min.insync.replicas')?.value).toBe(cut)
      expect(copied.get('min.insync.replicas')).toBe(cut === undefined ? value : undefined)
    },
  )

  it('does not ask for settings that the destination does not know', () => {
    const configs = mirrorConfigsFrom(own({}), { replicationFactor: 1, known: new Set(['compression.type']) })
    expect([...creationConfigs(configs)]).toEqual([['compression.type', 'producer']])
    expect(closingConfigs(configs)).toEqual({ 'compression.type': '' })
  })
})

describe('creationConfigs and closingConfigs', () => {
  it('make the mirror take batches as they are, and give it the settings of the source when it stops', () => {
    const configs = configsFrom({ 'retention.ms': '1000', 'compression.type': 'zstd', 'max.message.bytes': '2000' })
    expect(Object.fromEntries(creationConfigs(configs))).toEqual({
      'retention.ms': '1000',
      'compression.type': 'producer',
      'message.timestamp.type': 'CreateTime',
      'message.timestamp.before.max.ms': '9223372036854775807',
      'message.timestamp.after.max.ms': '9223372036854775807',
      'max.message.bytes': '104857600',
    })
    // Empty: the default of the destination, because the source has no value of its own.
    expect(closingConfigs(configs)).toEqual({
      'compression.type': 'zstd',
      'message.timestamp.type': '',
      'message.timestamp.before.max.ms': '',
      'message.timestamp.after.max.ms': '',
      'max.message.bytes': '2000',
    })
  })

  it('keep a value of the source that happens to be the one of a mirror', () => {
    const configs = configsFrom({ 'max.message.bytes': '104857600', 'compression.type': 'producer' })
    expect(closingConfigs(configs)).toMatchObject({ 'max.message.bytes': '104857600', 'compression.type': 'producer' })
  })

  it('leave a lowered min.insync.replicas as it is', () => {
    expect(closingConfigs(configsFrom({ 'min.insync.replicas': '3' }, 1))).not.toHaveProperty(['min.insync.replicas'])
  })
})
