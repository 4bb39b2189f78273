import { describe, expect, it } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { deletingPhase } from '../../mirror-deletion.ts'
import { replicasBlocker, stateBlocker, topicBlocker } from './rebuild-blockers.ts'

const rebuilding = { topicId: 'b'.repeat(32), replicationFactor: 1, ownConfigs: {}, epoch: 2 }
const restoring = { topicId: 'b'.repeat(32), isSaved: false, replicationFactor: 1, epoch: 2 }
const since = '2026-01-02T03:04:05.678Z'

describe('stateBlocker', () => {
  it.each([
    ['ACTIVE', 'ACTIVE', mirrorRecord()],
    ['FAILED', 'FAILED', mirrorRecord()],
    ['PAUSED', 'PAUSED', mirrorRecord({ state: { state: 'PAUSED', since } })],
    ['being rebuilt', 'PENDING', mirrorRecord({ state: { state: 'PENDING', phase: 'rebuilding' }, rebuilding })],
  ] as const)('lets one that is %s be made anew', (_, name, record) => {
    expect(stateBlocker(record, name)).toBeUndefined()
  })

  it.each([
    ['is STOPPED', 'STOPPED', mirrorRecord({ state: { state: 'STOPPED', stoppedBy: 'failover', at: since, ends: [3n], isFenced: true } })],
    ['is being stopped by a failover', 'PENDING_STOPPED', mirrorRecord({ state: { state: 'PENDING_STOPPED', by: 'failover', since } })],
    ['is being created', 'PENDING', mirrorRecord({ state: { state: 'PENDING', phase: 'creating the mirror topic' } })],
    ['is being taken off the link', 'PENDING', mirrorRecord({ state: { state: 'PENDING', phase: deletingPhase }, rebuilding })],
    ['mirror restore', 'PENDING', mirrorRecord({ state: { state: 'PENDING', phase: 'saving' }, restoring })],
    ['is SOURCE_UNAVAILABLE', 'SOURCE_UNAVAILABLE', mirrorRecord()],
  ] as const)('refuses one that %s', (why, name, record) => {
    expect(stateBlocker(record, name)).toContain(why)
  }) // prettier-ignore
})

describe('topicBlocker', () => {
  const [old, other] = ['b'.repeat(32), 'c'.repeat(32)]
  const made = mirrorRecord()
  const there = { topicId: old, partitions: 2, isEmpty: false }

  it('lets a topic be deleted that georep made, and one be made where there is none', () => {
    expect(topicBlocker(made, old, there, 2)).toBeUndefined()
    expect(topicBlocker(made, old, undefined, 2)).toBeUndefined()
  })

  it('keeps one that georep is not known to have made, and one that is another by its id', () => {
    expect(topicBlocker(mirrorRecord({ isTopicMade: false }), old, there, 2)).toContain('is not known to be made by georep')
    expect(topicBlocker(made, old, { ...there, topicId: other }, 2)).toContain('is not the one that was mirrored to')
    expect(topicBlocker(made, '', there, 2)).toContain('is not the one that was mirrored to')
  })

  it('takes another for the new one where it is empty, with as many partitions as the source', () => {
    expect(topicBlocker(made, old, { topicId: other, partitions: 2, isEmpty: true }, 2)).toBeUndefined()
    expect(topicBlocker(made, old, { topicId: other, partitions: 1, isEmpty: true }, 2)).toContain('not an empty one')
  })
}) // prettier-ignore

it('refuses a topic that could not be made again while a broker is down', () => {
  expect(replicasBlocker(3, 3, 'west')).toBeUndefined()
  expect(replicasBlocker(3, 2, 'west')).toBe('it is to have 3 replicas, and "west" has 2 brokers up')
})
