import { beforeEach, describe, expect, it } from 'vitest'
import {
  Appending,
  answer,
  dayMs,
  nowMs,
  partition,
  producer,
  sequencesOf,
  type SentProduce,
} from '../../../../test/support/appending.ts'
import { batchAt, storedBatch } from '../../../../test/support/batches.ts'
import { settled } from '../../../../test/support/fake-time.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { batchesOf, isChecksumRight } from '../../../kafka/records/batch.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import { deleteRecords } from '../../../kafka/wire/messages/delete-records.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { writeTxnMarkers } from '../../../kafka/wire/messages/write-txn-markers.ts'
import type { Appender } from './appender.ts'
import { isBusy } from './mirror-partition.ts'

let appending: Appending
let appender: Appender
let time: Appending['time']
let destination: Appending['destination']
let events: Appending['events']
let givenBack: Appending['givenBack']
let memory: Appending['memory']
beforeEach(() => {
  appending = new Appending()
  appender = appending.appenderOf()
  ;({ time, destination, events, givenBack, memory } = appending)
})

describe('what is sent', () => {
  it('is the batch under the producer of the link, with base offset 0, its checksum right', async () => {
    const one = partition()
    one.nextSequence = 41
    appender.enqueue(one, [batchAt(7n, { count: 3 })])
    const sent = await appending.take()
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
    const first = await appending.take()
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
    const sent = await appending.take()
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
    const first = await appending.take()
    expect(first.request.topics[0]!.partitions.map((one) => one.partition)).toEqual([0, 1, 2])
    const second = await appending.take()
    expect(second.request.topics[0]!.partitions.map((one) => one.partition)).toEqual([0, 1, 2])
    expect([sequencesOf(first), sequencesOf(second)]).toEqual([[0, 0, 0], [1, 1, 1]]) // prettier-ignore
  })

  it('goes to the leader of each partition', async () => {
    const topic = runningMirror(2)
    topic.partitions[1]!.destinationLeader = 2
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n)])
    const sent = [await appending.take(), await appending.take()]
    expect(sent.map(({ nodeId, request }) => [nodeId, request.topics[0]!.partitions[0]!.partition])).toEqual([[1, 0], [2, 1]]) // prettier-ignore
  })

  it('is no more than 8 MB a request, though a larger batch goes alone', async () => {
    const sizes = [5_000_000, 5_000_000, 5_000_000, 5_000_000, 2_000_000, 9_000_000, 1]
    const topic = runningMirror(sizes.length)
    for (const [index, one] of topic.partitions.entries()) appender.enqueue(one, [batchAt(0n, { valueBytes: sizes[index]! })]) // prettier-ignore
    const requests = await Promise.all(sizes.slice(0, 5).map(async () => await appending.take()))
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
    const sent = await appending.take()
    expect(givenBack).toEqual([])
    await answer(sent, { baseOffset: 7n })
    expect(givenBack).toEqual([batch.bytes.buffer])
  })

  it.each([
    ['is refused', (sent: SentProduce) => answer(sent, { error: 7 })],
    ['came to stand elsewhere', (sent: SentProduce) => answer(sent, { baseOffset: 8n })],
    [
      'has no answer',
      async (sent: SentProduce) => {
        sent.fail(new TransportError('gone', { mayHaveActed: true }))
        await settled()
      },
    ],
  ] as const)('is not used again when it %s', async (_what, end) => {
    const batch = newer()
    memory.hold([batch])
    appender.enqueue(partition(), [batch])
    await end(await appending.take())
    expect(givenBack).toEqual([])
  })

  it('is not used again when a part of it was dropped', async () => {
    const one = partition()
    one.isRemembered = false
    const batches = batchesOf(Buffer.concat([storedBatch(7n, { valueBytes: 10_000 }), storedBatch(8n)]))
    memory.hold(batches)
    appender.enqueue(one, batches)
    const sent = await appending.take()
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
    const sequences = destination.held.map((sent) => sequencesOf(sent as SentProduce)[0])
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
    appender = appending.appenderOf(expiryMs)
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, ten.map((index) => batchAt(BigInt(index), { timestampMs: BigInt(nowMs - ageMs) }))) // prettier-ignore
    await answer(await appending.take(), { baseOffset: 0n })
    expect(destination.held).toHaveLength(expected)
  })

  it('is counted in bytes until it is acknowledged or dropped', async () => {
    const one = partition()
    one.isRemembered = false
    const batches = [batchAt(0n, { valueBytes: 100 }), batchAt(1n, { valueBytes: 200 })]
    const [first, second] = batches.map(({ bytes }) => bytes.length) as [number, number]
    appender.enqueue(one, batches)
    expect([appender.heldBytes, one.queuedBytes]).toEqual([first + second, first + second])
    const sent = await appending.take()
    expect([appender.heldBytes, one.queuedBytes]).toEqual([first + second, second])
    appender.drop(one)
    expect([appender.heldBytes, one.queuedBytes, one.queue.length]).toEqual([first, 0, 0])
    await answer(sent, { baseOffset: 0n })
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
      const sent = await appending.take()
      expect(batchesOf(sent.request.topics[0]!.partitions[0]!.records!)).toMatchObject([{ recordCount: count }])
      await answer(sent, { baseOffset: from })
    }
    expect(one.appended).toBe(150_000n)
    const trimmed = destination.take(deleteRecords)
    expect(trimmed.request.topics).toEqual([{ name: 'orders', partitions: [{ partition: 0, offset: 150_000n }] }])
    expect(destination.held).toEqual([])
    trimmed.answer({ throttleMs: 0, topics: [{ name: 'orders', partitions: [{ partition: 0, lowWatermark: 150_000n, error: 0 }] }] }) // prettier-ignore
    await answer(await appending.take(), { baseOffset: 150_000n })
    expect(one).toMatchObject({ appended: 150_001n, inFlight: 0, queue: [] })
    expect([events, appender.heldBytes]).toEqual([[], 0])
  }) // prettier-ignore

  it('is made for one partition after the other, and not for one that was dropped meanwhile', async () => {
    const { partitions } = runningMirror(3)
    for (const one of partitions) appender.enqueue(one, [{ fillFrom: 0n, fillUntil: 10n }])
    await settled()
    expect(partitions.map(({ queuedBytes, inFlight }) => [queuedBytes, inFlight])).toEqual([[0, 1], [0, 1], [0, 1]]) // prettier-ignore
    await time.pass(0)
    expect((await appending.take()).request.topics[0]!.partitions.map((one) => one.partition)).toEqual([0])
    partitions[1]!.phase = 'settling'
    appender.drop(partitions[1]!)
    await time.pass(0)
    expect(destination.held).toEqual([])
    expect(partitions[1]).toMatchObject({ inFlight: 0, queue: [], queuedBytes: 0 })
    await time.pass(0)
    expect((await appending.take()).request.topics[0]!.partitions.map((one) => one.partition)).toEqual([2])
  })
})
