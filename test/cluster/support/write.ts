import { createPartitioner, kafkajsClient } from './kafkajs-client.ts'
import { unique } from './sandbox.ts'

/** Appends `count` numbered records to one partition, by someone who is not georep. */
export async function write(
  bootstrap: readonly string[],
  topic: string,
  count: number,
  options: { readonly partition?: number; readonly prefix?: string; readonly valueBytes?: number } = {},
): Promise<void> {
  const { partition = 0, prefix = 'value', valueBytes = 0 } = options
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner })
  await producer.connect()
  try {
    const messages = Array.from({ length: count }, (_, index) => ({
      partition,
      key: `k${index}`,
      value: `${prefix} ${index}`.padEnd(valueBytes, 'x'),
    }))
    await producer.send({ topic, messages })
  } finally {
    await producer.disconnect()
  }
}

/** A transaction that is aborted, with a record for each partition. */
export async function abortedWrite(bootstrap: readonly string[], topic: string, partitions: number): Promise<void> {
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner, transactionalId: unique('aborted'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, value: 'aborted' }))
    await transaction.send({ topic, messages })
    await transaction.abort()
  } finally {
    await producer.disconnect()
  }
}
