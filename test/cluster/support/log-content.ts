import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { eventually, onceKnown, withAdmin } from './observe.ts'
import { kafkajsClient } from './kafkajs-client.ts'
import { kafkaTools, unique } from './sandbox.ts'

// What stands in a cluster's logs, read with kafkajs and with Kafka's own tools: none of georep's code.

export interface FullRecord {
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: string
}

/** The high watermarks by partition, as kafkajs's admin client sees them. Markers are counted. */
export async function endsOf(bootstrap: readonly string[], topic: string): Promise<readonly number[]> {
  return await onceKnown(async () => {
    const ends = await withAdmin(bootstrap, async (admin) => await admin.fetchTopicOffsets(topic))
    return ends.toSorted((a, b) => a.partition - b.partition).map(({ high }) => Number(high))
  })
}

/** Waits until the topic has the same log ends on both clusters. */
export async function sameEnds(topic: string, [one, other]: readonly [readonly string[], readonly string[]]): Promise<void> {
  let seen = ''
  const isSame = async (): Promise<boolean> => {
    const [here, there] = [String(await endsOf(one, topic)), String(await endsOf(other, topic))]
    seen = `${here} and ${there}`
    return here === there
  }
  await eventually('both logs end at the same offsets', isSame).catch((error: unknown) => {
    throw new Error(`the logs of "${topic}" end at ${seen}`, { cause: error })
  })
} // prettier-ignore

/** Every record that a consumer sees, by partition and offset. There must be `count`; what comes later than that is waited for a little. */
export async function recordsIn(
  bootstrap: readonly string[],
  topic: string,
  count: number,
): Promise<readonly FullRecord[]> {
  return await onceKnown(async () => await recordsNow(bootstrap, topic, (seen) => seen.length >= count))
}

async function recordsNow(
  bootstrap: readonly string[],
  topic: string,
  isAll: (seen: readonly FullRecord[]) => boolean,
): Promise<readonly FullRecord[]> {
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('reader'), maxWaitTimeInMs: 50 })
  const seen: FullRecord[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatch: async (payload) => {
        const { batch } = payload
        for (const { offset, timestamp, key, value, headers } of batch.messages) {
          const text = JSON.stringify(Object.entries(headers ?? {}).map(([name, one]) => [name, one?.toString()]))
          const fields = { key: key?.toString() ?? null, value: value?.toString() ?? null, headers: text }
          seen.push({ partition: batch.partition, offset, timestamp, ...fields })
          payload.resolveOffset(offset)
        }
        await Promise.resolve()
      },
    })
    await eventually(`all records of "${topic}" are read`, () => Promise.resolve(isAll(seen))).catch(
      (error: unknown) => {
        const last = new Map(seen.map(({ partition, offset }) => [partition, offset]))
        throw new Error(`read up to ${JSON.stringify([...last])}`, { cause: error })
      },
    )
    await sleep(300)
  } finally {
    await consumer.disconnect()
  }
  return seen.toSorted((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset))
}

/** The destination holds the records of the source, each once, at the same offset, and equal in all that a consumer sees. */
export async function expectSameRecords(
  source: readonly string[],
  destination: readonly string[],
  topic: string,
  options: { readonly timeoutMs?: number } = {},
): Promise<readonly FullRecord[]> {
  const ends = await endsOf(source, topic)
  await eventually(
    `the mirror "${topic}" ends where the source does`,
    async () => String(await endsOf(destination, topic)) === String(ends),
    options.timeoutMs ?? 60_000,
  )
  const count = ends.reduce((sum, end) => sum + end, 0)
  const [there, here] = await Promise.all([recordsIn(source, topic, count), recordsIn(destination, topic, count)])
  expect(here).toEqual(there)
  expect(here).toHaveLength(count)
  return here
}

const run = promisify(execFile)

/** Runs one of Kafka's own command line tools, and returns what it prints. */
export async function kafkaTool(main: string, args: readonly string[], input = ''): Promise<string> {
  const { java, classpath } = kafkaTools()
  // Short runs: no time is spent on compiling well.
  const jvm = ['-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:+UseSerialGC', '-cp', classpath, main]
  const running = run(java, [...jvm, ...args], { timeout: 60_000, maxBuffer: 2 ** 27 })
  running.child.stdin?.end(input)
  return (await running).stdout
}

/**
 * What Kafka's own client shows of topics up to where they end now, by cluster in the order given: kafkajs leaves out all that comes behind a segment of which
 * compaction has left nothing but a batch without records.
 */
export async function readByKafkaClient(
  clusters: readonly (readonly string[])[],
  topics: readonly string[],
): Promise<readonly ReadonlyMap<string, readonly FullRecord[]>[]> {
  const out = await kafkaTool(join(import.meta.dirname, 'ReadLogs.java'), [topics.join(), ...clusters.map((one) => one.join())]) // prettier-ignore
  const all = clusters.map(() => new Map<string, FullRecord[]>(topics.map((topic) => [topic, []])))
  const text = (shown: string | undefined): string | null => shown?.startsWith('=') === true ? Buffer.from(shown.slice(1), 'base64').toString() : null // prettier-ignore
  for (const line of out.split('\n').slice(0, -1)) {
    const [cluster, topic = '', partition, offset = '', timestamp = '', key, value, ...headers] = line.split(' ')
    const record = { partition: Number(partition), offset, timestamp, key: text(key), value: text(value), headers: JSON.stringify(headers.map(text)) } // prettier-ignore
    all[Number(cluster)]?.get(topic)?.push(record)
  }
  for (const one of all) for (const records of one.values()) records.sort((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset)) // prettier-ignore
  return all
}

/** Kafka's console consumer, with all that it can print of a record. */
export async function consoleConsumed(bootstrap: readonly string[], topic: string, count: number): Promise<string> {
  const shown = ['partition', 'offset', 'timestamp', 'headers', 'key', 'value'].flatMap((what) => [
    '--formatter-property',
    `print.${what}=true`,
  ])
  const text = await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', bootstrap.join(), '--topic', topic, '--from-beginning'],
    ...['--max-messages', String(count), '--timeout-ms', '20000', ...shown],
  ])
  // Partitions come in any order among each other.
  return text.split('\n').toSorted((a, b) => (a < b ? -1 : 1)).join('\n') // prettier-ignore
}
