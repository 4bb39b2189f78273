import { describe, expect, it } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { offset } from '../../../core/offset.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import { endBlocker, existingBlocker, recordBlocker, topicBlockers } from './reverse-blockers.ts'

const at = '2026-01-02T03:04:05.678Z'
const stopped = (stoppedBy: 'promote' | 'failover'): MirrorRecord =>
  mirrorRecord({ state: { state: 'STOPPED', stoppedBy, at, ends: [5n], isFenced: true } })
const names = { old: 'east', promoted: 'west' }

it.each([
  ['a promote has stopped', stopped('promote'), undefined],
  ['a failover has stopped', stopped('failover'), 'a failover has stopped it'],
  ['is carried', mirrorRecord(), 'it is ACTIVE'],
])('only what a promote has stopped goes the way back: what %s', (_what, record, why) => {
  if (why === undefined) expect(recordBlocker(record)).toBeUndefined()
  else expect(recordBlocker(record)).toContain(why)
})

describe('a mirror that the link back has of the topic', () => {
  const reversed = { ends: [5n], epoch: 2 }
  it.each([
    ['none', undefined, undefined],
    ['a stopped one', stopped('failover'), undefined],
    ['a stopped one of an earlier way back', { ...stopped('promote'), reversed: { ends: [4n], epoch: 2 } }, undefined],
    ['one that went back from here, and was stopped', { ...stopped('promote'), reversed }, 'already, and a promote has stopped it there'],
    ['a reverse that was left in the middle', mirrorRecord({ state: { state: 'PENDING', phase: 'p' }, reversed }), undefined],
    ['one that is being made', mirrorRecord({ state: { state: 'PENDING', phase: 'creating' } }), 'is making it: creating'],
    ['one that is being stopped', mirrorRecord({ state: { state: 'PENDING_STOPPED', by: 'failover', since: at } }), 'a failover on link'],
    ['one of another topic of the name', mirrorRecord(), 'mirrors another topic of that name there'],
    ['one of a topic with another name', mirrorRecord({ sourceTopic: 'pay' }), 'mirrors "pay" there'],
  ])('%s', (_what, existing, why) => {
    if (why === undefined) expect(existingBlocker(existing, stopped('promote'))).toBeUndefined()
    else expect(existingBlocker(existing, stopped('promote'))).toContain(why)
  }) // prettier-ignore
})

describe('topics', () => {
  const record = mirrorRecord()
  const old = { topicId: record.sourceTopicId, partitions: [0] }
  const promoted = { topicId: record.mirrorTopicId, partitions: [0] }
  it.each([
    ['as promoted', { old, promoted }, undefined],
    ['with partitions added to both', { old: { ...old, partitions: [0, 1] }, promoted: { ...promoted, partitions: [0, 1] } }, undefined],
    ['the old one gone', { old: undefined, promoted }, 'topic "orders" is gone on "east"'],
    ['the promoted one gone', { old, promoted: undefined }, 'topic "orders" is gone on "west"'],
    ['the old one made anew', { old: { ...old, topicId: 'c' }, promoted }, 'topic "orders" on "east" was deleted and made anew'],
    ['the promoted one made anew', { old, promoted: { ...promoted, topicId: 'c' } }, 'topic "orders" on "west" was deleted and made anew'],
    ['a partition added to one', { old, promoted: { ...promoted, partitions: [0, 1] } }, 'topic "orders" has 2 partitions on "west", and "orders" has 1 on "east"'],
  ])('%s', (_what, topics, why) => {
    expect(topicBlockers(record, topics, names)).toEqual(why === undefined ? [] : [why])
  }) // prettier-ignore
})

describe('ends', () => {
  it.each([
    ['written to on one side only', 5n, 9n, undefined],
    ['written to on neither', 5n, 5n, undefined],
    ['the old source written to', 6n, 9n, 'partition 3 ends at 6 on "east", and its mirror was stopped at 5: 1 offset was written there since, so that the logs have parted'],
    ['the old source cut', 4n, 9n, 'partition 3 ends at 4 on "east", and its mirror was stopped at 5: records were lost there'],
    ['the promoted topic cut', 5n, 4n, 'partition 3 ends at 4 on "west", and its mirror was stopped at 5: records were lost there'],
    ['the old one not read', undefined, 9n, 'where partition 3 ends on "east" could not be read'],
    ['the promoted one not read', 5n, undefined, 'where partition 3 ends on "west" could not be read'],
  ])('%s', (_what, old, promoted, why) => {
    const end = (of: bigint | undefined) => (of === undefined ? undefined : offset(of))
    const ends = { partition: 3, stoppedAt: offset(5n), oldEnd: end(old), promotedEnd: end(promoted) }
    expect(endBlocker(ends, names)).toBe(why)
  }) // prettier-ignore
})
