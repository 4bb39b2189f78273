import { expect, it } from 'vitest'
import { runningMirror } from '../../../../test/support/mirror.ts'
import type { ClusterMetadata } from '../../../kafka/cluster.ts'
import { changedTopic } from './positioning.ts'

function clusterWith(topicId: string, partitions: number): ClusterMetadata {
  const all = Array.from({ length: partitions }, (_, partition) => ({ partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1] })) // prettier-ignore
  const topics = new Map([['orders', { name: 'orders', topicId, isInternal: false, partitions: all }]])
  return { clusterId: 'any', controllerId: 1, brokers: [], topics, denied: new Map() }
}

const [sourceId, mirrorId] = ['a'.repeat(32), 'b'.repeat(32)]

it.each([
  ['as many on both sides', { source: 2, mirror: 2 }, undefined],
  ['more on the source, which are yet to be added', { source: 3, mirror: 2 }, undefined],
  ['more on both, which are yet to be written down', { source: 3, mirror: 3 }, undefined],
  ['fewer on the mirror, as a broker says that has not heard of them', { source: 2, mirror: 1 }, undefined],
  ['fewer on the source', { source: 1, mirror: 2 }, 'the source topic "orders" has 1 partitions, the mirror has 2 of it'],
  ['more on the mirror', { source: 2, mirror: 3 }, 'the mirror topic "orders" has 3 partitions, and the source topic 2: something else has added some'],
] as const)('partitions of a mirror of two: %s', (_, { source, mirror }, why) => {
  const topic = runningMirror(2)
  const change = changedTopic(topic, clusterWith(mirrorId, mirror), clusterWith(sourceId, source))
  expect(change).toEqual(why === undefined ? undefined : { kind: 'failed', why })
}) // prettier-ignore
