import { describe, expect, test } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { type PositionRecord, stateValueFrom } from '../../../links/records.ts'
import { type MirrorTopic, newMirrorTopic } from './mirror-partition.ts'
import { Positions } from './positions.ts'

const startMs = Date.parse('2026-01-02T03:04:05.678Z')

describe('positions that are to be written', () => {
  test('are those that have changed', () => {
    const positions = new Positions('east-west')
    const [orders, payments] = [topicOf('orders', 2), topicOf('payments', 1)]
    const [first] = positions.changed([orders, payments], startMs)
    expect([...(first?.keys() ?? [])]).toEqual(['position/east-west/orders', 'position/east-west/payments'])
    // Not written yet: an answer that was lost leaves them to be written again.
    expect(positions.changed([orders, payments], startMs)).toHaveLength(1)
    positions.written(first!)
    expect(positions.changed([orders, payments], startMs)).toEqual([])
    Object.assign(orders.partitions[1]!, { appended: 7n, phase: 'running' })
    const [second] = positions.changed([orders, payments], startMs)
    expect([...(second?.keys() ?? [])]).toEqual(['position/east-west/orders'])
  })

  test('are not written for the time alone at which the mirror had all, but every two minutes, and for holes that were read late', () => {
    const positions = new Positions('east-west')
    const orders = topicOf('orders', 2)
    const written = (): PositionRecord['tombstones'] | 'nothing' => {
      const [write] = positions.changed([orders], startMs)
      if (write === undefined) return 'nothing'
      positions.written(write)
      return write.get('position/east-west/orders')?.tombstones
    }
    const caughtUp = (...ms: readonly number[]): void => { for (const [index, one] of orders.partitions.entries()) one.caughtUpAtMs = startMs + (ms[index] ?? 0) } // prettier-ignore
    expect(written()).toEqual({ caughtUpAt: '2026-01-02T03:04:05.678Z', late: null, missed: null })
    caughtUp(119_999, 500_000)
    expect(written()).toBe('nothing')
    caughtUp(120_000, 500_000)
    expect(written()).toMatchObject({ caughtUpAt: '2026-01-02T03:06:05.678Z' })
    orders.tombstones.noteHole(startMs, startMs + 1_000)
    expect(orders.tombstones.isUnwritten).toBe(true)
    expect(written()).toMatchObject({ late: { since: '2026-01-02T03:04:05.678Z', until: '2026-01-02T03:04:06.678Z' } })
    expect(orders.tombstones.isUnwritten).toBe(false)
    expect(written()).toBe('nothing')
  })

  test('say when the ends of the source were read that have not been read for some seconds, until they are again', () => {
    const positions = new Positions('east-west')
    const orders = topicOf('orders', 2)
    const [first, second] = orders.partitions
    const written = (readUntilMs: number): Partial<PositionRecord> | 'nothing' => {
      const [write] = positions.changed([orders], startMs + readUntilMs)
      if (write === undefined) return 'nothing'
      positions.written(write)
      const { sourceEnds, sourceEndsAt, isSourceUnread } = write.get('position/east-west/orders')!
      return { sourceEnds, sourceEndsAt, isSourceUnread }
    }
    const sourceEndsAt = '2026-01-02T03:04:05.678Z'
    expect(written(0)).toEqual({ sourceEnds: [null, null] })
    Object.assign(first!, { sourceEnd: 10n, sourceEndAtMs: startMs + 9_000 })
    Object.assign(second!, { sourceEnd: 20n, sourceEndAtMs: startMs })
    expect(written(5_000)).toEqual({ sourceEnds: [10n, 20n], sourceEndsAt })
    expect(written(5_000)).toBe('nothing')
    expect(written(5_001)).toEqual({ sourceEnds: [10n, 20n], sourceEndsAt, isSourceUnread: true })
    expect(written(60_000)).toBe('nothing')
    second!.sourceEndAtMs = startMs + 60_000
    first!.sourceEndAtMs = startMs + 60_000
    expect(written(60_000)).toEqual({ sourceEnds: [10n, 20n], sourceEndsAt: '2026-01-02T03:05:05.678Z' })
  })

  test('begin with what a runner before has written of the source', () => {
    const known = { v: 1, kind: 'position', sourceEnds: [10n, null], mirrored: [9n, 0n] } as const
    const sourceEndsAt = '2026-01-02T03:04:05.678Z'
    const endsOf = (before: PositionRecord): readonly unknown[] =>
      newMirrorTopic(mirrorRecord({ partitions: 3 }), before, startMs).partitions.map(({ sourceEnd, sourceEndAtMs }) => [sourceEnd, sourceEndAtMs]) // prettier-ignore
    expect(endsOf({ ...known, sourceEnds: [10n, null], mirrored: [9n, 0n], sourceEndsAt })).toEqual([[10n, startMs], [undefined, 0], [undefined, 0]]) // prettier-ignore
    // An older runner did not say when.
    expect(endsOf({ ...known, sourceEnds: [10n, null], mirrored: [9n, 0n] })[0]).toEqual([undefined, 0])
  })

  test('share a write only as far as a batch of the default size holds them, whatever their offsets', () => {
    const positions = new Positions('east-west')
    const largest = 2n ** 63n - 1n
    const topics = Array.from({ length: 250 }, (_, index) => topicOf(`a-topic-${index}`, 100))
    for (const one of topics.flatMap(({ partitions }) => partitions)) Object.assign(one, { appended: largest, sourceEnd: largest, phase: 'running' }) // prettier-ignore
    const writes = positions.changed(topics, startMs)
    expect(writes.flatMap((write) => [...write.keys()])).toHaveLength(250)
    for (const write of writes) {
      const bytes = [...write].reduce((sum, [key, record]) => sum + key.length + stateValueFrom(record).length, 0)
      expect(bytes).toBeLessThan(900_000)
    }
    expect(writes).toHaveLength(3)
  })
})

function topicOf(mirrorTopic: string, count: number): MirrorTopic {
  return newMirrorTopic(
    mirrorRecord({ mirrorTopic, partitions: count }),
    undefined,
    Date.parse('2026-02-01T00:00:00.000Z'),
  )
}
