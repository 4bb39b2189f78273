import { describe, expect, it } from 'vitest'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { AppendLanes } from './append-lanes.ts'
import type { MirrorPartition } from './mirror-partition.ts'

const batch = 256 * 1024

function send(lanes: AppendLanes, partition: MirrorPartition, size = batch): { lane: number; answered: () => void } {
  const lane = lanes.laneFor(partition)
  if (lane === undefined) throw new Error('it has to wait')
  return { lane, answered: lanes.hold(partition, lane, size) }
}

describe('the connection on which a batch is sent', () => {
  it('is the first while little is under way', () => {
    const lanes = new AppendLanes()
    const used = runningMirror(100).partitions.map((one) => send(lanes, one, 1_000).lane)
    expect(new Set(used)).toEqual(new Set([0]))
  })

  it('is another when the first has enough under way, the one with the least when all have', () => {
    const lanes = new AppendLanes()
    const sent = runningMirror(9).partitions.map((one) => send(lanes, one))
    expect(sent.map(({ lane }) => lane)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 0])
    sent[5]!.answered()
    expect(send(lanes, runningMirror().partitions[0]!).lane).toBe(2)
  })

  it('stays the same while anything of the partition is under way', () => {
    const lanes = new AppendLanes()
    const [one, other] = runningMirror(2).partitions as [MirrorPartition, MirrorPartition]
    const all = Array.from({ length: 5 }, () => send(lanes, one))
    expect(all.map(({ lane }) => lane)).toEqual([0, 0, 0, 0, 0])
    expect(send(lanes, other).lane).toBe(1)
    for (const { answered } of all.slice(1)) answered()
    expect(send(lanes, one).lane).toBe(0)
  })

  it('is each leader’s own', () => {
    const lanes = new AppendLanes()
    const [one, other] = runningMirror(2).partitions as [MirrorPartition, MirrorPartition]
    other.destinationLeader = 2
    send(lanes, one, 9_000_000)
    expect(send(lanes, other).lane).toBe(0)
  })

  it('is changed, when nothing of the partition is under way, where others keep theirs busy and another is free', () => {
    const lanes = new AppendLanes()
    const [one, other] = runningMirror(2).partitions as [MirrorPartition, MirrorPartition]
    const early = [send(lanes, one, 1), send(lanes, other, 1)]
    const late = Array.from({ length: 5 }, () => send(lanes, one))
    expect([...early, ...late].map(({ lane }) => lane)).toEqual([0, 0, 0, 0, 0, 0, 0])
    expect(lanes.laneFor(other)).toBeUndefined()
    // The one that keeps it busy would win nothing elsewhere.
    expect(lanes.laneFor(one)).toBe(0)
    early[1]!.answered()
    expect(lanes.laneFor(other)).toBe(1)
  })
})
