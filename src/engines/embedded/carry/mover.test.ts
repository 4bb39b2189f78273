import { setMaxListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeKafka, type Log, nowMs, producer } from '../../../../test/support/fake-kafka.ts'
import { fakeTime, type FakeTime, settled } from '../../../../test/support/fake-time.ts'
import { mirrorRecord } from '../../../../test/support/mirror.ts'
import { GeorepError } from '../../../core/errors.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { RequestOf, ResponseOf } from '../../../kafka/wire/message.ts'
import { deleteRecords } from '../../../kafka/wire/messages/delete-records.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { Hiding } from '../holes/hiding.ts'
import { Lease } from './lease.ts'
import { Mover } from './mover.ts'

// Two clusters of one broker each, with logs of one-record batches, as far as a mover sees of them. What the test says of a log is answered to
// everything but Produce, which the test answers itself.

let time: FakeTime
let lease: Lease
let hiding: Hiding
let isHidingReady: boolean
let source: FakeKafka
let destination: FakeKafka
let mover: Mover
let events: string[]
beforeEach(() => {
  setMaxListeners(0)
  time = fakeTime(nowMs)
  lease = new Lease(time, { maxAgeMs: 5_000 })
  lease.renewal()()
  isHidingReady = true
  events = []
})
afterEach(async () => {
  mover.halt()
  await mover.drain(AbortSignal.abort())
})

const log = (id: string, end: bigint, ageMs = 0): Log => ({
  topicId: id.repeat(32),
  end,
  isThere: true,
  ageMs,
  producerEpoch: 0,
})

/** A mover that carries one mirror for each source log; the mirrors are empty. */
async function moverOf(sources: Readonly<Record<string, Log>>): Promise<void> {
  const mirrors = Object.fromEntries(
    Object.entries(sources).map(([name, { ageMs }], index) => [
      name,
      { ...log(String(index), 0n, ageMs), producerEpoch: undefined },
    ]),
  )
  source = new FakeKafka(time, sources, 1n)
  destination = new FakeKafka(time, mirrors, producer.producerId)
  hiding = new Hiding({
    destination: destination.asCluster,
    link: 'east-west',
    way: 'markers',
    wereTransactions: false,
    monotonic: time.monotonic,
  })
  Object.defineProperty(hiding, 'isReady', { get: () => isHidingReady })
  mover = new Mover({
    ...{ source: source.asCluster, destination: destination.asCluster, producer, hiding, lease, time },
    ...{ expiryMs: 86_400_000, memoryBytes: 64_000_000 },
    onFenced: () => events.push('fenced'),
    onFailure: ({ record, failure }) => events.push(`${record.mirrorTopic} failed: ${failure ?? ''}`),
    onTrouble: (what) => events.push(`trouble: ${what}`),
  })
  for (const [name, { topicId }] of Object.entries(sources)) {
    mover.add(
      mirrorRecord({
        sourceTopic: name,
        mirrorTopic: name,
        sourceTopicId: topicId,
        mirrorTopicId: mirrors[name]!.topicId,
      }),
    )
  }
  await work()
}

/** Until nothing more happens without an answer to Produce or time passing. */
async function work(): Promise<void> {
  do await settled()
  while ([source.answer(), destination.answer()].includes(true))
}

/** Lets time pass in the steps in which the mover looks. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    await time.pass(250)
    lease.renewal()()
    source.release()
    await work()
  }
}

type Result = Partial<ResponseOf<typeof produce>['topics'][number]['partitions'][number]>

/** Answers the oldest Produce; returns the topics that it was for. */
async function acknowledge(result: Result = {}, count = 1n): Promise<readonly string[]> {
  const sent = destination.take(produce)
  const names = sent.request.topics.map(({ name }) => name)
  const done = {
    partition: 0,
    error: 0,
    logAppendTimeMs: -1n,
    logStartOffset: 0n,
    recordErrors: [],
    errorMessage: null,
  }
  const topics = names.map((name) => {
    const mirror = destination.logs[name]!
    const baseOffset = mirror.end
    if ((result.error ?? 0) === 0) Object.assign(mirror, { end: baseOffset + count, producerEpoch: 0 })
    return { name, partitions: [{ ...done, baseOffset, ...result }] }
  })
  sent.answer({ throttleMs: 0, topics })
  await work()
  return names
}

function loseAnswers(): void {
  while (inFlight().length > 0)
    destination.take(produce).fail(new TransportError('connection closed', { mayHaveActed: true }))
}

