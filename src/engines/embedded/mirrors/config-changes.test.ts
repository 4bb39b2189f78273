import { describe, expect, it } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import type { ConfigEntry } from '../../../kafka/topics.ts'
import { configChanges, recordAfter, saySame, withoutExcluded } from './config-changes.ts'
import { mirrorConfigsFrom } from './mirror-configs.ts'

const known = new Set(['retention.ms', 'segment.ms', 'max.message.bytes', 'min.insync.replicas', 'compression.type'])

function configs(own: Readonly<Record<string, string>>, inherited: Readonly<Record<string, string>> = {}): ReadonlyMap<string, ConfigEntry> {
  const entries = (of: Readonly<Record<string, string>>, isOwn: boolean): readonly [string, ConfigEntry][] =>
    Object.entries(of).map(([name, value]) => [name, { value, isOwn, isDefault: false }])
  return new Map([...entries(inherited, false), ...entries(own, true)])
} // prettier-ignore

/** What a mirror has of its own, whatever its source has. */
const fixed = { 'compression.type': 'producer', 'max.message.bytes': '104857600' }

const wantedFrom = (source: Readonly<Record<string, string>>, replicationFactor = 1): ReturnType<typeof mirrorConfigsFrom> =>
  mirrorConfigsFrom(configs(source), { replicationFactor, known }) // prettier-ignore

describe('what is changed on a mirror topic', () => {
  it('is nothing where nothing differs', () => {
    const wanted = wantedFrom({ 'retention.ms': '5' })
    const { set, after } = configChanges(mirrorRecord(), wanted, configs({ ...fixed, 'retention.ms': '5' })) // prettier-ignore
    expect(set).toEqual(new Map())
    expect(after).toEqual({
      copiedConfigs: { 'retention.ms': '5' },
      deferredConfigs: { 'compression.type': '', 'max.message.bytes': '' },
    })
  })

  it('is what the source has otherwise, also where the mirror only inherits the same value, or an operator has changed it', () => {
    const wanted = wantedFrom({ 'retention.ms': '5', 'segment.ms': '7' })
    const mirror = configs({ ...fixed, 'retention.ms': '6' }, { 'segment.ms': '7' })
    expect(configChanges(mirrorRecord({ copiedConfigs: { 'retention.ms': '5' } }), wanted, mirror).set).toEqual(
      new Map([['retention.ms', '5'], ['segment.ms', '7']]), // prettier-ignore
    )
  })

  it.each([
    ['taken back when it was copied, and the source has it no more', { copied: '5', mirror: '5' }, [['retention.ms', undefined]]],
    ["left as an operator's when it has another value by now", { copied: '5', mirror: '6' }, []],
    ["left as an operator's when it was never copied", { copied: undefined, mirror: '6' }, []],
    ['left when it is gone there, too', { copied: '5', mirror: undefined }, []],
  ] as const)('is %s', (_, { copied, mirror }, changes) => {
    const record = mirrorRecord(copied === undefined ? {} : { copiedConfigs: { 'retention.ms': copied } })
    const { set, after } = configChanges(record, wantedFrom({}), configs(mirror === undefined ? fixed : { ...fixed, 'retention.ms': mirror })) // prettier-ignore
    expect([...set]).toEqual(changes)
    expect(after.copiedConfigs).toEqual({})
  }) // prettier-ignore

  it('is never what a mirror has otherwise than its source: that waits until it stops', () => {
    const wanted = wantedFrom({ 'max.message.bytes': '9' })
    const { set, after } = configChanges(mirrorRecord(), wanted, configs(fixed))
    expect(set).toEqual(new Map())
    expect(after).toMatchObject({ copiedConfigs: {}, deferredConfigs: { 'max.message.bytes': '9' } })
  })

  it.each([
    ['lowered by hand', configs({ ...fixed, 'max.message.bytes': '100' })],
    ['taken off by hand', configs({ 'compression.type': 'producer' }, { 'max.message.bytes': '1048588' })],
  ])('is what would refuse or rewrite mirrored records, %s', (_, mirror) => {
    const { set, after } = configChanges(mirrorRecord(), wantedFrom({ 'max.message.bytes': '9' }), mirror)
    expect(set).toEqual(new Map([['max.message.bytes', '104857600']]))
    expect(after).toMatchObject({ copiedConfigs: {}, deferredConfigs: { 'max.message.bytes': '9' } })
  })

  it('follows min.insync.replicas up to the number of replicas', () => {
    const record = mirrorRecord({ copiedConfigs: { 'min.insync.replicas': '1' } })
    const mirror = configs({ ...fixed, 'min.insync.replicas': '1' })
    const { set, after } = configChanges(record, wantedFrom({ 'min.insync.replicas': '3' }, 2), mirror)
    expect(set).toEqual(new Map([['min.insync.replicas', '2']]))
    expect(after.copiedConfigs).toEqual({ 'min.insync.replicas': '2' })
  })
})

describe('what a link leaves out', () => {
  it('is neither copied nor set later, is named as skipped, and what was copied of it before stays', () => {
    const wanted = withoutExcluded(
      wantedFrom({ 'retention.ms': '5', 'segment.ms': '7', 'max.message.bytes': '9', 'min.insync.replicas': '3' }),
      ['retention.*', 'max.message.bytes', 'min.insync.replicas', 'compression.type'],
    )
    const skipped = ['retention.ms', 'max.message.bytes', 'min.insync.replicas'].map((name) => [name, 'the link leaves it out']) // prettier-ignore
    expect([...wanted.skipped]).toEqual(skipped)
    const { set, after } = configChanges(mirrorRecord({ copiedConfigs: { 'retention.ms': '5' } }), wanted, configs({ ...fixed, 'retention.ms': '5' })) // prettier-ignore
    expect(set).toEqual(new Map([['segment.ms', '7']]))
    expect(after).toEqual({
      copiedConfigs: { 'segment.ms': '7' },
      deferredConfigs: { 'compression.type': '', 'max.message.bytes': '' },
    })
  })
})

describe('the record afterwards', () => {
  const changes = configChanges(mirrorRecord(), wantedFrom({ 'retention.ms': '5', 'segment.ms': '7' }), configs(fixed))

  it('says of what was refused what it said before', () => {
    const before = mirrorRecord({ copiedConfigs: { 'retention.ms': '4' } })
    expect(recordAfter(before, changes, new Set(['retention.ms', 'segment.ms'])).copiedConfigs).toEqual({ 'retention.ms': '4' }) // prettier-ignore
    expect(recordAfter(before, changes, new Set(['segment.ms'])).copiedConfigs).toEqual({ 'retention.ms': '5' })
  })

  it('is the same whatever the order, and not when nothing was written down', () => {
    const one = mirrorRecord({ copiedConfigs: { a: '1', b: '2' } })
    expect(saySame(one, mirrorRecord({ copiedConfigs: { b: '2', a: '1' } }))).toBe(true)
    expect(saySame(one, mirrorRecord({ copiedConfigs: { b: '2' } }))).toBe(false)
    expect(saySame(mirrorRecord(), mirrorRecord({ copiedConfigs: {} }))).toBe(false)
  })
})
