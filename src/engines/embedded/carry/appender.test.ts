import { beforeEach, describe, expect, it } from 'vitest'
import { batchAt, storedBatch } from '../../../../test/support/batches.ts'
import { FakeCluster, type Held } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, type FakeTime, settled } from '../../../../test/support/fake-time.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { batchesOf, batchLayout, isChecksumRight } from '../../../kafka/records/batch.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { RequestOf, ResponseOf } from '../../../kafka/wire/message.ts'
import { deleteRecords } from '../../../kafka/wire/messages/delete-records.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { writeTxnMarkers } from '../../../kafka/wire/messages/write-txn-markers.ts'
import { Appender } from './appender.ts'
import { FetchedMemory } from './fetched-memory.ts'
import { Hiding } from '../holes/hiding.ts'
import { Lease } from './lease.ts'
import { isBusy, type MirrorPartition } from './mirror-partition.ts'

type Sent = Held<RequestOf<typeof produce>, ResponseOf<typeof produce>>

const producer = { producerId: 4_000n, producerEpoch: 3 }
const dayMs = 86_400_000
const nowMs = 1_700_000_000_000

let time: FakeTime
let destination: FakeCluster
let lease: Lease
let events: string[]
let givenBack: ArrayBufferLike[]
let memory: FetchedMemory
let appender: Appender
beforeEach(() => {
  time = fakeTime(nowMs)
  destination = new FakeCluster(time.wait)
  lease = new Lease(time, { maxAgeMs: 5_000 })
  lease.renewal()()
  events = []
  givenBack = []
  memory = new FetchedMemory({ giveBack: (one) => givenBack.push(one) })
  appender = newAppender()
})

function newAppender(expiryMs = dayMs): Appender {
  return new Appender({
    destination: destination.asCluster,
    producer,
    hiding: new Hiding({
      destination: destination.asCluster,
      link: 'east-west',
      way: 'markers',
      wereTransactions: false,
      monotonic: time.monotonic,
    }),
    lease,
    memory,
    time,
    expiryMs,
    onTrouble: () => undefined,
    signal: new AbortController().signal,
    events: {
      onSettle: () => events.push('settle'),
      onRoom: () => undefined,
      onFenced: () => events.push('fenced'),
      onFailure: ({ partition }, reason) => events.push(`failed ${partition}: ${reason}`),
    },
  })
}

function partition(): MirrorPartition {
  return runningMirror().partitions[0]!
}

async function take(): Promise<Sent> {
  await settled()
  return destination.take(produce)
}

const done = { error: 0, logAppendTimeMs: -1n, logStartOffset: 0n, recordErrors: [], errorMessage: null }
type Result = Partial<ResponseOf<typeof produce>['topics'][number]['partitions'][number]>

/** Answers for each partition of the request; `result` says where it differs from "done, at the offset 0". */
async function answer(sent: Sent, result: Result | ((partition: number) => Result)): Promise<void> {
  sent.answer({
    throttleMs: 0,
    topics: sent.request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition: at }) => ({
        partition: at,
        baseOffset: 0n,
        ...done,
        ...(typeof result === 'function' ? result(at) : result),
      })),
    })),
  })
  await settled()
}

function sequencesOf(sent: Sent): readonly number[] {
  return sent.request.topics.flatMap(({ partitions }) =>
    partitions.map(({ records }) => records!.readInt32BE(batchLayout.baseSequence)),
  )
}

