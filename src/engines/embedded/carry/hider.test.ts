import { beforeEach, describe, expect, it } from 'vitest'
import { FakeCluster, type Held } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, type FakeTime, settled } from '../../../../test/support/fake-time.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { RequestOf, ResponseOf } from '../../../kafka/wire/message.ts'
import { offsetForLeaderEpoch } from '../../../kafka/wire/messages/offset-for-leader-epoch.ts'
import { writeTxnMarkers } from '../../../kafka/wire/messages/write-txn-markers.ts'
import { Hider } from './hider.ts'
import type { DoneAlone } from './marker-writer.ts'
import { Hiding } from '../holes/hiding.ts'
import { Lease } from './lease.ts'
import type { MirrorPartition } from './mirror-partition.ts'

const producer = { producerId: 4_000n, producerEpoch: 3 }
type Written = Held<RequestOf<typeof writeTxnMarkers>, ResponseOf<typeof writeTxnMarkers>>

let time: FakeTime
let destination: FakeCluster
let hider: Hider
beforeEach(() => {
  time = fakeTime()
  const lease = new Lease(time, { maxAgeMs: 5_000 })
  lease.renewal()()
  destination = new FakeCluster(time.wait)
  const hiding = new Hiding({ destination: destination.asCluster, link: 'east-west', way: 'markers', wereTransactions: false, monotonic: time.monotonic }) // prettier-ignore
  const { signal } = new AbortController()
  hider = new Hider({ destination: destination.asCluster, producer, hiding, lease, signal, onTrouble: () => undefined })
})

async function written(): Promise<Written> {
  await settled()
  return destination.take(writeTxnMarkers)
}

/** Answers the markers, each partition with this error. */
function answerMarkers({ request, answer }: Written, error = 0): void {
  const markers = request.markers.map(({ producerId, topics }) => ({
    producerId,
    topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map((partition) => ({ partition, error })) })), // prettier-ignore
  }))
  answer({ markers })
}

/** Answers the look at log ends: where each partition ends by now. */
async function answerEnds(endOf: (partition: number) => bigint, error = 0): Promise<void> {
  await settled()
  const { request, answer } = destination.take(offsetForLeaderEpoch)
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition }) => ({ partition, error, leaderEpoch: 0, endOffset: endOf(partition) })),
  }))
  answer({ throttleMs: 0, topics })
  await settled()
}