function inFlight(): readonly string[] {
  return destination.held.filter(({ message }) => message === produce).flatMap(({ request }) =>
    (request as RequestOf<typeof produce>).topics.map(({ name }) => name),
  ) // prettier-ignore
}

describe('Mover', () => {
  it('follows a leader of the source away from a broker that does not answer', async () => {
    await moverOf({ orders: log('a', 1n) })
    await acknowledge()
    expect(source.held.map(({ nodeId }) => nodeId)).toEqual([1])
    source.leader = 2
    source.take(fetch).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await pass(500)
    expect(source.held.map(({ nodeId }) => nodeId)).toEqual([2])
    source.logs['orders']!.end = 2n
    await pass(500)
    await acknowledge()
    expect(mover.topics[0]!.partitions[0]).toMatchObject({ phase: 'running', sourceLeader: 2, appended: 2n })
    expect(mover.sourceLostAt).toBeUndefined()
  })

  it('holds up no other partition for one that has no leader', async () => {
    await moverOf({ alone: log('b', 1n), orders: log('a', 1n) })
    while (inFlight().length > 0) await acknowledge()
    source.logs['alone']!.isLeaderless = true
    source.leader = 2
    while (source.held.some(({ message }) => message === fetch)) source.take(fetch).fail(new TransportError('connection closed', { mayHaveActed: true })) // prettier-ignore
    await pass(1_000)
    const stands = (): unknown => mover.topics.map(({ record, partitions: [one] }) => [record.sourceTopic, one?.phase, one?.sourceLeader]) // prettier-ignore
    expect(stands()).toEqual([['alone', 'positioning', 1], ['orders', 'running', 2]]) // prettier-ignore
    expect(new Set(events)).toEqual(new Set(['trouble: partition 0 of the source topic "alone" has no leader']))
    source.logs['alone']!.isLeaderless = false
    await pass(1_000)
    expect(stands()).toEqual([['alone', 'running', 2], ['orders', 'running', 2]]) // prettier-ignore
  })

  it.each([
    [new GeorepError('denied', 'GR-TOKEN-REFUSED', 'the token endpoint refuses a token'), true],
    [new GeorepError('unreachable', 'GR-CLUSTER-UNREACHABLE', 'the cluster does not answer'), false],
  ])('knows that the source is lost to it: %s; and tells why when it is not silence', async (refusal, isTold) => {
    await moverOf({ orders: log('a', 1n) })
    await acknowledge()
    source.refusal = refusal
    source.take(fetch).fail(refusal)
    await work()
    expect(mover.sourceLostAt).toBeDefined()
    expect(events).toEqual(isTold ? [`trouble: ${refusal.message}`] : [])
    source.refusal = undefined
    source.logs['orders']!.end = 2n
    await pass(1_000)
    await acknowledge()
    expect(mover.sourceLostAt).toBeUndefined()
  })

  it('begins only behind what the followers of the mirror have, too', async () => {
    await moverOf({ orders: log('a', 3n) })
    expect(await acknowledge()).toEqual(['orders'])
    destination.lagging = 1n
    loseAnswers()
    await pass(1_000)
    expect(inFlight()).toEqual([])
    expect(mover.topics[0]!.partitions[0]!.phase).toBe('positioning')
    destination.lagging = 0n
    await pass(1_000)
    expect(inFlight()).not.toEqual([])
  })

  it('deletes fillers again when the answer was lost', async () => {
    await moverOf({ orders: { ...log('a', 7n), start: 5n } })
    await pass(250)
    await acknowledge({}, 5n)
    const mirror = destination.logs['orders']!
    mirror.filledTo = 5n
    const trimmed = (): bigint => destination.take(deleteRecords).request.topics[0]!.partitions[0]!.offset
    destination.take(deleteRecords).fail(new TransportError('connection closed', { mayHaveActed: true }))
    await pass(13_000)
    expect(trimmed()).toBe(5n)
    expect(events).toEqual(['trouble: appending to partition 0 of "orders": connection closed'])
  })

  it('carries what the source has', async () => {
    await moverOf({ orders: log('a', 2n) })
    await acknowledge()
    await acknowledge()
    expect(mover.topics[0]!.partitions[0]).toMatchObject({ phase: 'running', appended: 2n, sourceEnd: 2n })
    expect(events).toEqual([])
  })

  it('goes on from the end of the mirror after a lost answer, whether or not the records had landed', async () => {
    for (const hasLanded of [true, false]) {
      await moverOf({ orders: log('a', 3n) })
      await acknowledge()
      if (hasLanded) destination.logs['orders']!.end++
      loseAnswers()
      await pass(500)
      expect(mover.topics[0]!.partitions[0]).toMatchObject({ nextAppend: 3n, appended: hasLanded ? 2n : 1n })
      expect(new Set(events)).toEqual(new Set(['trouble: appending to partition 0 of "orders": connection closed']))
    }
  })

  it('waits until a lost batch of old records has landed or never will, and lets no other mirror wait', async () => {
    await moverOf({ old: log('a', 2n, 10 * 86_400_000), recent: log('b', 50n) })
    expect(await acknowledge()).toEqual(['old', 'recent'])
    loseAnswers()
    await work()
    const looks = destination.looks
    await pass(1_000)
    expect(inFlight()).toContain('recent')
    expect(inFlight()).not.toContain('old')
    expect(mover.topics[0]!.partitions[0]!.phase).toBe('settling')
    await pass(10_500)
    expect(mover.topics[0]!.partitions[0]!.phase).toBe('settling')
    await pass(1_000)
    expect(inFlight()).toContain('old')
    expect(destination.looks).toBeGreaterThan(looks)
  })

  it('does not try again at the speed of the network what the destination refuses, and tells why', async () => {
    await moverOf({ orders: log('a', 2n) })
    let tries = 0
    for (let step = 0; step < 8; step++) {
      while (inFlight().length > 0) {
        await acknowledge({ error: 29, baseOffset: -1n })
        tries++
      }
      await pass(250)
    }
    expect(tries).toBeGreaterThan(3)
    expect(tries).toBeLessThan(10)
    expect(new Set(events)).toEqual(new Set(['trouble: appending to partition 0 of "orders": needs Write on topic "orders" at cluster "fake" for its principal'])) // prettier-ignore
  })

  it('appends nothing while the link state was not read, and goes on when it was', async () => {
    await moverOf({ orders: log('a', 1n) })
    await acknowledge()
    await time.pass(5_001)
    source.logs['orders']!.end = 2n
    await work()
    expect(inFlight()).toEqual([])
    expect(mover.topics[0]!.partitions[0]!.phase).not.toBe('running')
    expect(events).toContain('fenced')
    await pass(500)
    expect(inFlight()).toEqual(['orders'])
  })

  it('positions nothing while hidden offsets of another runner may still come', async () => {
    isHidingReady = false
    await moverOf({ orders: log('a', 1n) })
    await pass(1_000)
    expect({ looks: destination.looks, phase: mover.topics[0]!.partitions[0]!.phase }).toEqual({ looks: 0, phase: 'positioning' }) // prettier-ignore
    isHidingReady = true
    await pass(250)
    await acknowledge()
    expect(mover.topics[0]!.partitions[0]).toMatchObject({ phase: 'running', appended: 1n })
  })

  it('sends nothing more once it is halted', async () => {
    await moverOf({ orders: log('a', 20n) })
    const before = inFlight().length
    mover.halt()
    expect(before).toBeGreaterThan(0)
    while (inFlight().length > 0) await acknowledge()
    await pass(1_000)
    expect(inFlight()).toEqual([])
    expect(Number(destination.logs['orders']!.end)).toBe(before)
  })

  it('fails a mirror whose producer the brokers refuse though nobody has stopped it', async () => {
    await moverOf({ orders: log('a', 2n) })
    destination.logs['orders']!.producerEpoch = 1
    await acknowledge({ error: 47, baseOffset: -1n })
    for (let reading = 0; reading < 2; reading++) {
      mover.resume()
      await pass(1_000)
      expect(mover.topics[0]!.failure).toBeUndefined()
    }
    mover.resume()
    await pass(1_000)
    expect(mover.topics[0]!.failure).toBe(
      'the destination refuses the producer of this link, though nobody stopped the mirror',
    )
  })

  it.each(['source', 'mirror'])('fails a mirror whose %s topic is not found for 3 s, not before', async (which) => {
    await moverOf({ orders: log('a', 1n) })
    const { logs } = which === 'source' ? source : destination
    logs['orders']!.isThere = false
    await acknowledge({ error: 3, baseOffset: -1n })
    await pass(2_500)
    expect(mover.topics[0]!.failure).toBeUndefined()
    logs['orders']!.isThere = true
    await pass(500)
    expect(mover.topics[0]!.partitions[0]!.phase).toBe('running')
    logs['orders']!.isThere = false
    await acknowledge({ error: 3, baseOffset: -1n })
    await pass(3_500)
    expect(mover.topics[0]!.failure).toBe(`the ${which} topic "orders" is gone`)
  })
})
