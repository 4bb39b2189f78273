import { expect, it } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { mirrorRecord, runningMirror } from '../../../../test/support/mirror.ts'
import { GeorepError } from '../../../core/errors.ts'
import type { LinkState } from '../../../links/state.ts'
import { Lease } from '../carry/lease.ts'
import type { MirrorPartition } from '../carry/mirror-partition.ts'
import type { Mover } from '../carry/mover.ts'
import { LeaderNotes } from './standing.ts'

function linkState(of: Partial<LinkState>): LinkState {
  return { link: () => undefined, runner: () => undefined, failure: () => undefined, ...of } as unknown as LinkState
}

function leader(partitions = 1, of: Partial<LinkState> = {}) {
  const time = fakeTime()
  const topic = runningMirror(partitions)
  const mover = { topics: [topic], sourceLostAt: undefined as Date | undefined, heldBytes: 5 }
  const lease = new Lease(time, { maxAgeMs: 4_000 })
  const state = linkState({ mirrors: () => [topic.record], ...of })
  const notes = new LeaderNotes({ mover: mover as unknown as Mover, lease, state, link: 'east-west', time })
  const [first] = topic.partitions as [MirrorPartition]
  return { time, mover, notes, first, partitions: topic.partitions, mirror: () => notes.standing.mirrors[0] }
}

/** The source ends at 10, as was read now, and so does the mirror. */
function hasAll(one: MirrorPartition, time: ReturnType<typeof fakeTime>): void {
  Object.assign(one, { sourceEnd: 10n, appended: 10n, sourceEndAtMs: time.now().getTime() })
}

it('what was never fetched has a lag that is not known', () => {
  expect(leader().mirror()).toMatchObject({ lagRecords: undefined, lagMs: undefined })
})

it('a partition that has everything has no lag', () => {
  const { time, first, mirror } = leader()
  hasAll(first, time)
  expect(mirror()).toMatchObject({ lagRecords: 0n, lagMs: 0 })
})

it('one that is behind is so since it last had everything, at the most', async () => {
  const { time, first, notes, mirror } = leader()
  hasAll(first, time)
  notes.look()
  await time.pass(1_000)
  first.sourceEnd = 15n
  expect(mirror()).toMatchObject({ lagRecords: 5n, lagMs: 1_000 })
  await time.pass(500)
  expect(mirror()).toMatchObject({ lagRecords: 5n, lagMs: 1_500 })
})

it('or since the time of the newest record that it has, where that is later', async () => {
  const { time, first, mirror } = leader()
  Object.assign(first, { sourceEnd: 15n, appended: 10n })
  expect(mirror()).toMatchObject({ lagRecords: 5n, lagMs: undefined })
  first.carried.untilMs = time.now().getTime()
  await time.pass(2_000)
  expect(mirror()?.lagMs).toBe(2_000)
})

it('while the source does not answer more may be missing than is known', async () => {
  const { time, first, mover, mirror } = leader()
  hasAll(first, time)
  first.carried.untilMs = time.now().getTime()
  expect(mirror()?.lagMs).toBe(0)
  mover.sourceLostAt = time.now()
  await time.pass(60_000)
  expect(mirror()).toMatchObject({ lagRecords: 0n, lagMs: 60_000 })
})

it('nor does having all count that was there when the end of the source was read last, for more than some seconds', async () => {
  const { time, first, notes, mirror } = leader()
  hasAll(first, time)
  notes.look()
  await time.pass(5_000)
  notes.look()
  expect(mirror()).toMatchObject({ lagRecords: 0n, lagMs: 0 })
  await time.pass(1_000)
  notes.look()
  expect(mirror()).toMatchObject({ lagRecords: 0n, lagMs: 1_000 })
  await time.pass(59_000)
  expect(mirror()).toMatchObject({ lagRecords: 0n, lagMs: 60_000 })
})

it('of many partitions records are added up, the worst time counts, and one that is not known makes the sum so', () => {
  const { partitions, mirror } = leader(2)
  const [a, b] = partitions as [MirrorPartition, MirrorPartition]
  Object.assign(a, { sourceEnd: 10n, appended: 3n })
  Object.assign(b, { sourceEnd: 5n, appended: 1n })
  a.carried.untilMs = 1_700_000_000_000 - 3_000
  b.carried.untilMs = 1_700_000_000_000 - 1_000
  expect(mirror()).toMatchObject({ partitions: 2, running: 2, lagRecords: 11n, lagMs: 3_000 })
  b.phase = 'positioning'
  expect(mirror()).toMatchObject({ running: 1, lagRecords: undefined, lagMs: undefined })
})

it('tells which cluster does not answer', () => {
  const { mover, notes } = leader()
  expect(notes.standing).toMatchObject({ isSourceUp: undefined, isDestinationUp: true })
  notes.roundTrips.isSourceUp = true
  expect(notes.standing.isSourceUp).toBe(true)
  mover.sourceLostAt = new Date()
  expect(notes.standing.isSourceUp).toBe(false)
  notes.heartbeatFailed(new GeorepError('unreachable', 'GR-CLUSTER-UNREACHABLE', 'no answer'))
  expect(notes.standing.isDestinationUp).toBe(false)
  notes.heartbeatWritten()
  expect(notes.standing.isDestinationUp).toBe(true)
})

it('counts mirrors by the state in which the other verbs show them', () => {
  const at = '2026-01-02T03:04:05.678Z'
  const records = [
    mirrorRecord({ mirrorTopic: 'a' }),
    mirrorRecord({ mirrorTopic: 'b' }),
    mirrorRecord({
      mirrorTopic: 'c',
      state: { state: 'STOPPED', stoppedBy: 'failover', at, ends: [3n], isFenced: true },
    }),
  ]
  const failure: LinkState['failure'] = (link, mirrorTopic) =>
    mirrorTopic === 'a' ? undefined : { v: 1, kind: 'failure', link, mirrorTopic, reason: 'cut off', at }
  const { notes } = leader(1, { mirrors: () => records, failure })
  expect([...notes.standing.mirrorsByState]).toEqual([
    ['ACTIVE', 1],
    ['FAILED', 1],
    ['STOPPED', 1],
  ])
})