describe('what is sent', () => {
  it('is the batch under the producer of the link, with base offset 0, its checksum right', async () => {
    const one = partition()
    one.nextSequence = 41
    appender.enqueue(one, [batchAt(7n, { count: 3 })])
    const sent = await take()
    expect(sent.request).toMatchObject({ transactionalId: null, acks: -1, topics: [{ name: 'orders' }] })
    const [batch] = batchesOf(sent.request.topics[0]!.partitions[0]!.records!)
    expect(batch).toMatchObject({ baseOffset: 0n, recordCount: 3, baseSequence: 41, ...producer })
    expect(isChecksumRight(batch!)).toBe(true)
    expect(one).toMatchObject({ nextSequence: 44, nextAppend: 10n, inFlight: 1, appended: 0n })
    await answer(sent, { baseOffset: 7n })
    expect(one).toMatchObject({ inFlight: 0, appended: 10n, phase: 'running' })
    expect(events).toEqual([])
  })

  it('hides nothing behind a hole that was read late, before that is written down', async () => {
    const one = partition()
    const { tombstones } = one.topic
    tombstones.noteHole(nowMs - 5_000, nowMs)
    appender.enqueue(one, [batchAt(0n), { from: 1n, until: 3n }, batchAt(3n)])
    const first = await take()
    await answer(first, {})
    expect(one).toMatchObject({ appended: 1n, inFlight: 0, isBusyAlone: false })
    // What waits for a heartbeat is not waited for by a runner that ends.
    expect(isBusy(one)).toBe(false)
    tombstones.toRecord(nowMs)
    tombstones.written()
    expect(isBusy(one)).toBe(true)
    appender.pump()
    await settled()
    expect(one).toMatchObject({ inFlight: 1, isBusyAlone: true })
  })

  it('goes to a mirror on the way back at the epoch of that mirror, and so do the markers that hide offsets', async () => {
    const [own] = runningMirror(1, { mirrorTopic: 'own' }).partitions
    const [back] = runningMirror(1, { mirrorTopic: 'back', reversed: { ends: [7n], epoch: 5 } }).partitions
    for (const one of [own!, back!]) {
      one.isSealed = true
      appender.enqueue(one, [batchAt(7n)])
    }
    const sent = await take()
    const epochs = sent.request.topics.map(({ name, partitions }) => [name, batchesOf(partitions[0]!.records!)[0]?.producerEpoch]) // prettier-ignore
    expect(epochs).toEqual([['own', 3], ['back', 5]]) // prettier-ignore
    await answer(sent, { baseOffset: 7n })
    appender.enqueue(own!, [{ from: 8n, until: 10n }])
    appender.enqueue(back!, [{ from: 8n, until: 9n }])
    await settled()
    const { request } = destination.take(writeTxnMarkers)
    const marked = request.markers.map(({ producerId, producerEpoch, topics }) => [producerId, producerEpoch, topics[0]?.name]) // prettier-ignore
    expect(marked).toEqual([[4_000n, 3, 'own'], [4_000n, 3, 'own'], [4_000n, 5, 'back']]) // prettier-ignore
  })

  it('carries one batch of each partition that has one', async () => {
    const topic = runningMirror(3)
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n), batchAt(1n)])
    const first = await take()
    expect(first.request.topics[0]!.partitions.map((one) => one.partition)).toEqual([0, 1, 2])
    const second = await take()
    expect(second.request.topics[0]!.partitions.map((one) => one.partition)).toEqual([0, 1, 2])
    expect([sequencesOf(first), sequencesOf(second)]).toEqual([[0, 0, 0], [1, 1, 1]]) // prettier-ignore
  })

  it('goes to the leader of each partition', async () => {
    const topic = runningMirror(2)
    topic.partitions[1]!.destinationLeader = 2
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n)])
    const sent = [await take(), await take()]
    expect(sent.map(({ nodeId, request }) => [nodeId, request.topics[0]!.partitions[0]!.partition])).toEqual([[1, 0], [2, 1]]) // prettier-ignore
  })

  it('is no more than 8 MB a request, though a larger batch goes alone', async () => {
    const sizes = [5_000_000, 5_000_000, 5_000_000, 5_000_000, 2_000_000, 9_000_000, 1]
    const topic = runningMirror(sizes.length)
    for (const [index, one] of topic.partitions.entries()) appender.enqueue(one, [batchAt(0n, { valueBytes: sizes[index]! })]) // prettier-ignore
    const requests = await Promise.all(sizes.slice(0, 5).map(take))
    const carried = requests.map(({ request }) => request.topics[0]!.partitions.map((one) => one.partition))
    // On four connections, which are equally full but for the first.
    expect(carried).toEqual([[0, 4], [1, 6], [2], [3], [5]]) // prettier-ignore
  })
})

