import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { systemTime } from '../../../src/cli/system-time.ts'
import { Cluster } from '../../../src/kafka/cluster.ts'
import { batchFromStored } from '../../../src/kafka/records/record.ts'
import { produce } from '../../../src/kafka/wire/messages/produce.ts'

// Topics with holes of any size, as compaction makes them. Without the test runner, so that benchmarks can have them, too.

/** To be set when all is filled: what comes next is in a new segment, and a broker compacts the one before when it looks, every 15 s. In one go: else it begins with a part. */
export const compactsSoon = {
  'cleanup.policy': 'compact',
  'segment.ms': '200',
  'min.cleanable.dirty.ratio': '0.01',
} as const

interface Place {
  readonly topic: string
  readonly partition: number
}

/** Holes as compaction leaves them: before each a record that stays. */
export interface Holes {
  readonly count: number
  readonly offsets: number
}

/**
 * Appends records of which compaction takes those of one key: of the last hole one is left, its last. A hundred thousand records take some hundredths of a second.
 */
export async function fillWithHoles(
  bootstrap: readonly string[],
  { topic, partition }: Place,
  { count, offsets }: Holes,
): Promise<void> {
  const signal = AbortSignal.timeout(180_000)
  await using cluster = new Cluster({ name: 'filled', bootstrap, region: undefined, tls: undefined, sasl: undefined }, { wait: systemTime.wait }) // prettier-ignore
  const leader = (await cluster.metadata([topic], { signal })).topics.get(topic)?.partitions[partition]?.leader ?? -1
  const total = count * (1 + offsets)
  let whole: Buffer | undefined
  for (let from = 0; from < total; from += mostInBatch) {
    const keys = Array.from({ length: Math.min(mostInBatch, total - from) }, (_, index) => (from + index) % (1 + offsets) === 0 ? `kept ${from + index}` : undefined) // prettier-ignore
    const isWhole = keys.length === mostInBatch && keys.every((key) => key === undefined)
    const records = isWhole ? (whole ??= batchOf(keys)) : batchOf(keys)
    const topics = [{ name: topic, partitions: [{ partition, records }] }]
    const answer = await cluster.sendTo(leader, produce, { transactionalId: null, acks: -1, timeoutMs: 30_000, topics }, { signal, timeoutMs: 40_000 }) // prettier-ignore
    const error = answer.topics[0]?.partitions[0]?.error
    if (error !== 0) throw new Error(`${topic}/${partition} answers error ${String(error)}`)
  }
}

const mostInBatch = 100_000
const filled = bodyOf('filled')

/** A batch of no producer, as a produce request has it. */
function batchOf(keys: readonly (string | undefined)[]): Buffer {
  const timestampMs = BigInt(Date.now())
  const records = keys.map((key, index) => ({ offset: BigInt(index), timestampMs, body: key === undefined ? filled : bodyOf(key) })) // prettier-ignore
  return batchFromStored(records, { compression: 'gzip' })
}

/** A record without a value. Lengths as records have them: zigzag, of the key one byte, and −1 for no value. */
function bodyOf(key: string): Buffer {
  return Buffer.concat([Buffer.from([2 * key.length]), Buffer.from(key), Buffer.from([1, 0])])
}

/** Until compaction has taken the holes, as kafkajs reads it, or the time is up. */
export async function untilHoles(
  bootstrap: readonly string[],
  place: Place,
  { count, offsets }: Holes,
  timeoutMs = 180_000,
): Promise<void> {
  const end = count * (1 + offsets)
  // Of the last hole its last record is left; of the one before none.
  const [from, first] = count === 1 ? [1, end - 1] : [end - 2 * (1 + offsets) + 1, end - (1 + offsets)]
  await compacted(bootstrap, place, { from, first }, timeoutMs)
}

/** Until the first record at or behind the offset is that one, or the time is up. Only one batch is read each time. */
export async function compacted(
  bootstrap: readonly string[],
  { topic, partition }: Place,
  { from, first }: { readonly from: number; readonly first: number },
  timeoutMs = 180_000,
): Promise<void> {
  for (const until = Date.now() + timeoutMs; ;) {
    // A coordinator that still loads is asked again.
    const found = await firstFrom(bootstrap, { topic, partition }, from).catch((error: unknown) => error)
    if (found === first) return
    if (Date.now() > until) throw new Error(`the first record of ${topic}/${partition} from ${from} on is still at ${String(found)}, not at ${first}`) // prettier-ignore
    await sleep(1_000)
  }
}

/** Where the first record at or behind an offset is, as kafkajs reads it. */
async function firstFrom(brokers: readonly string[], { topic, partition }: Place, from: number): Promise<number> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const groupId = `first-${Math.random().toString(36).slice(2)}`
  const consumer = kafka.consumer({ groupId, maxBytesPerPartition: 1, maxWaitTimeInMs: 100 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    return await new Promise<number>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        reject(payload.error)
      })
      const eachBatch = async ({ batch }: kafkajs.EachBatchPayload): Promise<void> => {
        const message = batch.messages.find(({ offset }) => Number(offset) >= from)
        if (batch.partition === partition && message !== undefined) resolve(Number(message.offset))
        await Promise.resolve()
      }
      consumer.run({ eachBatch, autoCommit: false }).then(() => {
        consumer.seek({ topic, partition, offset: from.toString() })
      }, reject)
    })
  } finally {
    await consumer.disconnect()
  }
}
