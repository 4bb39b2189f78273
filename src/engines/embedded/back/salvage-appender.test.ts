import { beforeEach, describe, expect, it } from 'vitest'
import { FakeCluster } from '../../../../test/support/fake-cluster.ts'
import { fakeTime, type FakeTime, settled } from '../../../../test/support/fake-time.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { type Batch, batchesOf, batchLayout } from '../../../kafka/records/batch.ts'
import { type KafkaRecord, recordsOf } from '../../../kafka/records/record.ts'
import { TransportError, WriteRefused } from '../../../kafka/wire/connection.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import { offsetForLeaderEpoch } from '../../../kafka/wire/messages/offset-for-leader-epoch.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { SalvageAppender } from './salvage-appender.ts'
import { asItWas } from './saved-record.ts'

const topic = 'orders.salvaged'
const at = { topic, partition: 0 }
const producer = { producerId: 4_000n, producerEpoch: 3 }

/** A cluster whose metadata is always there. */
class LedCluster extends FakeCluster {
  async metadata() {
    const partitions = [{ partition: 0, leader: 1, leaderEpoch: 5 }]
    return await Promise.resolve({ topics: new Map([[topic, { name: topic, topicId: 'T', partitions }]]), denied: new Map() }) // prettier-ignore
  }
}

let time: FakeTime
let cluster: LedCluster
let appender: SalvageAppender
let signal: AbortSignal
beforeEach(() => {
  time = fakeTime()
  cluster = new LedCluster(time.wait)
  signal = new AbortController().signal
  appender = new SalvageAppender({ cluster: cluster.asCluster, at, next: 7n, producer, time })
})

const record = (offset: bigint, more: Partial<KafkaRecord> = {}): KafkaRecord => ({ offset, timestampMs: 1_600_000_000_000n + offset, key: Buffer.from('k'), value: null, headers: [], ...more }) // prettier-ignore
const records = [
  record(40n),
  record(41n, { headers: [{ key: Buffer.from('georep.offset'), value: Buffer.from('3') }] }),
  record(42n, { headers: [{ key: Buffer.from([0xff]), value: null }] }),
]

interface Appending {
  /** `done`, or the error it ended with. */
  end: unknown
}

async function appending(some = records, beforeWrite: () => void = () => undefined): Promise<Appending> {
  const one: Appending = { end: undefined }
  appender.append(some, { signal, beforeWrite }).then(() => { one.end = 'done' }, (error: unknown) => { one.end = error }) // prettier-ignore
  await settled()
  return one
}

function sent(): { readonly batch: Batch; readonly answer: (error: number, baseOffset?: bigint) => Promise<void>; readonly fail: (error: Error) => Promise<void> } {
  const held = cluster.take(produce)
  const [batch] = batchesOf(held.request.topics[0]!.partitions[0]!.records!)
  return {
    batch: batch!,
    answer: async (error, baseOffset = 7n) => {
      const done = { partition: 0, error, baseOffset, logAppendTimeMs: -1n, logStartOffset: 0n, recordErrors: [], errorMessage: null } // prettier-ignore
      held.answer({ throttleMs: 0, topics: [{ name: topic, partitions: [done] }] })
      await settled()
    },
    fail: async (error) => { held.fail(error); await settled() }, // prettier-ignore
  }
} // prettier-ignore

/** Where the log ends, asked after the pause that comes before. */
async function endsAt(endOffset: bigint, error = 0): Promise<void> {
  await time.pass(200)
  const held = cluster.take(offsetForLeaderEpoch)
  held.answer({ throttleMs: 0, topics: [{ name: topic, partitions: [{ error, partition: 0, leaderEpoch: 5, endOffset }] }] }) // prettier-ignore
  await settled()
}

/** The log has this batch at the offset 7. */
async function has({ bytes }: Batch): Promise<void> {
  const stored = Buffer.from(bytes)
  stored.writeBigInt64BE(7n, batchLayout.baseOffset)
  const one = { partition: 0, error: 0, highWatermark: 10n, lastStableOffset: 10n, logStartOffset: 0n, abortedTransactions: [], preferredReadReplica: -1, records: stored } // prettier-ignore
  cluster.take(fetch).answer({ throttleMs: 0, error: 0, sessionId: 0, topics: [{ topicId: 'T', partitions: [one] }] })
  await settled()
}

const lost = new TransportError('no answer', { mayHaveActed: true })