describe('the memory of what is sent', () => {
  const newer = (): ReturnType<typeof batchAt> => batchAt(7n, { valueBytes: 10_000 })

  it('is used again when the broker has acknowledged it, and not before', async () => {
    const batch = newer()
    memory.hold([batch])
    appender.enqueue(partition(), [batch])
    const sent = await take()
    expect(givenBack).toEqual([])
    await answer(sent, { baseOffset: 7n })
    expect(givenBack).toEqual([batch.bytes.buffer])
  })

  it.each([
    ['is refused', (sent: Sent) => answer(sent, { error: 7 })],
    ['came to stand elsewhere', (sent: Sent) => answer(sent, { baseOffset: 8n })],
    [
      'has no answer',
      async (sent: Sent) => {
        sent.fail(new TransportError('gone', { mayHaveActed: true }))
        await settled()
      },
    ],
  ] as const)('is not used again when it %s', async (_what, end) => {
    const batch = newer()
    memory.hold([batch])
    appender.enqueue(partition(), [batch])
    await end(await take())
    expect(givenBack).toEqual([])
  })

  it('is not used again when a part of it was dropped', async () => {
    const one = partition()
    one.isRemembered = false
    const batches = batchesOf(Buffer.concat([storedBatch(7n, { valueBytes: 10_000 }), storedBatch(8n)]))
    memory.hold(batches)
    appender.enqueue(one, batches)
    const sent = await take()
    appender.drop(one)
    await answer(sent, { baseOffset: 7n })
    expect(givenBack).toEqual([])
  })
})

describe('how much is in flight', () => {
  const ten = Array.from({ length: 10 }, (_, index) => index)

  it('is five requests a partition at the most', async () => {
    const one = partition()
    appender.enqueue(one, ten.map((index) => batchAt(BigInt(index)))) // prettier-ignore
    await settled()
    expect(destination.held).toHaveLength(5)
    await answer(destination.take(produce), { baseOffset: 0n })
    expect(destination.held).toHaveLength(5)
    expect(one.inFlight).toBe(5)
    const sequences = destination.held.map((sent) => sequencesOf(sent as Sent)[0])
    expect(sequences).toEqual([1, 2, 3, 4, 5])
  })

  it('is one while the destination does not remember the producer', async () => {
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, ten.map((index) => batchAt(BigInt(index), { timestampMs: BigInt(nowMs) }))) // prettier-ignore
    await settled()
    expect(destination.held).toHaveLength(1)
    await answer(destination.take(produce), { baseOffset: 0n })
    // The record was of now, so that the producer is remembered from here on.
    expect(destination.held).toHaveLength(5)
  })

  it.each([
    ['half the time that producers are remembered', dayMs, dayMs / 2, 1],
    ['less than that', dayMs, dayMs / 2 - 1, 5],
    ['a moment, and it is not known how long producers are remembered', 0, 1, 1],
  ])('after a record that is older than %s', async (_, expiryMs, ageMs, expected) => {
    appender = newAppender(expiryMs)
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, ten.map((index) => batchAt(BigInt(index), { timestampMs: BigInt(nowMs - ageMs) }))) // prettier-ignore
    await answer(await take(), { baseOffset: 0n })
    expect(destination.held).toHaveLength(expected)
  })

  it('is counted in bytes until it is acknowledged or dropped', async () => {
    const one = partition()
    one.isRemembered = false
    const batches = [batchAt(0n, { valueBytes: 100 }), batchAt(1n, { valueBytes: 200 })]
    const [first, second] = batches.map(({ bytes }) => bytes.length) as [number, number]
    appender.enqueue(one, batches)
    expect([appender.heldBytes, one.queuedBytes]).toEqual([first + second, first + second])
    const sent = await take()
    expect([appender.heldBytes, one.queuedBytes]).toEqual([first + second, second])
    appender.drop(one)
    expect([appender.heldBytes, one.queuedBytes, one.queue.length]).toEqual([first, 0, 0])
    await answer(sent, { baseOffset: 0n })
    expect(appender.heldBytes).toBe(0)
  })
})

