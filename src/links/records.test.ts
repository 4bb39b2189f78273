import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import {
  type FailureRecord,
  type LinkRecord,
  type LockRecord,
  type MirrorRecord,
  type PositionRecord,
  stateKey,
  type StateRecord,
  stateRecordFrom,
  stateValueFrom,
} from './records.ts'

const at = '2026-01-02T03:04:05.678Z'
const large = 9_223_372_036_854_775_807n

const link: LinkRecord = {
  v: 1,
  kind: 'link',
  name: 'east-west',
  engine: 'embedded',
  source: { name: 'east', clusterId: 'A' },
  destination: { name: 'west', clusterId: 'B' },
  producer: { id: large, epoch: 0 },
  groups: ['orders-*'],
  patterns: [{ glob: 'pay*', prefix: 'east.', isAutoCreate: true, except: ['pay-x'] }],
  pausedAt: at,
  throttleBytesPerSecond: 10_000_000,
  syncConfigsExclude: [],
  syncAcls: { resources: ['orders*'] },
  protect: { principal: 'User:runner' },
  createdAt: at,
  createdBy: { owner: 'o1', host: 'h1' },
}
const mirror = (state: MirrorRecord['state']): MirrorRecord => ({
  v: 1,
  kind: 'mirror',
  link: 'east-west',
  sourceTopic: 'orders',
  sourceTopicId: '0'.repeat(32),
  mirrorTopic: 'orders',
  mirrorTopicId: '1'.repeat(32),
  partitions: 2,
  state,
  deferredConfigs: { 'compression.type': '' },
  isTopicMade: true,
  createdAt: at,
})
const lock: LockRecord = {
  v: 1,
  kind: 'lock',
  user: 'u',
  owner: 'o1',
  host: 'h1',
  pid: 7,
  scope: 's',
  act: 'link run',
  isYielding: false,
  since: at,
}
const position: PositionRecord = {
  v: 1,
  kind: 'position',
  sourceEnds: [large, null],
  mirrored: [0n, null],
}
const runner = {
  v: 1,
  kind: 'runner',
  at,
  sourceLostAt: null,
  obeysBefore: null,
  syncedAt: null,
  aclsSyncedAt: null,
  groupsEveryMs: null,
} as const
const failure: FailureRecord = { v: 1, kind: 'failure', reason: 'a "reason"\nof two lines', at }

const examples: readonly (readonly [string, StateRecord])[] = [
  [stateKey.link('east-west'), link],
  [stateKey.mirror('east-west', 'orders'), mirror({ state: 'PENDING', phase: 'creating the mirror topic' })],
  [stateKey.mirror('east-west', 'orders'), mirror({ state: 'ACTIVE' })],
  [stateKey.mirror('east-west', 'orders'), mirror({ state: 'PAUSED', since: at })],
  [stateKey.mirror('east-west', 'orders'), mirror({ state: 'PENDING_STOPPED', by: 'failover', since: at })],
  [
    stateKey.mirror('east-west', 'orders'),
    mirror({ state: 'STOPPED', stoppedBy: 'failover', at, ends: [large, 0n], isFenced: true }),
  ],
  [stateKey.lock('east-west', 'runner'), lock],
  [stateKey.position('east-west', 'orders'), position],
  [stateKey.position('east-west', 'orders'), { ...position, tombstones: { caughtUpAt: at, late: { since: null, until: at }, missed: { since: at, until: at, keptMs: 0 } } }], // prettier-ignore
  [stateKey.runner('east-west'), runner],
  [
    stateKey.runner('east-west'),
    {
      v: 1,
      kind: 'runner',
      at,
      sourceLostAt: at,
      obeysBefore: large,
      syncedAt: null,
      aclsSyncedAt: null,
      groupsEveryMs: 5_000,
    },
  ],
  [stateKey.failure('east-west', 'orders'), failure],
  [stateKey.unsyncedAcls('east-west'), { v: 1, kind: 'unsyncedacls', why: ['a reason'], at }],
  [stateKey.leftGroups('east-west'), { v: 1, kind: 'leftgroups', groups: ['app'], count: 1, at }],
  [stateKey.unmirrored('east-west', 'pay'), { v: 1, kind: 'unmirrored', sourceTopic: 'pay', why: 'a reason', at }],
]

