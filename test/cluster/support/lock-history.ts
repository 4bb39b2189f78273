import { createPartitioner, kafkajsClient } from './kafkajs-client.ts'
import { eventually } from './observe.ts'
import { unique } from './sandbox.ts'

const topic = '__georep'

/**
 * The pids of those who held the runner's lock of a link, in turn; null for nobody. Read from the state topic with kafkajs, up to now; what was
 * compacted is missing.
 */
export async function runnersInTurn(bootstrap: readonly string[], link: string): Promise<readonly (number | null)[]> {
  const client = kafkajsClient(bootstrap)
  const consumer = client.consumer({ groupId: unique('reader'), maxWaitTimeInMs: 50 })
  const producer = client.producer({ createPartitioner, allowAutoTopicCreation: false })
  const pids: (number | null)[] = []
  let read = -1
  await Promise.all([consumer.connect(), producer.connect()])
  try {
    // Of a kind that nobody knows: what stands before it is all that there is.
    const [sent] = await producer.send({ topic, messages: [{ key: unique('test'), value: null }] })
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message: { key, value, offset } }) => {
        read = Number(offset)
        await Promise.resolve()
        if (key?.toString() !== `lock/${link}/runner`) return
        const pid = value === null ? null : (JSON.parse(value.toString()) as { pid: number }).pid
        if (pids.at(-1) !== pid) pids.push(pid)
      },
    })
    await eventually('the state topic is read', () => Promise.resolve(read >= Number(sent?.baseOffset)), 30_000)
  } finally {
    await Promise.all([consumer.disconnect(), producer.disconnect()])
  }
  return pids
}