/** After this nothing more may leave for the partition, whatever is queued. */
async function expectNothingSent(one: MirrorPartition): Promise<void> {
  appender.enqueue(one, [batchAt(50n)])
  appender.pump()
  await settled()
  expect(destination.held).toEqual([])
}

describe('a fault', () => {
  it('a lost answer settles, and the batch is not sent again', async () => {
    const one = partition()
    appender.enqueue(one, [batchAt(0n, { timestampMs: BigInt(nowMs) })])
    ;(await take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await settled()
    expect(events).toEqual(['settle'])
    expect(one).toMatchObject({ phase: 'settling', inFlight: 0, appended: 0n, mustSettleLong: false })
    await expectNothingSent(one)
  })

  it.each([
    ['the records are too old for the broker to remember the producer', true, nowMs - dayMs],
    ['the broker has not known the producer', false, nowMs],
  ])('a lost answer settles for long when %s', async (_, isRemembered, timestampMs) => {
    const one = partition()
    one.isRemembered = isRemembered
    appender.enqueue(one, [batchAt(0n, { timestampMs: BigInt(timestampMs) })])
    ;(await take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await settled()
    expect(one).toMatchObject({ phase: 'settling', mustSettleLong: true })
  })

  it('a request that never left cannot land later', async () => {
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, [batchAt(0n)])
    ;(await take()).fail(new TransportError('connection refused', { mayHaveActed: false }))
    await settled()
    expect(one).toMatchObject({ phase: 'settling', mustSettleLong: false })
  })

  it('an answer that leaves a partition out settles it', async () => {
    const topic = runningMirror(2)
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n)])
    const sent = await take()
    sent.answer({
      throttleMs: 0,
      topics: [{ name: 'orders', partitions: [{ partition: 0, baseOffset: 0n, ...done }] }],
    })
    await settled()
    expect(topic.partitions.map(({ phase }) => phase)).toEqual(['running', 'settling'])
  })

  it('a wrong base offset fails the mirror', async () => {
    const one = partition()
    appender.enqueue(one, [batchAt(7n)])
    await answer(await take(), { baseOffset: 8n })
    expect(events).toEqual(['failed 0: source offset 7 came to stand at 8: something else wrote to the mirror topic'])
    expect(one.appended).toBe(0n)
  })

  it.each([
    [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    [46, 'DUPLICATE_SEQUENCE_NUMBER'],
    [6, 'NOT_LEADER_OR_FOLLOWER'],
    [5, 'LEADER_NOT_AVAILABLE'],
    [7, 'REQUEST_TIMED_OUT'],
    [19, 'NOT_ENOUGH_REPLICAS'],
    [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
    [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [29, 'TOPIC_AUTHORIZATION_FAILED'],
  ])('error %i settles: %s', async (error) => {
    const one = partition()
    appender.enqueue(one, [batchAt(0n)])
    await answer(await take(), { error, baseOffset: -1n })
    expect(events).toEqual(['settle'])
    expect(one).toMatchObject({ phase: 'settling', appended: 0n })
    await expectNothingSent(one)
  })

  it.each([7, 20])('error %i says that the records may still be, or already are, in the log', async (error) => {
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, [batchAt(0n)])
    await answer(await take(), { error, baseOffset: -1n })
    expect(one.mustSettleLong).toBe(error === 7)
  })

  it.each([47, 90])('error %i means that someone has fenced us', async (error) => {
    const one = partition()
    appender.enqueue(one, [batchAt(0n)])
    await answer(await take(), { error, baseOffset: -1n })
    expect(events).toContain('fenced')
    expect(one.phase).toBe('settling')
    await expectNothingSent(one)
  })

  it.each([
    [87, null, 'INVALID_RECORD'],
    [10, 'too large', 'MESSAGE_TOO_LARGE (too large)'],
    [2, null, 'CORRUPT_MESSAGE'],
    [-1, null, 'UNKNOWN_SERVER_ERROR'],
  ])('error %i fails the mirror with the reason', async (error, errorMessage, named) => {
    const one = partition()
    appender.enqueue(one, [batchAt(3n)])
    await answer(await take(), { error, errorMessage, baseOffset: -1n })
    expect(events).toEqual([`failed 0: the destination refuses the batch at source offset 3: ${named}`])
  })

  it('of one partition does not stop the others', async () => {
    const topic = runningMirror(2)
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n), batchAt(1n)])
    const first = await take()
    const second = await take()
    await answer(first, (at) => (at === 0 ? { error: 45 } : { baseOffset: 0n }))
    await answer(second, (at) => (at === 0 ? { error: 45 } : { baseOffset: 1n }))
    expect(topic.partitions.map(({ phase, appended }) => [phase, appended])).toEqual([['settling', 0n], ['running', 2n]]) // prettier-ignore
  })

  it('leaves no batch behind the lost one to be sent', async () => {
    const one = partition()
    const six = Array.from({ length: 6 }, (_, index) => batchAt(BigInt(index)))
    appender.enqueue(one, six)
    ;(await take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await settled()
    expect(one.inFlight).toBe(4)
    expect(destination.held).toHaveLength(4)
    expect(one.queue).toMatchObject([{ lastOffset: 5n }])
  })
})

