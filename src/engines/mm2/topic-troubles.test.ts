import { describe, expect, it } from 'vitest'
import { offset } from '../../core/offset.ts'
import type { TopicMetadata } from '../../kafka/cluster.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { BothSides } from './both-sides.ts'
import { troublesOf } from './topic-troubles.ts'

const record: MirrorRecord = {
  v: 1,
  kind: 'mirror',
  link: 'east-west',
  sourceTopic: 'orders',
  sourceTopicId: 'a',
  mirrorTopic: 'east.orders',
  mirrorTopicId: 'b',
  partitions: 1,
  state: { state: 'ACTIVE' },
  deferredConfigs: {},
  isTopicMade: true,
  createdAt: '2026-01-01T00:00:00.000Z',
}

function sides(more: { start?: bigint; end?: bigint; mirrorEnd?: bigint; sourceId?: string; mirrorId?: string }): BothSides {
  const { start = 0n, end = 10n, mirrorEnd = 10n, sourceId = 'a', mirrorId = 'b' } = more
  const topic = (name: string, topicId: string): ReadonlyMap<string, TopicMetadata> => new Map([[name, { name, topicId, isInternal: false, partitions: [] }]]) // prettier-ignore
  const theirs = partitionKey({ topic: 'orders', partition: 0 })
  return {
    isSourceRead: true,
    sourceStarts: new Map([[theirs, offset(start)]]),
    sourceEnds: new Map([[theirs, offset(end)]]),
    stableEnds: new Map(),
    sourceTopics: topic('orders', sourceId),
    ends: new Map([[partitionKey({ topic: 'east.orders', partition: 0 }), offset(mirrorEnd)]]),
    topics: topic('east.orders', mirrorId),
  }
} // prettier-ignore

describe('topics that are not what they were', () => {
  it.each([
    ['nothing', 10n, {}, []],
    ['nothing without a place', undefined, { mirrorEnd: 0n, mirrorId: 'c' }, []],
    ['a source made anew', 10n, { sourceId: 'c' }, ['source topic "orders" was deleted and made anew']],
    ['a source that was truncated', 11n, {}, ['source topic "orders" was truncated: partition 0 ends at 10']],
    ['a mirror topic made anew', 10n, { mirrorId: 'c' }, ['mirror topic "east.orders" was deleted and made anew, and Kafka Connect\'s offsets are stale']],
    ['a mirror topic that is empty', 10n, { mirrorEnd: 0n }, ['partition 0 of mirror topic "east.orders" is empty, and Kafka Connect\'s offsets are stale']],
  ] as const)('%s', (_, position, more, expected) => {
    const found = troublesOf(record, [position], sides(more))
    expect(found.map(({ isFatal }) => isFatal)).toEqual(expected.map(() => true))
    expected.forEach((text, index) => { expect(found[index]?.why).toContain(text) }) // prettier-ignore
  }) // prettier-ignore

  it('records that the source deleted before they were mirrored are told, and the mirror goes on', () => {
    expect(troublesOf(record, [5n], sides({ start: 7n }))).toMatchObject([{ isFatal: false }])
  })

  it('of a stopped mirror nothing is told', () => {
    const stopped: MirrorRecord = { ...record, state: { state: 'STOPPED', stoppedBy: 'failover', at: record.createdAt, ends: [10n], isFenced: false } } // prettier-ignore
    expect(troublesOf(stopped, [10n], sides({ sourceId: 'c', mirrorId: 'c' }))).toEqual([])
  })
})
