import { beforeEach, describe, expect, it } from 'vitest'
import { Appending, answer, dayMs, done, nowMs, partition } from '../../../../test/support/appending.ts'
import { batchAt } from '../../../../test/support/batches.ts'
import { settled } from '../../../../test/support/fake-time.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { Appender } from './appender.ts'
import type { MirrorPartition } from './mirror-partition.ts'

let appending: Appending
let appender: Appender
let time: Appending['time']
let destination: Appending['destination']
let events: Appending['events']
beforeEach(() => {
  appending = new Appending()
  appender = appending.appenderOf()
  ;({ time, destination, events } = appending)
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
    ;(await appending.take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
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
    ;(await appending.take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await settled()
    expect(one).toMatchObject({ phase: 'settling', mustSettleLong: true })
  })

  it('a request that never left cannot land later', async () => {
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, [batchAt(0n)])
    ;(await appending.take()).fail(new TransportError('connection refused', { mayHaveActed: false }))
    await settled()
    expect(one).toMatchObject({ phase: 'settling', mustSettleLong: false })
  })

  it('an answer that leaves a partition out settles it', async () => {
    const topic = runningMirror(2)
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n)])
    const sent = await appending.take()
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
    await answer(await appending.take(), { baseOffset: 8n })
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
    await answer(await appending.take(), { error, baseOffset: -1n })
    expect(events).toEqual(['settle'])
    expect(one).toMatchObject({ phase: 'settling', appended: 0n })
    await expectNothingSent(one)
  })

  it.each([7, 20])('error %i says that the records may still be, or already are, in the log', async (error) => {
    const one = partition()
    one.isRemembered = false
    appender.enqueue(one, [batchAt(0n)])
    await answer(await appending.take(), { error, baseOffset: -1n })
    expect(one.mustSettleLong).toBe(error === 7)
  })

  it.each([47, 90])('error %i means that someone has fenced us', async (error) => {
    const one = partition()
    appender.enqueue(one, [batchAt(0n)])
    await answer(await appending.take(), { error, baseOffset: -1n })
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
    await answer(await appending.take(), { error, errorMessage, baseOffset: -1n })
    expect(events).toEqual([`failed 0: the destination refuses the batch at source offset 3: ${named}`])
  })

  it('of one partition does not stop the others', async () => {
    const topic = runningMirror(2)
    for (const one of topic.partitions) appender.enqueue(one, [batchAt(0n), batchAt(1n)])
    const first = await appending.take()
    const second = await appending.take()
    await answer(first, (at) => (at === 0 ? { error: 45 } : { baseOffset: 0n }))
    await answer(second, (at) => (at === 0 ? { error: 45 } : { baseOffset: 1n }))
    expect(topic.partitions.map(({ phase, appended }) => [phase, appended])).toEqual([['settling', 0n], ['running', 2n]]) // prettier-ignore
  })

  it('leaves no batch behind the lost one to be sent', async () => {
    const one = partition()
    const six = Array.from({ length: 6 }, (_, index) => batchAt(BigInt(index)))
    appender.enqueue(one, six)
    ;(await appending.take()).fail(new TransportError('connection closed', { mayHaveActed: true }))
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
