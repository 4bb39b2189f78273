import { setMaxListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storedBatch } from '../../../../test/support/batches.ts'
import { settled } from '../../../../test/support/fake-time.ts'
import { Fetching, answer, fetched, one, stored, type SentFetch } from '../../../../test/support/fetching.ts'
import { runningMirror } from '../../../../test/support/mirror.ts'
import type { Fetcher } from './fetcher.ts'

const megabyte = 1024 * 1024

let fetching: Fetching
let fetcher: Fetcher
let time: Fetching['time']
let source: Fetching['source']
let appender: Fetching['appender']
let throttle: Fetching['throttle']
beforeEach(() => {
  setMaxListeners(0)
  fetching = new Fetching()
  fetcher = fetching.fetcherOf(64 * megabyte)
  ;({ time, source, appender, throttle } = fetching)
})
afterEach(async () => {
  await fetcher.stop()
})

describe('the bound on memory', () => {
  it.each([8, 16, 64])('of %i MB holds for what is being fetched and what is not acknowledged', async (megabytes) => {
    await fetcher.stop()
    fetcher = fetching.fetcherOf(megabytes * megabyte)
    const partitions = Array.from({ length: 40 }, (_, index) => {
      const topic = runningMirror(1, { sourceTopicId: index.toString(16).padStart(32, '0') })
      return Object.assign(topic.partitions[0]!, { sourceLeader: 1 + (index % 4) })
    })
    for (const partition of partitions) fetcher.add(partition)
    let largest = 0
    for (let round = 0; round < 150; round++) {
      await settled()
      const asked = source.held.reduce((sum, { request }) => sum + (request as SentFetch['request']).maxBytes, 0)
      largest = Math.max(largest, appender.heldBytes + asked)
      const sent = source.held.shift() as SentFetch | undefined
      if (sent === undefined) {
        appender.acknowledgeAll()
        fetcher.wake()
        continue
      }
      await answerInFull(sent)
    }
    expect(largest).toBeLessThanOrEqual(megabytes * megabyte)
    expect(largest).toBeGreaterThan((megabytes * megabyte) / 2)
    // None waits for ever behind those that always have more.
    expect(partitions.every(({ nextFetch }) => nextFetch > 0n)).toBe(true)
  })

  /** As much as a broker may send: of each partition some, up to what was asked for. */
  const large = storedBatch(0n, { valueBytes: 900_000 })
  async function answerInFull(sent: SentFetch): Promise<void> {
    let room = sent.request.maxBytes
    const records: Record<string, Buffer> = {}
    for (const { topicId, partitions } of sent.request.topics) {
      const batch = Buffer.from(large)
      batch.writeBigInt64BE(partitions[0]!.fetchOffset, 0)
      room -= batch.length
      if (room >= 0) records[topicId] = batch
    }
    sent.answer({
      throttleMs: 0,
      error: 0,
      sessionId: 0,
      topics: sent.request.topics
        .filter(({ topicId }) => records[topicId] !== undefined)
        .map(({ topicId }) => ({ topicId, partitions: [fetched(0, { records: records[topicId]! })] })),
    })
    await settled()
  }

  it('lets one fetch through even where it is smaller than that', async () => {
    await fetcher.stop()
    fetcher = fetching.fetcherOf(1)
    fetcher.add(one())
    await answer(await fetching.take(), { 0: stored([0n]) })
    expect(source.held).toEqual([])
    appender.acknowledgeAll()
    fetcher.wake()
    expect((await fetching.take()).request.topics[0]!.partitions[0]!.fetchOffset).toBe(1n)
  })

  it('of a partition: what has a fetch of its own waiting is not asked', async () => {
    const partition = one()
    partition.queuedBytes = 8 * 1024 * 1024
    fetcher.add(partition)
    await settled()
    expect(source.held).toEqual([])
    partition.queuedBytes--
    fetcher.wake()
    await settled()
    expect(source.held).toHaveLength(1)
  })
})

describe('under a limit', () => {
  /** A broker that always has more: of one batch that is larger than what is asked for, as brokers send it all the same. */
  async function carriedIn(ms: number): Promise<number> {
    const partition = one()
    fetcher.add(partition)
    const batch = storedBatch(0n, { valueBytes: 40_000 })
    let bytes = 0
    for (let passed = 0; passed < ms; passed += 50) {
      await settled()
      for (const sent of source.held.splice(0) as SentFetch[]) {
        expect(sent.request.maxBytes).toBeLessThanOrEqual(25_000)
        expect(sent.request.topics[0]!.partitions[0]!.maxBytes).toBeLessThanOrEqual(25_000)
        batch.writeBigInt64BE(partition.nextFetch, 0)
        await answer(sent, { 0: Buffer.from(batch) })
        bytes += batch.length
        appender.acknowledgeAll()
      }
      await time.pass(50)
    }
    return bytes
  }

  it('no more bytes come than that, over time, and not much fewer', async () => {
    throttle.limit(100_000)
    const bytes = await carriedIn(20_000)
    // The last batch, and what a rest is worth, come on top.
    expect(bytes).toBeLessThanOrEqual(20 * 100_000 + 25_000 + 41_000)
    expect(bytes).toBeGreaterThan(20 * 90_000)
  })

  it('a limit that is taken away holds no longer', async () => {
    throttle.limit(1_000)
    const partition = one()
    fetcher.add(partition)
    await answer(await fetching.take(), { 0: storedBatch(0n, { valueBytes: 100_000 }) })
    appender.acknowledgeAll()
    await time.pass(1_000)
    expect(source.held).toEqual([])
    throttle.limit(undefined)
    await time.pass(250)
    expect((await fetching.take()).request.maxBytes).toBeGreaterThan(1_000_000)
  })
})
