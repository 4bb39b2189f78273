import { execFile } from 'node:child_process'
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

/** Every record that a consumer sees, by partition and offset. There must be `count`; what comes later than that is waited for a little. */
export async function recordsIn(
  bootstrap: readonly string[],
  topic: string,
  count: number,
): Promise<readonly FullRecord[]> {
  return await recordsUntil(bootstrap, topic, (seen) => seen.length >= count)
}

/** Every record that a consumer sees until `isAll`, by partition and offset; what comes later than that is waited for a little. */
export async function recordsUntil(
  bootstrap: readonly string[],
  topic: string,
  isAll: (seen: readonly FullRecord[]) => boolean,
): Promise<readonly FullRecord[]> {
  return await onceKnown(async () => await recordsNow(bootstrap, topic, isAll))
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
