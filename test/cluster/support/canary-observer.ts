import { systemTime } from '../../../src/cli/system-time.ts'
import { adminOf, kafkajsClient } from './kafkajs-client.ts'
import { unique } from './sandbox.ts'

// Everything here looks with kafkajs alone.

export async function newTopic(
  bootstrap: readonly string[],
  numPartitions: number,
  configEntries: { name: string; value: string }[] = [],
): Promise<string> {
  const topic = unique('canary')
  const admin = adminOf(kafkajsClient(bootstrap))
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true }) // prettier-ignore
  // Metadata names a leader before that broker leads: until then ListOffsets and Produce are answered with NOT_LEADER_OR_FOLLOWER.
  await until('the partitions are led', async () => await admin.fetchTopicOffsets(topic).then(() => true, () => false)) // prettier-ignore
  await admin.disconnect()
  return topic
}

export async function readAll(
  bootstrap: readonly string[],
  topic: string,
  take: (partition: number, offset: string, value: Buffer | null) => void,
): Promise<void> {
  const ends = await endOffsets(bootstrap, topic)
  const open = new Set([...ends].flatMap(([partition, end]) => (end > 0n ? [partition] : [])))
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('observer') })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      take(partition, message.offset, message.value)
      if (BigInt(message.offset) + 1n >= ends.get(partition)!) open.delete(partition)
      await Promise.resolve()
    },
  })
  await until('the whole topic is read', () => open.size === 0)
  await consumer.disconnect()
}

export async function endOffsets(bootstrap: readonly string[], topic: string): Promise<ReadonlyMap<number, bigint>> {
  const admin = adminOf(kafkajsClient(bootstrap))
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]))
}

export async function recordsIn(bootstrap: readonly string[], topic: string): Promise<number> {
  return [...(await endOffsets(bootstrap, topic)).values()].reduce((sum, end) => sum + Number(end), 0)
}

export async function committedOf(
  bootstrap: readonly string[],
  topic: string,
  groupId: string,
): Promise<ReadonlyMap<number, bigint>> {
  const admin = adminOf(kafkajsClient(bootstrap))
  await admin.connect()
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
  await admin.disconnect()
  return new Map(committed!.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]))
}

export async function membersOf(bootstrap: readonly string[], groupId: string): Promise<number> {
  const admin = adminOf(kafkajsClient(bootstrap))
  await admin.connect()
  const { groups } = await admin.describeGroups([groupId])
  await admin.disconnect()
  return groups[0]!.members.length
}

export async function pass(ms: number): Promise<void> {
  await systemTime.wait(ms, new AbortController().signal)
}

export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${what}`)
    await pass(50)
  }
}
