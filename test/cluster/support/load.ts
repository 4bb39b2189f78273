import { setTimeout as sleep } from 'node:timers/promises'
import { type Producer, CompressionTypes } from 'kafkajs'
import { createPartitioner, kafkajsClient } from './kafkajs-client.ts'
import { isPassing, onceKnown } from './observe.ts'

/** A producer that writes numbered records to every partition of some topics until it is stopped. */
export class Load {
  readonly #bootstrap: readonly string[]
  #producer: Producer
  readonly #loop: Promise<void>
  #isStopped = false
  /** Records that the cluster has acknowledged. */
  written = 0

  private constructor(
    bootstrap: readonly string[],
    producer: Producer,
    topics: readonly string[],
    options: LoadOptions,
  ) {
    this.#bootstrap = bootstrap
    this.#producer = producer
    this.#loop = this.#run(topics, options)
  }

  static async start(
    bootstrap: readonly string[],
    topics: readonly string[],
    options: LoadOptions = {},
  ): Promise<Load> {
    return new Load(bootstrap, await connected(bootstrap), topics, options)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#loop
    await this.#producer.disconnect()
  }

  async #connectAnew(): Promise<void> {
    void this.#producer.disconnect().catch(() => undefined)
    this.#producer = await connected(this.#bootstrap)
  }

  async #run(
    topics: readonly string[],
    { partitions = 1, everyMs = 20, perBatch = 5, ageMs = 0 }: LoadOptions,
  ): Promise<void> {
    for (let round = 0; !this.#isStopped; round++) {
      const topicMessages = topics.map((topic) => ({
        topic,
        messages: Array.from({ length: perBatch * partitions }, (_, index) => ({
          partition: index % partitions,
          key: `k${index}`,
          timestamp: String(Date.now() - ageMs),
          value: `${round}.${index} `.padEnd(100, 'x'),
        })),
      }))
      const compression = round % 2 === 0 ? CompressionTypes.GZIP : CompressionTypes.None
      // What is sent again after a lost answer may stand in the source twice, and is to stand so in the mirror.
      await onceKnown(async () => {
        try {
          await this.#producer.sendBatch({ topicMessages, compression })
        } catch (error) {
          // A client of kafkajs may hold on to a broker that it has lost for good.
          if (isPassing(error)) await this.#connectAnew()
          throw error
        }
      })
      this.written += topics.length * perBatch * partitions
      await sleep(everyMs)
    }
  }
}

async function connected(bootstrap: readonly string[]): Promise<Producer> {
  return await onceKnown(async () => {
    const producer = kafkajsClient(bootstrap).producer({ createPartitioner, allowAutoTopicCreation: false })
    await producer.connect()
    return producer
  })
}

export interface LoadOptions {
  readonly partitions?: number
  readonly everyMs?: number
  readonly perBatch?: number
  /** How old the records say that they are. */
  readonly ageMs?: number
}
