import { CompressionTypes, type Message, type Producer } from 'kafkajs'
import { createPartitioner, kafkajsClient } from './kafkajs-client.ts'
import { createdTopic, withAdmin } from './observe.ts'
import { unique } from './sandbox.ts'

// Topics with a mix of all that a cluster can hold, made from a seed by kafkajs.

/** mulberry32: numbers from 0 up to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface AnySource {
  readonly topic: string
  readonly partitions: number
  readonly isCompacted: boolean
  /** In words, for a report. */
  readonly what: string
  /** Writes something more. */
  readonly write: () => Promise<void>
  /** Writes a last record to each partition. */
  readonly close: () => Promise<void>
}

const lastOfAll = 'the last'

/** A topic as the seed has it, with some records in it. */
export async function anySource(bootstrap: readonly string[], random: () => number): Promise<AnySource> {
  const among = (count: number): number => Math.floor(random() * count)
  const isCompacted = random() < 0.4
  const isAppendTime = random() < 0.3
  const partitions = 1 + among(3)
  const configs = {
    'retention.ms': '-1',
    ...(isAppendTime ? { 'message.timestamp.type': 'LogAppendTime' } : {}),
    ...(isCompacted ? { 'cleanup.policy': 'compact', 'segment.ms': '500', 'min.cleanable.dirty.ratio': '0.01', 'min.compaction.lag.ms': '0' } : {}),
  } // prettier-ignore
  // Tombstones stay for the default of a day: which of them a runner that is killed would miss is not to be told.
  const topic = await createdTopic(bootstrap, { partitions, configs })
  const client = kafkajsClient(bootstrap)
  const plain = client.producer({ createPartitioner })
  await plain.connect()
  const transactional = await Promise.all(
    [0, 1].map(async () => {
      const producer = client.producer({ createPartitioner, transactionalId: unique('txn'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
      await producer.connect()
      return producer
    }),
  )
  let number = 0
  const messages = (): Message[] =>
    Array.from({ length: 1 + among(random() < 0.1 ? 400 : 12) }, () => {
      number++
      const key = isCompacted || random() < 0.7 ? `key ${among(40)}` : null
      const value = random() < 0.1 ? null : `value ${number} ${'x'.repeat(among(random() < 0.05 ? 20_000 : 60))}`
      const headers = random() < 0.3 ? { n: String(number), empty: '', twice: ['a', 'ü'] } : {}
      return {
        partition: among(partitions),
        key,
        value,
        headers,
        timestamp: String(1_700_000_000_000 + among(1_000_000)),
      }
    })
  const send = async (by: Pick<Producer, 'send'>): Promise<void> => {
    await by.send({ topic, messages: messages(), compression: random() < 0.5 ? CompressionTypes.GZIP : CompressionTypes.None }) // prettier-ignore
  }
  const write = async (): Promise<void> => {
    const kind = random()
    if (kind < 0.5) await send(plain)
    else {
      // Up to two transactions that overlap, of which at most one is aborted (kafkajs shows records where two are), and what is written outside of them meanwhile.
      const open = await Promise.all(transactional.slice(0, 1 + among(2)).map(async (one) => await one.transaction()))
      for (let count = 1 + among(4); count > 0; count--) await send(random() < 0.25 ? plain : open[among(open.length)]!)
      const aborted = random() < 0.5 ? among(open.length) : -1
      for (const [index, one] of open.entries()) await (index === aborted ? one.abort() : one.commit())
    }
  }
  for (let count = 3 + among(8); count > 0; count--) await write()
  if (!isCompacted && random() < 0.5) {
    await withAdmin(bootstrap, async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic)
      const gone = ends.map(({ partition, high }) => ({ partition, offset: String(Math.floor(Number(high) * random())) })) // prettier-ignore
      await admin.deleteTopicRecords({ topic, partitions: gone })
    })
  }
  const what = [`${partitions} partitions`, isCompacted ? 'compacted' : 'deleted', isAppendTime ? 'append times' : 'create times'].join(', ') // prettier-ignore
  return {
    ...{ topic, partitions, isCompacted, what, write },
    close: async () => {
      const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, key: lastOfAll, value: lastOfAll })) // prettier-ignore
      await plain.send({ topic, messages })
      await Promise.all([plain, ...transactional].map(async (one) => { await one.disconnect() })) // prettier-ignore
    },
  }
}
