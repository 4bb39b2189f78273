import type { Consumer } from 'kafkajs'
import { eventually, withAdmin } from './observe.ts'
import { kafkajsClient } from './kafkajs-client.ts'
import { unique } from './sandbox.ts'

/** A canary record as anybody can read it. */
export interface SeenCanary {
  readonly run: string
  readonly partition: number
  readonly seq: number
  readonly offset: string
}

/** The one canary topic on a cluster. */
export async function canaryTopicOn(bootstrap: readonly string[]): Promise<string> {
  const topics = await withAdmin(bootstrap, async (admin) => await admin.listTopics())
  const [topic, ...others] = topics.filter((name) => name.startsWith('georep-canary-'))
  if (topic === undefined || others.length > 0) throw new Error(`not one canary topic: ${topics.join(', ')}`)
  return topic
}

/**
 * Every record of a run in the mirror of a canary topic whose link has failed over: read with kafkajs until each partition shows a record of
 * another run, which only the destination's own canary writes, and only after the fence. So nothing of the run can come after it.
 */
export async function arrivedOn(
  bootstrap: readonly string[],
  topic: string,
  { run, partitions }: { readonly run: string; readonly partitions: number },
): Promise<readonly SeenCanary[]> {
  const consumer: Consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('observer'), maxWaitTimeInMs: 100 })
  const seen: SeenCanary[] = []
  const isOver = new Set<number>()
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const canary = JSON.parse(message.value?.toString() ?? 'null') as SeenCanary
        if (canary.run === run) seen.push({ ...canary, offset: message.offset })
        else isOver.add(partition)
        await Promise.resolve()
      },
    })
    await eventually('the destination writes in every partition', () => Promise.resolve(isOver.size === partitions))
  } finally {
    await consumer.disconnect()
  }
  return seen
}