describe('a batch of saved records', () => {
  it('has them as they were, and where each stood behind the headers of its own', async () => {
    const one = await appending()
    const { batch, answer } = sent()
    expect(batch).toMatchObject({ ...producer, baseSequence: 0, compression: 'gzip', isTransactional: false })
    const saved = recordsOf(batch)
    expect(saved.map(({ headers }) => headers.map(({ key, value }) => `${key.toString()}=${String(value)}`))).toEqual([['georep.offset=40'], ['georep.offset=3', 'georep.offset=41'], ['\ufffd=null', 'georep.offset=42']]) // prettier-ignore
    expect(saved.map(asItWas)).toEqual(records)
    await answer(0)
    expect(one.end).toBe('done')
    await appending([record(50n)])
    expect(sent().batch.baseSequence).toBe(3)
  })

  it('is not sent again when its answer was lost, and it stands', async () => {
    const one = await appending()
    const { batch, fail } = sent()
    await fail(lost)
    expect(cluster.held).toEqual([])
    await endsAt(10n)
    await has(batch)
    expect(one.end).toBe('done')
    expect(cluster.held).toEqual([])
  })

  it.each([
    ['whose answer was lost', async (one: ReturnType<typeof sent>) => { await one.fail(lost) }],
    ['that timed out', async (one: ReturnType<typeof sent>) => { await one.answer(7) }],
    ['that too few replicas have', async (one: ReturnType<typeof sent>) => { await one.answer(20) }],
  ])('%s and that does not stand is sent again, the same under the same sequence', async (_which, end) => {
    const one = await appending()
    const first = sent()
    await end(first)
    await endsAt(7n)
    await time.pass(200)
    const again = sent()
    expect(again.batch.bytes.equals(first.batch.bytes)).toBe(true)
    await again.answer(0)
    expect(one.end).toBe('done')
  }) // prettier-ignore

  it('is not sent while it is not known whether it stands', async () => {
    const one = await appending()
    await sent().fail(lost)
    await endsAt(0n, 3)
    await endsAt(0n, 3)
    expect(cluster.held.filter(({ message }) => message.name === 'Produce')).toEqual([])
    await endsAt(7n)
    await time.pass(200)
    await sent().answer(0)
    expect(one.end).toBe('done')
  })

  it('held back after it was lost is looked for first when it is called for again', async () => {
    let isHeldBack = false
    const beforeWrite = (): void => { if (isHeldBack) throw new WriteRefused('too old') } // prettier-ignore
    const one = await appending(records, beforeWrite)
    const { batch, fail } = sent()
    await fail(lost)
    isHeldBack = true
    await endsAt(7n)
    await time.pass(200)
    expect(one.end).toBeInstanceOf(WriteRefused)
    isHeldBack = false
    const again = await appending(records, beforeWrite)
    const second = sent()
    expect(second.batch.bytes.equals(batch.bytes)).toBe(true)
    await second.answer(0)
    expect(again.end).toBe('done')
  })

  it.each([
    ['more than was sent', async () => { await endsAt(11n) }],
    ['less than it had', async () => { await endsAt(6n) }],
    ['others in its place', async () => {
      await endsAt(10n)
      const other = new SalvageAppender({ cluster: cluster.asCluster, at, next: 7n, producer, time })
      void other.append([record(1n), record(2n), record(3n)], { signal }).catch(() => undefined)
      await settled()
      await has(sent().batch)
    }],
  ])('is given up where the log has %s', async (_what, look) => {
    const one = await appending()
    await sent().fail(lost)
    await look()
    expect(one.end).toMatchObject({ kind: 'failed', code: 'GR-SALVAGE-DIFFERS' })
  }) // prettier-ignore

  it('that came to stand elsewhere means that something else writes', async () => {
    const one = await appending()
    await sent().answer(0, 8n)
    expect(one.end).toMatchObject({ kind: 'failed', code: 'GR-SALVAGE-DIFFERS' })
  })

  it.each([
    [10, { kind: 'refused', code: 'GR-SALVAGE-TOO-LARGE', stateNow: 'nothing was deleted' }],
    [44, { kind: 'failed', code: 'GR-BROKER-REFUSED' }],
  ])('that is refused with %i ends it', async (code, expected) => {
    const one = await appending()
    await sent().answer(code)
    expect(one.end).toMatchObject(expected)
    expect(cluster.held).toEqual([])
  })

  it('that may not be written names the right', async () => {
    const one = await appending()
    await sent().answer(29)
    expect(one.end).toBeInstanceOf(BrokerError)
    expect((one.end as BrokerError).message).toContain(`needs Write on topic "${topic}"`)
  })

  it('is tried for a minute', async () => {
    const one = await appending()
    await sent().answer(19)
    const isGoing = (): boolean => one.end === undefined
    for (let seconds = 0; seconds < 70 && isGoing(); seconds++) {
      await endsAt(7n)
      await time.pass(1_000)
      if (isGoing()) await sent().answer(19)
    }
    expect(one.end).toMatchObject({ kind: 'timedOut', code: 'GR-SALVAGE-NOT-WRITTEN', message: expect.stringContaining('NOT_ENOUGH_REPLICAS') as string }) // prettier-ignore
  })
})
