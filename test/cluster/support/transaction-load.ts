import { setTimeout as sleep } from 'node:timers/promises'
import { createPartitioner, kafkajsClient } from './kafkajs-client.ts'
import { unique } from './sandbox.ts'

/** Small transactions one after the other, by kafkajs, every third of them aborted: there is always something to be hidden. */
export class TransactionLoad {
  /** Records of transactions that were committed. */
  committed = 0
  readonly #stop = new AbortController()
  #done: Promise<void> = Promise.resolve()

  static async start(bootstrap: readonly string[], topic: string, partitions: number): Promise<TransactionLoad> {
    const producer = kafkajsClient(bootstrap).producer({ createPartitioner, transactionalId: unique('load'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
    await producer.connect()
    const load = new TransactionLoad()
    load.#done = (async () => {
      for (let number = 0; !load.#stop.signal.aborted; number++) {
        const transaction = await producer.transaction()
        const messages = Array.from({ length: 1 + (number % 4) }, (_, index) => ({
          partition: (number + index) % partitions,
          key: `k${number % 20}`,
          value: `transaction ${number}, ${index}`,
        }))
        await transaction.send({ topic, messages })
        if (number % 3 === 2) await transaction.abort()
        else {
          await transaction.commit()
          load.committed += messages.length
        }
        await sleep(5)
      }
      await producer.disconnect()
    })()
    return load
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}
