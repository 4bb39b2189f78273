import { setMaxListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storedBatch } from '../../../../test/support/batches.ts'
import { settled } from '../../../../test/support/fake-time.ts'
import { Fetching, answer, one, stored, type SentFetch } from '../../../../test/support/fetching.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { Fetcher } from './fetcher.ts'
import type { MirrorPartition } from './mirror-partition.ts'

const megabyte = 1024 * 1024

let fetching: Fetching
let fetcher: Fetcher
let time: Fetching['time']
let source: Fetching['source']
let appender: Fetching['appender']
let events: Fetching['events']
let givenBack: Fetching['givenBack']
beforeEach(() => {
  setMaxListeners(0)
  fetching = new Fetching()
  fetcher = fetching.fetcherOf(64 * megabyte)
  ;({ time, source, appender, events, givenBack } = fetching)
})
afterEach(async () => {
  await fetcher.stop()
})

describe('a fetch', () => {
  it('asks by topic id, from the next offset, with the epochs that are known, and for what was committed', async () => {
    const partition = Object.assign(one(), { nextFetch: 7n, lastFetchedEpoch: 2, sourceLeaderEpoch: 3 })
    fetcher.add(partition)
    const { request, nodeId } = await fetching.take()
    expect(nodeId).toBe(1)
    expect(request.isolation).toBe(1)
    expect(request.topics).toMatchObject([
      { topicId: 'a'.repeat(32), partitions: [{ partition: 0, fetchOffset: 7n, lastFetchedEpoch: 2, currentLeaderEpoch: 3 }] }, // prettier-ignore
    ])
  })

  it('carries all partitions of a broker, and asks no partition twice at a time', async () => {
    const topic = runningMirror(3)
    topic.partitions[2]!.sourceLeader = 2
    for (const partition of topic.partitions) fetcher.add(partition)
    const requests = [await fetching.take(), await fetching.take()]
    const asked = requests.map(({ nodeId, request }) => [
      nodeId,
      request.topics[0]!.partitions.map((at) => at.partition),
    ])
    expect(asked).toEqual(expect.arrayContaining([[2, [2]]]))
    const first = requests.filter(({ nodeId }) => nodeId === 1)
    // Whichever lane came first took what was there then; a second fetch of the same partition is not sent.
    await settled()
    expect([...first, ...source.held.filter(({ nodeId }) => nodeId === 1)].flatMap(({ request }) =>
      (request as SentFetch['request']).topics[0]!.partitions.map((at) => at.partition),
    ).toSorted((a, b) => a - b)).toEqual([0, 1]) // prettier-ignore
  })

  it('tells of the end of the source from when it was sent, and of a hole from when it was answered', async () => {
    const partition = Object.assign(one(), { caughtUpAtMs: time.now().getTime() })
    const sentAtMs = partition.caughtUpAtMs
    fetcher.add(partition)
    const sent = await fetching.take()
    await time.pass(400)
    await answer(sent, { 0: stored([0n], [5n]) })
    expect(partition).toMatchObject({ sourceEnd: 1_000n, sourceEndAtMs: sentAtMs })
    const [since, until] = [sentAtMs, sentAtMs + 400].map((ms) => new Date(ms).toISOString())
    expect(partition.topic.tombstones.toRecord(sentAtMs)).toMatchObject({ late: { since, until } })
    await answer(await fetching.take(), { 0: { error: 6, highWatermark: 2_000n } })
    expect(partition).toMatchObject({ sourceEnd: 1_000n, sourceEndAtMs: sentAtMs })
  })

  it('hands on what it brings, and goes on behind it', async () => {
    const partition = one()
    fetcher.add(partition)
    await answer(await fetching.take(), { 0: stored([0n, { count: 3, leaderEpoch: 4 }], [3n, { leaderEpoch: 5 }]) })
    expect(appender.offsets()).toEqual([[0n, 3n]])
    expect(partition).toMatchObject({ nextFetch: 4n, lastFetchedEpoch: 5, sourceEnd: 1_000n })
    const next = await fetching.take()
    expect(next.request.topics[0]!.partitions[0]).toMatchObject({ fetchOffset: 4n, lastFetchedEpoch: 5 })
  })

  it('leaves out a batch in front of the asked offset, and a cut one at the end', async () => {
    const partition = Object.assign(one(), { nextFetch: 3n })
    fetcher.add(partition)
    const records = stored([0n, { count: 3 }], [3n], [4n, { valueBytes: 500 }])
    await answer(await fetching.take(), { 0: records.subarray(0, records.length - 1) })
    expect(appender.offsets()).toEqual([[3n]])
    expect(partition.nextFetch).toBe(4n)
  })

  it('leaves its memory to what it hands on, and gives it back at once when that is nothing', async () => {
    const partition = one()
    fetcher.add(partition)
    // Too large to share their memory with others.
    const both = (): Buffer => stored([0n, { valueBytes: 10_000 }], [1n])
    await answer(await fetching.take(), { 0: both() })
    expect(appender.offsets()).toEqual([[0n, 1n]])
    expect(givenBack).toEqual([])
    const known = both()
    await answer(await fetching.take(), { 0: known })
    expect(givenBack).toEqual([known.buffer])
  })

  it('is asked again when there was nothing', async () => {
    fetcher.add(one())
    await answer(await fetching.take(), { 0: Buffer.alloc(0) })
    await answer(await fetching.take(), {})
    expect((await fetching.take()).request.topics[0]!.partitions[0]!.fetchOffset).toBe(0n)
    expect(events).toEqual([])
  })

  it.each([
    [
      'settled',
      (partition: MirrorPartition) => {
        partition.phase = 'settling'
      },
    ],
    [
      'positioned elsewhere',
      (partition: MirrorPartition) => {
        partition.nextFetch = 9n
      },
    ],
    [
      'stopped',
      (partition: MirrorPartition) => {
        partition.phase = 'stopped'
      },
    ],
  ])('is thrown away when its partition was %s meanwhile', async (_, change) => {
    // prettier-ignore
    const partition = one()
    fetcher.add(partition)
    const sent = await fetching.take()
    change(partition)
    await answer(sent, { 0: stored([0n]) })
    expect(appender.taken).toEqual([])
  })
})

