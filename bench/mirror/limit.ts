import { setMaxListeners } from 'node:events'
import { systemTime } from '../../src/cli/system-time.ts'
import { Cluster } from '../../src/kafka/cluster.ts'
import { fetchMany } from '../../src/kafka/fetch-one.ts'
import { type Batch, rewriteForAppend } from '../../src/kafka/records/batch.ts'
import type { RequestOf } from '../../src/kafka/wire/message.ts'
import { produce } from '../../src/kafka/wire/messages/produce.ts'
import { signal } from '../beside-tools.ts'
import { type Carried, client, cpuSecondsOf, createTopic, eachOf, removeTopic } from './observe.ts'

// No mirror is faster than this: the batches of a topic are in memory, and are only produced.

// Each request under way listens.
setMaxListeners(0, signal)

const fetchBytes = 4 * 1024 * 1024
/** Of each connection, as many as a broker takes from a producer that is to be idempotent. */
const inFlight = 5
/** A broker works on one request of a connection after the other: which number of them is the fastest is tried. */
const connections = [1, 4] as const
const trials = 3
const name = 'limit'
/** No producer is named, so that the brokers keep nothing of it. */
const nobody = { producerId: -1n, producerEpoch: -1 } as const
const noSequence = -1

/** The batches of a topic, in memory. */
export interface InMemory {
  readonly records: number
  /** By partition. */
  readonly batches: readonly (readonly Batch[])[]
}

/** @param from where the topic is read */
export async function inMemory(from: readonly string[], topic: string): Promise<InMemory> {
  await using source = clusterOf('source', from)
  const batches = await batchesOf(source, topic)
  for (const batch of batches.flat()) rewriteForAppend(batch, nobody, noSequence)
  return { records: batches.flat().reduce((sum, { recordCount }) => sum + recordCount, 0), batches }
}

/** The number of connections with which they are produced the fastest, of several runs of each, in turn. */
export async function fastest(from: InMemory, to: readonly string[], destination: number): Promise<number> {
  const rates = new Map(connections.map((lanes) => [lanes as number, 0]))
  for (let trial = 0; trial < trials; trial++) {
    for (const [lanes, rate] of rates) {
      const { recordsPerSecond } = await produced(from, to, lanes, destination)
      rates.set(lanes, Math.max(rate, recordsPerSecond))
    }
  }
  return [...rates].reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

/**
 * How many records a second are produced, to a new topic each time. A request has one batch of each partition that its connection has.
 *
 * @param destination the process of the broker of `to`
 */
export async function produced(
  { records, batches }: InMemory,
  to: readonly string[],
  lanes: number,
  destination: number,
): Promise<Carried> {
  const kafka = client(to)
  await createTopic(kafka, name, batches.length)
  await using cluster = clusterOf('destination', to)
  const cpuNow = () => eachOf({ carries: process.pid, destination }, cpuSecondsOf)
  const before = cpuNow()
  const ms = await produceMs(cluster, name, batches, lanes)
  const cpuSeconds = eachOf(cpuNow(), (now, part) => (now - (before[part] ?? NaN)) / records)
  await removeTopic(kafka, name)
  return { recordsPerSecond: (records * 1_000) / ms, cpuSeconds }
}

async function produceMs(
  destination: Cluster,
  topic: string,
  batches: readonly (readonly Batch[])[],
  lanes: number,
): Promise<number> {
  const { topics } = await destination.metadata([topic], { signal })
  const leader = topics.get(topic)?.partitions[0]?.leader ?? -1
  const perLane = Array.from({ length: lanes }, (_, lane) => {
    const own = batches.map((all, partition) => ({ partition, all })).filter((_, index) => index % lanes === lane)
    const most = Math.max(...own.map(({ all }) => all.length))
    return Array.from({ length: most }, (_, n) => {
      const partitions = own.flatMap(({ partition, all }) => all[n] === undefined ? [] : [{ partition, records: all[n].bytes }]) // prettier-ignore
      return { transactionalId: null, acks: -1, timeoutMs: 10_000, topics: [{ name: topic, partitions }] }
    })
  })
  const send = async (requests: RequestOf<typeof produce>[], lane: number): Promise<void> => {
    for (let next = requests.shift(); next !== undefined; next = requests.shift()) {
      const answer = await destination.sendTo(leader, produce, next, { signal, lane: `append-${lane}` })
      const failed = answer.topics.flatMap(({ partitions }) => partitions).find(({ error }) => error !== 0)
      if (failed !== undefined) throw new Error(`partition ${failed.partition} answers error ${failed.error}`)
    }
  }
  const startedMs = performance.now()
  await Promise.all(perLane.flatMap((requests, lane) => Array.from({ length: inFlight }, async () => { await send(requests, lane) }))) // prettier-ignore
  return performance.now() - startedMs
}

/** By partition. */
async function batchesOf(source: Cluster, topic: string): Promise<readonly (readonly Batch[])[]> {
  const found = (await source.metadata([topic], { signal })).topics.get(topic)
  if (found === undefined) throw new Error(`there is no topic "${topic}"`)
  const { topicId } = found
  return await Promise.all(
    found.partitions.map(async ({ partition, leader, leaderEpoch }) => {
      const all: Batch[] = []
      for (let offset = 0n; ;) {
        const place = { topicId, partition, leaderEpoch, offset }
        const [fetched] = await fetchMany(source, leader, [place], { maxBytes: fetchBytes, maxWaitMs: 0, isolation: 'uncommitted' }, { signal }) // prettier-ignore
        if (fetched === undefined || !('batches' in fetched)) throw new Error(`"${topic}" cannot be fetched`)
        const last = fetched.batches.at(-1)
        if (last === undefined) return all
        all.push(...fetched.batches)
        offset = last.lastOffset + 1n
      }
    }),
  )
}

function clusterOf(name: string, bootstrap: readonly string[]): Cluster {
  return new Cluster({ name, bootstrap, region: undefined, tls: undefined, sasl: undefined }, { wait: systemTime.wait })
}
