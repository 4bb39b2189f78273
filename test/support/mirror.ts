import type { MirrorRecord } from '../../src/links/records.ts'
import { type MirrorTopic, newMirrorTopic } from '../../src/engines/embedded/carry/mirror-partition.ts'

export function mirrorRecord(changes: Partial<MirrorRecord> = {}): MirrorRecord {
  return {
    v: 1,
    kind: 'mirror',
    link: 'east-west',
    sourceTopic: 'orders',
    sourceTopicId: 'a'.repeat(32),
    mirrorTopic: 'orders',
    mirrorTopicId: 'b'.repeat(32),
    partitions: 1,
    state: { state: 'ACTIVE' },
    deferredConfigs: {},
    isTopicMade: true,
    createdAt: '2026-01-02T03:04:05.678Z',
    ...changes,
  }
}

/** A mirror whose partitions run from offset 0, all led by broker 1, the producer known to the destination. */
export function runningMirror(partitions = 1, changes: Partial<MirrorRecord> = {}): MirrorTopic {
  const topic = newMirrorTopic(mirrorRecord({ partitions, ...changes }), undefined, Date.now())
  for (const one of topic.partitions) Object.assign(one, { phase: 'running', sourceLeader: 1, destinationLeader: 1, isRemembered: true }) // prettier-ignore
  return topic
}
