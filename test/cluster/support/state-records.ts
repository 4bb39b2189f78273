import { logBounds } from '../../../src/kafka/offsets.ts'
import { partitionKey } from '../../../src/kafka/topic-partition.ts'
import { kafkajsClient } from './kafkajs-client.ts'
import { eventually, layer } from './observe.ts'
import { unique } from './sandbox.ts'

/**
 * What the state topic of a cluster says of one link now, by key, as kafkajs's consumer of committed records reads it. Locks come and go, and are
 * left out.
 */
export async function stateOf(bootstrap: readonly string[], link: string): Promise<ReadonlyMap<string, object>> {
  const end = await stableEnd(bootstrap)
  const consumer = kafkajsClient(bootstrap).consumer({ groupId: unique('state'), maxWaitTimeInMs: 50 })
  const values = new Map<string, object>()
  let next = 0
  // The last offset is a transaction's marker: of a batch of those, all that is told is that it was passed.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => { next = Number(payload.lastOffset) + 1 }) // prettier-ignore
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
        await Promise.resolve()
      },
    })
    await eventually('the state topic is read', () => Promise.resolve(next >= end))
  } finally {
    await consumer.disconnect()
  }
  return values
}

/**
 * The end of the state topic, once no transaction, be it another link's, keeps consumers from what stands before it: they take what they are shown for all
 * that there is. Not asked of kafkajs, whose ends are those of stable records.
 */
async function stableEnd(bootstrap: readonly string[]): Promise<number> {
  await using cluster = layer({ name: 'observed', bootstrap })
  const partition = { topic: '__georep', partition: 0 }
  const boundOf = async (which: 'highWatermark' | 'lastStableOffset'): Promise<bigint | undefined> => {
    const options = { signal: AbortSignal.timeout(60_000) }
    const found = (await logBounds(cluster, [partition], which, options)).get(partitionKey(partition))
    return typeof found === 'bigint' ? found : undefined
  }
  let end: bigint | undefined
  await eventually('the state topic is stable', async () => {
    end ??= await boundOf('highWatermark')
    const stable = await boundOf('lastStableOffset')
    return end !== undefined && stable !== undefined && stable >= end
  })
  return Number(end)
}
