import { describe, expect, test } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { type PositionRecord, stateValueFrom } from '../../../links/records.ts'
import { type MirrorTopic, newMirrorTopic } from './mirror-partition.ts'
import { Positions } from './positions.ts'

describe('positions that are to be written', () => {
  test('are those that have changed', () => {
    const positions = new Positions('east-west')
    const [orders, payments] = [topicOf('orders', 2), topicOf('payments', 1)]
    const [first] = positions.changed([orders, payments])
    expect([...(first?.keys() ?? [])]).toEqual(['position/east-west/orders', 'position/east-west/payments'])
    // Not written yet: an answer that was lost leaves them to be written again.
    expect(positions.changed([orders, payments])).toHaveLength(1)
    positions.written(first!)
    expect(positions.changed([orders, payments])).toEqual([])
    Object.assign(orders.partitions[1]!, { appended: 7n, phase: 'running' })
    const [second] = positions.changed([orders, payments])
    expect([...(second?.keys() ?? [])]).toEqual(['position/east-west/orders'])
  })

  test('are not written for the time alone at which the mirror had all, but every two minutes, and for holes that were read late', () => {
    const positions = new Positions('east-west')
    const orders = topicOf('orders', 2)
    const written = (): PositionRecord['tombstones'] | 'nothing' => {
      const [write] = positions.changed([orders])
      if (write === undefined) return 'nothing'
      positions.written(write)
      return write.get('position/east-west/orders')?.tombstones
    }
    const startMs = Date.parse('2026-01-02T03:04:05.678Z')
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

  test('share a write only as far as a batch of the default size holds them, whatever their offsets', () => {
    const positions = new Positions('east-west')
    const largest = 2n ** 63n - 1n
    const topics = Array.from({ length: 250 }, (_, index) => topicOf(`a-topic-${index}`, 100))
    for (const one of topics.flatMap(({ partitions }) => partitions)) Object.assign(one, { appended: largest, sourceEnd: largest, phase: 'running' }) // prettier-ignore
    const writes = positions.changed(topics)
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
