import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, Producer } from 'kafkajs'
import { client } from './observe.ts'

// An application of its own beside the drill's canary: a producer with a ledger, on a topic that the link mirrors, and another on the destination.

export const topic = 'truth'
export const partitions = 2
const everyMs = 20

interface Send {
  readonly key: string
  acknowledgedAt: number | undefined
  isUnknown: boolean
}

/** Writes a record every 20 ms, each once, and writes down what became of it. */
export class Writer {
  readonly sends: Send[] = []
  readonly #name: string
  readonly #producer: Producer
  #isOver = false
  #pending = 0
  #loop: Promise<void> | undefined

  constructor(bootstrap: readonly string[], name: string) {
    this.#name = name
    this.#producer = client(bootstrap).producer({ retry: { retries: 0 }, allowAutoTopicCreation: false, createPartitioner: () => ({ message }) => message.partition ?? 0 }) // prettier-ignore
  }

  async connect(): Promise<void> {
    await this.#producer.connect()
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** No more sends, and a moment for the answers that are under way. */
  async stop(patienceMs: number): Promise<void> {
    this.#isOver = true
    await this.#loop
    for (const until = performance.now() + patienceMs; this.#pending > 0 && performance.now() < until;) await sleep(10)
    void this.#producer.disconnect().catch(() => undefined)
  }

  get firstAt(): number | undefined {
    return this.sends.find(({ acknowledgedAt }) => acknowledgedAt !== undefined)?.acknowledgedAt
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const send: Send = { key: `${this.#name}-${number}`, acknowledgedAt: undefined, isUnknown: true }
      this.sends.push(send)
      this.#pending++
      void this.#producer
        .send({ topic, acks: -1, messages: [{ partition: number % partitions, value: send.key }] })
        .then(() => {
          send.acknowledgedAt = performance.now()
          send.isUnknown = false
        })
        .catch(() => undefined)
        .finally(() => {
          this.#pending--
        })
      await sleep(everyMs)
    }
  }
}

/** When the mirror of a topic is said to be open for writes, by what the link writes down on the destination. */
export async function mirrorOpened(bootstrap: readonly string[], onOpen: () => void): Promise<Consumer> {
  const consumer = client(bootstrap).consumer({ groupId: 'truth-state', maxWaitTimeInMs: 20 })
  await consumer.connect()
  await consumer.subscribe({ topic: '__georep', fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      if (message.key?.toString() === `mirror/east-west/${topic}` && message.value?.toString().includes('"STOPPED"') === true) onOpen() // prettier-ignore
      await Promise.resolve()
    },
  })
  return consumer
}

/** When the destination's own canary was first seen in its topic. */
export async function canarySeen(bootstrap: readonly string[], id: string, onSeen: () => void): Promise<Consumer> {
  const consumer = client(bootstrap).consumer({ groupId: 'truth-canary', maxWaitTimeInMs: 20 })
  await consumer.connect()
  await consumer.subscribe({ topic: `georep-canary-${id}`, fromBeginning: false })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      if (message.value?.toString().includes(`"run":"${id}-destination"`) === true) onSeen()
      await Promise.resolve()
    },
  })
  return consumer
}

/**
 * When the canary's group was first seen to have committed more than before. To be called when the mirror is open: from then on nobody but its member
 * puts its offsets up, and a clamp puts them down.
 */
export async function groupSeen(bootstrap: readonly string[], id: string, signal: AbortSignal): Promise<number> {
  const admin = client(bootstrap).admin()
  await admin.connect()
  try {
    let before = new Map<number, bigint>()
    for (;;) {
      const [answer] = await admin.fetchOffsets({ groupId: `georep-canary-app-${id}`, topics: [`georep-canary-${id}`] })
      const now = new Map(answer?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]))
      if ([...now].some(([partition, offset]) => offset > (before.get(partition) ?? offset))) return performance.now()
      before = now
      await sleep(20, undefined, { signal })
    }
  } finally {
    await admin.disconnect()
  }
}
