import { describe, expect, test } from 'vitest'
import { type MirrorRecord, stateValueFrom } from '../../links/records.ts'
import { type MirrorPartition, type MirrorTopic, newMirrorPartition } from './mirror-partition.ts'
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
  const partitions: MirrorPartition[] = []
  const topic: MirrorTopic = { record: { mirrorTopic } as MirrorRecord, partitions, failure: undefined }
  for (let index = 0; index < count; index++) partitions.push(newMirrorPartition(topic, index))
  return topic
}