describe('an old lease', () => {
  it('keeps the batch from the wire', async () => {
    const one = partition()
    one.isRemembered = false
    await time.pass(5_001)
    appender.enqueue(one, [batchAt(0n)])
    await settled()
    expect(destination.held).toEqual([])
    expect(events).toEqual(['settle'])
    expect(one).toMatchObject({ phase: 'settling', inFlight: 0, mustSettleLong: false })
    expect(appender.heldBytes).toBe(0)
  })
})

describe('a filler', () => {
  const pieces = [{ fillFrom: 0n, fillUntil: 150_000n }, { trimTo: 150_000n }, batchAt(150_000n)]

  it('is appended batch by batch, one on its way, and deleted before what comes behind it', async () => {
    const one = partition()
    appender.enqueue(one, pieces)
    for (const [from, count] of [[0n, 100_000], [100_000n, 50_000]] as const) {
      await settled()
      expect(destination.held).toEqual([])
      await time.pass(0)
      const sent = await take()
      expect(batchesOf(sent.request.topics[0]!.partitions[0]!.records!)).toMatchObject([{ recordCount: count }])
      await answer(sent, { baseOffset: from })
    }
    expect(one.appended).toBe(150_000n)
    const trimmed = destination.take(deleteRecords)
    expect(trimmed.request.topics).toEqual([{ name: 'orders', partitions: [{ partition: 0, offset: 150_000n }] }])
    expect(destination.held).toEqual([])
    trimmed.answer({ throttleMs: 0, topics: [{ name: 'orders', partitions: [{ partition: 0, lowWatermark: 150_000n, error: 0 }] }] }) // prettier-ignore
    await answer(await take(), { baseOffset: 150_000n })
    expect(one).toMatchObject({ appended: 150_001n, inFlight: 0, queue: [] })
    expect([events, appender.heldBytes]).toEqual([[], 0])
  }) // prettier-ignore

  it('is made for one partition after the other, and not for one that was dropped meanwhile', async () => {
    const { partitions } = runningMirror(3)
    for (const one of partitions) appender.enqueue(one, [{ fillFrom: 0n, fillUntil: 10n }])
    await settled()
    expect(partitions.map(({ queuedBytes, inFlight }) => [queuedBytes, inFlight])).toEqual([[0, 1], [0, 1], [0, 1]]) // prettier-ignore
    await time.pass(0)
    expect((await take()).request.topics[0]!.partitions.map((one) => one.partition)).toEqual([0])
    partitions[1]!.phase = 'settling'
    appender.drop(partitions[1]!)
    await time.pass(0)
    expect(destination.held).toEqual([])
    expect(partitions[1]).toMatchObject({ inFlight: 0, queue: [], queuedBytes: 0 })
    await time.pass(0)
    expect((await take()).request.topics[0]!.partitions.map((one) => one.partition)).toEqual([2])
  })
})
