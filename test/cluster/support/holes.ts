import { systemTime } from '../../../src/cli/system-time.ts'
import { Cluster } from '../../../src/kafka/cluster.ts'
import { readWithTimes } from '../../../src/kafka/read.ts'
import { batchFromStored } from '../../../src/kafka/records/record.ts'
import { produce } from '../../../src/kafka/wire/messages/produce.ts'

// Topics with holes of any size, as compaction makes them. Without the test runner, so that benchmarks can have them, too.

/** To be set when all is filled: what comes next is in a new segment, and a broker compacts the one before when it looks (every 15 s, or as often as its cluster was made to). In one go: else it begins with a part. */
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
  await using cluster = clusterOf(bootstrap)
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

/** Until compaction has taken the holes, or the time is up. */
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

/** Until the first record at or behind the offset is that one, or the time is up. */
export async function compacted(
  bootstrap: readonly string[],
  place: Place,
  { from, first }: { readonly from: number; readonly first: number },
  timeoutMs = 180_000,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  await using cluster = clusterOf(bootstrap)
  const range = { from: BigInt(from), to: BigInt(first) + 1n }
  const firstNow = async (): Promise<bigint | undefined> => {
    for await (const { record } of readWithTimes(cluster, place, range, { signal, pageBytes: 1 })) return record.offset
    return undefined
  }
  while ((await firstNow()) !== BigInt(first)) await cluster.wait(200, signal)
}

function clusterOf(bootstrap: readonly string[]): Cluster {
  return new Cluster({ name: 'filled', bootstrap, region: undefined, tls: undefined, sasl: undefined }, { wait: systemTime.wait }) // prettier-ignore
}
