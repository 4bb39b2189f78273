import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import { plainBytes } from '../../src/kafka/records/codecs/plain.ts'
import { signal } from '../beside-tools.ts'
import { untilThere } from './observe.ts'

// How old records are when a consumer of the destination gets them, while so many are written on the source every second.

// In which the peer writes, and which kafkajs leaves to others to bring.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
  compress: () => { throw new Error('nothing is written in LZ4') }, // prettier-ignore
  decompress: async (stored: Buffer) => await Promise.resolve(plainBytes(stored, 'lz4')),
})

export interface Ages {
  readonly p50Ms: number
  readonly p99Ms: number
}

const everyMs = 10
/** What comes first is of a mirror, a consumer and a producer that begin. */
const settlingMs = 3_000
const measuredMs = 12_000
const lateMs = 20_000

export async function agesOf(
  source: Kafka,
  destination: Kafka,
  load: {
    readonly topic: string
    readonly partitions: number
    readonly perSecond: number
    readonly recordBytes: number
  },
): Promise<Ages> {
  const producer = source.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  // A consumer finds the mirror with all its partitions, and carried.
  const first = Array.from({ length: load.partitions }, (_, partition) => ({ partition, value: 'first' }))
  await producer.send({ topic: load.topic, messages: first })
  await untilThere(destination, load.topic, first.length)
  const ages: number[] = []
  let seen = 0
  let from = Infinity
  const consumer = destination.consumer({ groupId: `ages-${load.topic}` })
  await consumer.connect()
  await consumer.subscribe({ topic: load.topic, fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: load.partitions,
    eachBatch: async ({ batch: { messages } }) => {
      const now = Date.now()
      seen += messages.length
      for (const { timestamp } of messages) if (Number(timestamp) >= from) ages.push(now - Number(timestamp))
      await Promise.resolve()
    },
  })
  await producer.send({ topic: load.topic, messages: first })
  for (const until = Date.now() + lateMs; seen < 2 * first.length && Date.now() < until;) await sleep(50, undefined, { signal }) // prettier-ignore
  from = Date.now() + settlingMs
  const sent = 2 * first.length + (await write(producer, load))
  for (const until = Date.now() + lateMs; seen < sent && Date.now() < until;) await sleep(50, undefined, { signal })
  await Promise.all([producer.disconnect(), consumer.disconnect()])
  if (seen !== sent) throw new Error(`"${load.topic}": ${seen} records have arrived, of ${sent}`)
  const sorted = ages.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Every few milliseconds what is due by then, whether or not what was sent before is answered: a slow answer makes no record younger. */
async function write(
  producer: Producer,
  { topic, partitions, perSecond, recordBytes }: Parameters<typeof agesOf>[2],
): Promise<number> {
  const value = Buffer.alloc(recordBytes, 'x')
  const sends: Promise<unknown>[] = []
  const startedMs = performance.now()
  let sent = 0
  for (let atMs = 0; atMs < settlingMs + measuredMs; atMs = performance.now() - startedMs) {
    const due = Math.floor((atMs * perSecond) / 1_000) - sent
    const timestamp = Date.now().toString()
    const messages = Array.from({ length: due }, (_, n) => ({ partition: (sent + n) % partitions, value, timestamp }))
    if (due > 0) sends.push(producer.send({ topic, messages, acks: 1 }))
    sent += due
    await sleep(everyMs, undefined, { signal })
  }
  await Promise.all(sends)
  return sent
}
