import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, type KafkaMessage } from 'kafkajs'
import { Cluster } from '../../../src/kafka/cluster.ts'
import { systemTime } from '../../../src/cli/system-time.ts'
import { eventually } from './eventually.ts'
import { adminOf, kafkajsClient } from './kafkajs-client.ts'
import { unique } from './sandbox.ts'

export { eventually }

/** The layer under test, on one cluster. */
export function layer({ name, bootstrap }: { readonly name: string; readonly bootstrap: readonly string[] }): Cluster {
  return new Cluster({ name, bootstrap, region: undefined, tls: undefined, sasl: undefined }, { wait: systemTime.wait })
}

export async function withAdmin<T>(bootstrap: readonly string[], body: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = await onceKnown(async () => {
    const one = adminOf(kafkajsClient(bootstrap))
    await one.connect()
    return one
  })
  try {
    return await body(admin)
  } finally {
    await admin.disconnect()
  }
}

export async function createdTopic(
  bootstrap: readonly string[],
  options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const topic = unique('topic')
  const configEntries = Object.entries(options.configs ?? {}).map(([name, value]) => ({ name, value }))
  const topics = [{ topic, numPartitions: options.partitions ?? 1, configEntries }]
  await onceKnown(async () => {
    await withAdmin(bootstrap, async (admin) => { await admin.createTopics({ topics }) }) // prettier-ignore
  })
  return topic
}

export interface SeenRecord {
  readonly offset: string
  readonly timestamp: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: object
}

/** The first `count` records that a read-committed consumer of kafkajs gets from partition 0. */
export async function consumed(
  bootstrap: readonly string[],
  topic: string,
  count: number,
): Promise<readonly SeenRecord[]> {
  return await onceKnown(async () => await consumedNow(bootstrap, topic, count))
}

async function consumedNow(bootstrap: readonly string[], topic: string, count: number): Promise<readonly SeenRecord[]> {
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('reader'), maxWaitTimeInMs: 100 })
  const seen: KafkaMessage[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => { await Promise.resolve(seen.push(message)) } }) // prettier-ignore
    await eventually(`${count} records of "${topic}" are read`, () => Promise.resolve(seen.length >= count))
  } finally {
    await consumer.disconnect()
  }
  return seen.map(({ offset, timestamp, key, value, headers }) => ({
    offset,
    timestamp,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
  }))
}

/**
 * What is asked, once a broker can tell. One that was down or frozen, or that has just started, does not lead its partitions or know its groups at
 * once, and kafkajs's clients give up at that: it is asked again.
 */
export async function onceKnown<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isPassing(error) || Date.now() > deadline) throw error
      await sleep(100)
    }
  }
}

/**
 * kafkajs asks a broker whose connection has just been dropped by another of its calls, or that took it and never answered, and says so with an error of no
 * class of its own. After its own tries it gives up with one that says it is final, whatever it was.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof kafkajs.KafkaJSNumberOfRetriesExceeded) return isPassing(error.cause)
  if (error instanceof kafkajs.KafkaJSError && error.retriable) return true
  return error instanceof Error && error.message === 'Broker not connected'
}

/** What the group has committed for partition 0 of the topic, as kafkajs's admin client sees it; "-1" for nothing. */
export async function committedNow(bootstrap: readonly string[], groupId: string, topic: string): Promise<string> {
  return await withAdmin(bootstrap, async (admin) => {
    const [found] = await onceKnown(async () => await admin.fetchOffsets({ groupId, topics: [topic] }))
    return found?.partitions.find(({ partition }) => partition === 0)?.offset ?? '-1'
  })
}