describe('Hider', () => {
  let one: MirrorPartition
  let other: MirrorPartition
  beforeEach(() => {
    const [a, b] = runningMirror(2).partitions as [MirrorPartition, MirrorPartition]
    one = Object.assign(a, { markerEpoch: 7, isSealed: true })
    other = Object.assign(b, { markerEpoch: 9, isSealed: true })
  })

  it('writes a marker for each offset, of the own producer at its epoch, and believes the log end alone', async () => {
    const done = Promise.all([hider.hide(one, { from: 5n, until: 8n }), hider.hide(other, { from: 0n, until: 1n })])
    const sent = await written()
    expect(sent.request.markers.map(({ topics }) => topics.flatMap(({ partitions }) => partitions))).toEqual([[0, 1], [0], [0]]) // prettier-ignore
    // The highest of both, so that neither is refused.
    for (const marker of sent.request.markers) expect(marker).toMatchObject({ ...producer, isCommit: false, coordinatorEpoch: 9 }) // prettier-ignore
    answerMarkers(sent)
    await answerEnds((partition) => (partition === 0 ? 8n : 1n))
    expect(await done).toEqual([{ kind: 'done' }, { kind: 'done' }])
    expect([one.markerEpoch, other.markerEpoch]).toEqual([9, 9])
  })

  it('writes no more than a thousand in a request, and goes on where the log ends', async () => {
    const done = hider.hide(one, { from: 0n, until: 1_500n })
    for (const [count, end] of [[1_000, 1_000n], [500, 1_200n], [300, 1_500n]] as const) {
      const sent = await written()
      expect(sent.request.markers).toHaveLength(count)
      answerMarkers(sent)
      await answerEnds(() => end)
    } // prettier-ignore
    expect(await done).toEqual({ kind: 'done' })
  })

  it.each<[string, bigint, number, DoneAlone]>([
    ['somebody else has written', 9n, 0, { kind: 'failed', why: 'the mirror ends at 9 where offsets up to 8 were hidden: something else wrote to the mirror topic' }],
    ['all landed whatever was answered', 8n, 47, { kind: 'done' }],
    ['the producer is fenced', 5n, 47, { kind: 'fenced' }],
    ['nothing came', 5n, 0, { kind: 'unsettled', mayStillLand: false, why: 'offsets were to be hidden, and the log has not grown' }],
    ['the coordinator epoch was too low', 5n, 52, { kind: 'unsettled', mayStillLand: false, why: 'hiding offsets: TRANSACTION_COORDINATOR_FENCED' }],
  ])('where %s', async (_, end, error, wanted) => {
    const done = hider.hide(one, { from: 5n, until: 8n })
    answerMarkers(await written(), error)
    await answerEnds(() => end)
    expect(await done).toEqual(wanted)
    expect(one.isMarkerLost).toBe(false)
  }) // prettier-ignore

  describe('where another may have ordered markers', () => {
    beforeEach(() => {
      one.isSealed = false
    })

    it('waits, looks, and writes a single one first: what else comes is refused from then on', async () => {
      const done = hider.hide(one, { from: 5n, until: 8n })
      await settled()
      expect(destination.held).toEqual([])
      await time.pass(1_000)
      await answerEnds(() => 5n)
      const first = await written()
      expect(first.request.markers).toHaveLength(1)
      answerMarkers(first)
      await answerEnds(() => 6n)
      const others = await written()
      expect(others.request.markers).toHaveLength(2)
      answerMarkers(others)
      await answerEnds(() => 8n)
      expect(await done).toEqual({ kind: 'done' })
      expect(one.isSealed).toBe(true)
    })

    it('writes none while the log grows, and lets others go on', async () => {
      const done = hider.hide(one, { from: 5n, until: 8n })
      const beside = hider.hide(other, { from: 0n, until: 2n })
      await settled()
      await time.pass(1_000)
      await answerEnds(() => 6n)
      const sent = await written()
      expect(sent.request.markers.map(({ topics }) => topics.flatMap(({ partitions }) => partitions))).toEqual([[1], [1]]) // prettier-ignore
      answerMarkers(sent)
      await answerEnds(() => 2n)
      expect(await done).toEqual({ kind: 'unsettled', mayStillLand: false, why: 'offsets of an earlier request are still being hidden' }) // prettier-ignore
      expect(await beside).toEqual({ kind: 'done' })
      expect(one.isSealed).toBe(false)
    })

    it('is none the wiser for a marker that was refused', async () => {
      const done = hider.hide(one, { from: 5n, until: 8n })
      await settled()
      await time.pass(1_000)
      await answerEnds(() => 5n)
      answerMarkers(await written(), 52)
      await answerEnds(() => 6n)
      expect(await done).toMatchObject({ kind: 'unsettled', why: 'hiding offsets: TRANSACTION_COORDINATOR_FENCED' })
      expect(one.isSealed).toBe(false)
    })
  })

  it('names the right that is lacking', async () => {
    const done = hider.hide(one, { from: 5n, until: 8n })
    answerMarkers(await written(), 31)
    await answerEnds(() => 5n)
    expect(await done).toMatchObject({ kind: 'unsettled', why: expect.stringContaining('Alter') as string })
  })

  it('leaves it open what came of a lost answer, and has the next markers told from these', async () => {
    const done = hider.hide(one, { from: 5n, until: 8n })
    ;(await written()).fail(new TransportError('gone', { mayHaveActed: true }))
    expect(await done).toEqual({ kind: 'unsettled', why: 'gone', mayStillLand: true })
    expect(one.isMarkerLost).toBe(true)
  })

  it('gives up where the leader has moved', async () => {
    const done = hider.hide(one, { from: 5n, until: 8n })
    answerMarkers(await written())
    await answerEnds(() => 8n, 74)
    expect(await done).toEqual({ kind: 'unsettled', why: 'FENCED_LEADER_EPOCH', mayStillLand: false })
  })
})
