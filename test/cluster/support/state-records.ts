import { logBounds } from '../../../src/kafka/offsets.ts'
import { partitionKey } from '../../../src/kafka/topic-partition.ts'
import { kafkajsClient } from './kafkajs-client.ts'
import { eventually, layer, withAdmin } from './observe.ts'
import { unique } from './sandbox.ts'

/**
 * What the state topic of a cluster says of one link now, by key, as kafkajs's consumer of committed records reads it. Locks come and go, and are
 * left out.
 */
export async function stateOf(bootstrap: readonly string[], link: string): Promise<ReadonlyMap<string, object>> {
  const end = await withAdmin(bootstrap, async (admin) => Number((await admin.fetchTopicOffsets('__georep'))[0]?.high))
  await stable(bootstrap, end)
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('state'), maxWaitTimeInMs: 50 })
  const values = new Map<string, object>()
  let next = 0
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: '__georep', fromBeginning: true })
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        for (const { key, value } of batch.messages) {
          const name = key?.toString() ?? ''
          if (name.split('/')[1] !== link || name.startsWith('lock/')) continue
          if (value === null) values.delete(name)
          else values.set(name, JSON.parse(value.toString()) as object)
        }
        next = Number(batch.lastOffset()) + 1
        await Promise.resolve()
      },
    })
    // The last offset is a transaction's marker, of which a consumer sees nothing.
    await eventually('the state topic is read', () => Promise.resolve(next >= end - 1))
  } finally {
    await consumer.disconnect()
  }
  return values
}

/** Waits until no transaction, be it another link's, keeps consumers from what stands before `end`: they take what they are shown for all that there is. */
async function stable(bootstrap: readonly string[], end: number): Promise<void> {
  await using cluster = layer({ name: 'observed', bootstrap })
  const partition = { topic: '__georep', partition: 0 }
  const options = { signal: AbortSignal.timeout(60_000) }
  await eventually('the state topic is stable', async () => {
    const found = (await logBounds(cluster, [partition], 'lastStableOffset', options)).get(partitionKey(partition))
    return typeof found === 'bigint' && found >= BigInt(end)
  })
}
