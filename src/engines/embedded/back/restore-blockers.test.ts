import { describe, expect, it } from 'vitest'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { offset } from '../../../core/offset.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import { byReplacing, hasParted } from './restore-blockers.ts'

const { recordBlocker, existingBlocker, endBlocker } = byReplacing
const stopped = (stoppedBy: 'promote' | 'failover'): MirrorRecord =>
  mirrorRecord({ state: { state: 'STOPPED', stoppedBy, at: '2026-01-02T03:04:05.678Z', ends: [4n], isFenced: true } })
const restoring = { topicId: 'a'.repeat(32), isSaved: false, replicationFactor: 1, epoch: 0 }
const pending = (more: Partial<MirrorRecord>): MirrorRecord =>
  mirrorRecord({ link: 'west-east', state: { state: 'PENDING', phase: 'being made' }, ...more })

describe('what comes back', () => {
  it('was stopped, by a failover or a promote', () => {
    expect(recordBlocker(stopped('failover'))).toBeUndefined()
    expect(recordBlocker(stopped('promote'))).toBeUndefined()
    expect(recordBlocker(mirrorRecord())).toBe('it is ACTIVE: only what was stopped comes back')
  })

  it('may have been begun by an earlier restore of the same topic, and by nothing else', () => {
    const record = stopped('failover')
    expect(existingBlocker(undefined, record)).toBeUndefined()
    expect(existingBlocker(pending({ restoring }), record)).toBeUndefined()
    expect(existingBlocker(pending({ restoring, sourceTopic: 'other' }), record)).toBe('link "west-east" mirrors "other" there') // prettier-ignore
    expect(existingBlocker(pending({}), record)).toBe('link "west-east" is making it: being made')
  })

  const names = { old: 'east', promoted: 'west' }
  const ends = (oldEnd: bigint | undefined, promotedEnd: bigint | undefined) => ({
    partition: 0,
    stoppedAt: offset(4n),
    oldEnd: oldEnd === undefined ? undefined : offset(oldEnd),
    promotedEnd: promotedEnd === undefined ? undefined : offset(promotedEnd),
  })

  it.each([
    [4n, 9n, false, undefined],
    [7n, 9n, true, undefined],
    [3n, 9n, false, 'records were lost there'],
    [7n, 3n, true, 'records were lost there'],
    [undefined, 9n, false, 'on "east" could not be read'],
    [7n, undefined, true, 'on "west" could not be read'],
  ])('ends at %s, and where it is written to at %s', (oldEnd, promotedEnd, parted, why) => {
    const one = ends(oldEnd, promotedEnd)
    expect(hasParted(one)).toBe(parted)
    if (why === undefined) expect(endBlocker(one, names)).toBeUndefined()
    else expect(endBlocker(one, names)).toContain(why)
  })
})