function thrown(key: string, text: string): unknown {
  try {
    return stateRecordFrom(key, Buffer.from(text))
  } catch (error) {
    return error
  }
}

describe('stateRecordFrom', () => {
  it.each(examples)('reads what was written under %s', (key, record) => {
    expect(stateRecordFrom(key, stateValueFrom(record))).toEqual(record)
  })

  it('reads what the version before has written', () => {
    const read = (key: string, record: StateRecord, ...missing: readonly string[]): unknown => {
      const old = Object.fromEntries(Object.entries(JSON.parse(stateValueFrom(record).toString()) as object).filter(([name]) => !missing.includes(name))) // prettier-ignore
      return stateRecordFrom(key, Buffer.from(JSON.stringify(old)))
    }
    const own = { patterns: [], pausedAt: null, throttleBytesPerSecond: null }
    expect(read('link/east-west', link, ...Object.keys(own))).toEqual({ ...link, ...own })
    const mirrored = mirror({ state: 'ACTIVE' })
    // That georep made a topic is never assumed.
    expect(read('mirror/east-west/orders', mirrored, 'isTopicMade')).toEqual({ ...mirrored, isTopicMade: false })
    expect(read('lock/east-west/runner', lock, 'isYielding')).toEqual(lock)
    expect(read('runner/east-west', runner, 'obeysBefore', 'groupsEveryMs')).toEqual(runner)
  })

  it('keeps offsets above 2^53 exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.bigInt(0n, large))), (ends) => {
        const record = { ...position, sourceEnds: ends, mirrored: ends.toReversed() }
        expect(stateRecordFrom('position/l/t', stateValueFrom(record))).toEqual(record)
      }),
    )
  })

  it.each(
    ['', 'link', 'topology/east-west', 'constructor/x', '__proto__/x', 'toString'].filter((key) => key !== 'link'),
  )('passes over a kind that it does not know: %j', (key) => {
    expect(stateRecordFrom(key, Buffer.from('{"v":99}'))).toBeUndefined()
  })

  const text = (record: object): string =>
    JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  it.each([
    ['no JSON', 'nonsense'],
    ['cut off', text(lock).slice(0, -3)],
    ['null', 'null'],
    ['an array', '[]'],
    ['empty', ''],
    ['of a newer version', text({ ...lock, v: 2 })],
    ['without a version', text({ ...lock, v: undefined })],
    ['of another kind', text(link)],
    ['with a number where text belongs', text({ ...lock, owner: 7 })],
    ['with a fraction for a pid', text({ ...lock, pid: 1.5 })],
    ['with a time that is none', text({ ...lock, since: 'yesterday' })],
  ])('refuses a value that is %s', (_, value) => {
    const error = thrown(stateKey.lock('east-west', 'act'), value)
    expect(error).toBeInstanceOf(GeorepError)
    expect(error).toMatchObject({ kind: 'failed', code: 'GR-STATE-UNREADABLE' })
    expect((error as GeorepError).message).toBe('the state topic holds no readable value under "lock/east-west/act"')
  })

  it.each([
    ['a negative offset', { mirrored: ['-1'] }],
    ['an offset with a sign', { mirrored: ['+1'] }],
    ['an offset that is a JSON number', { mirrored: [1] }],
    ['an offset in hexadecimal', { mirrored: ['0x10'] }],
    ['an empty offset', { mirrored: [''] }],
  ])('refuses a position with %s', (_, change) => {
    const error = thrown('position/l/t', text({ ...position, ...change }))
    expect(error).toMatchObject({ name: 'GeorepError', code: 'GR-STATE-UNREADABLE' })
  })

  it.each([
    ['a state that it does not know', { state: { state: 'REVERSING' } }],
    ['a STOPPED without ends', { state: { state: 'STOPPED', stoppedBy: 'failover', at, isFenced: true } }],
    ['no partitions', { partitions: 0 }],
  ])('refuses a mirror with %s', (_, change) => {
    const error = thrown('mirror/l/t', text({ ...mirror({ state: 'ACTIVE' }), ...change }))
    expect(error).toMatchObject({ name: 'GeorepError', code: 'GR-STATE-UNREADABLE' })
  })
})