describe('what cannot be appended', () => {
  it.each([
    ['an unknown codec', [2n, { attributes: 7 }], 'a batch at source offset 2 has an unknown compression'],
    [
      'a compacted batch with a wrong checksum',
      [2n, { lastOffsetDelta: 3 }],
      'a batch at source offset 2 has a wrong checksum',
    ],
  ] as const)('%s fails the mirror after the good batches before it were handed on', async (_, bad, reason) => {
    const partition = one()
    fetcher.add(partition)
    await answer(await fetching.take(), { 0: stored([0n], [1n], bad, [20n]) })
    expect(appender.offsets()).toEqual([[0n, 1n]])
    expect(events).toEqual([`failed 0: ${reason}`])
    expect(partition.nextFetch).toBe(2n)
    expect(source.held).toEqual([])
  })

  it('what the source does not show is handed on as hidden', async () => {
    const partition = one()
    fetcher.add(partition)
    await answer(await fetching.take(), { 0: { records: stored([0n], [4n, { attributes: 16 }], [5n]), abortedTransactions: [{ producerId: 77n, firstOffset: 4n }] } }) // prettier-ignore
    expect(appender.taken.flatMap(({ pieces }) => pieces)).toMatchObject([{ baseOffset: 0n }, { from: 1n, until: 5n }, { baseOffset: 5n }]) // prettier-ignore
    expect(partition.nextFetch).toBe(6n)
    expect(events).toEqual([])
  })

  it('the message format of old brokers fails the mirror', async () => {
    fetcher.add(one())
    const old = storedBatch(0n)
    old.writeInt8(1, 16)
    await answer(await fetching.take(), { 0: old })
    expect(events).toEqual(['failed 0: the source: a record batch has the message format 1'])
  })

  it('bytes that are no batches fail the mirror', async () => {
    fetcher.add(one())
    await answer(await fetching.take(), { 0: Buffer.alloc(100, 0xff) })
    expect(events).toEqual(['failed 0: the source: a record batch has the message format -1'])
  })

  it('does not stop other partitions of the same answer', async () => {
    const [a, b] = runningMirror(2).partitions as [MirrorPartition, MirrorPartition]
    fetcher.add(a)
    fetcher.add(b)
    for (const sent of [await fetching.take(), ...source.held.splice(0)]) {
      await answer(sent as SentFetch, { 0: stored([0n, { attributes: 7 }]), 1: stored([0n]) })
    }
    expect(appender.offsets()).toEqual([[0n]])
    expect(events).toEqual(['failed 0: a batch at source offset 0 has an unknown compression'])
  })

  it('a source that was truncated fails the mirror', async () => {
    const partition = Object.assign(one(), { nextFetch: 9n, lastFetchedEpoch: 4 })
    fetcher.add(partition)
    await answer(await fetching.take(), { 0: { divergingEpoch: { epoch: 3, endOffset: 6n } } })
    expect(events).toEqual([
      'failed 0: the source log was truncated: its epoch 3 now ends at 6, and the mirror is at 9',
    ])
  })
})

describe('an error of the source', () => {
  it.each([
    [1, 'OFFSET_OUT_OF_RANGE'],
    [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [5, 'LEADER_NOT_AVAILABLE'],
    [6, 'NOT_LEADER_OR_FOLLOWER'],
    [74, 'FENCED_LEADER_EPOCH'],
    [75, 'UNKNOWN_LEADER_EPOCH'],
    [78, 'OFFSET_NOT_AVAILABLE'],
    [100, 'UNKNOWN_TOPIC_ID'],
    [103, 'INCONSISTENT_TOPIC_ID'],
  ])('%i is looked into: %s', async (error, name) => {
    fetcher.add(one())
    await answer(await fetching.take(), { 0: { error } })
    expect(events).toEqual([`moved 0: ${name}`])
  })

  it('29 is looked into, naming the right that is lacking', async () => {
    fetcher.add(one())
    await answer(await fetching.take(), { 0: { error: 29 } })
    expect(events).toEqual(['denied 0: needs Read on topic "orders" at cluster "fake" for its principal'])
  })

  it('2 fails the mirror', async () => {
    fetcher.add(one())
    await answer(await fetching.take(), { 0: { error: 2 } })
    expect(events).toEqual(['failed 0: the source answers CORRUPT_MESSAGE'])
  })

  it('of the whole answer is looked into for each partition', async () => {
    fetcher.add(one())
    await answer(await fetching.take(), {}, 75)
    expect(events).toEqual(['moved 0: UNKNOWN_LEADER_EPOCH'])
  })

  it('no answer: told, and asked again a little later', async () => {
    fetcher.add(one())
    ;(await fetching.take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await settled()
    expect(events).toEqual(['unreachable'])
    expect(source.held).toEqual([])
    await time.pass(250)
    await answer(await fetching.take(), { 0: stored([0n]) })
    expect(events).toEqual(['unreachable', 'reachable'])
    expect(appender.offsets()).toEqual([[0n]])
  })
})

it('stops at once, whatever is under way', async () => {
  fetcher.add(one())
  await settled()
  expect(source.held).toHaveLength(1)
  await fetcher.stop()
  expect(appender.taken).toEqual([])
})
