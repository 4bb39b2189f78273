import { Appender } from '../../src/engines/embedded/carry/appender.ts'
import { FetchedMemory } from '../../src/engines/embedded/carry/fetched-memory.ts'
import { Lease } from '../../src/engines/embedded/carry/lease.ts'
import type { MirrorPartition } from '../../src/engines/embedded/carry/mirror-partition.ts'
import { Hiding } from '../../src/engines/embedded/holes/hiding.ts'
import { batchLayout } from '../../src/kafka/records/batch.ts'
import type { RequestOf, ResponseOf } from '../../src/kafka/wire/message.ts'
import { produce } from '../../src/kafka/wire/messages/produce.ts'
import { FakeCluster, type Held } from './fake-cluster.ts'
import { fakeTime, settled } from './fake-time.ts'
import { runningMirror } from './mirror.ts'

export type SentProduce = Held<RequestOf<typeof produce>, ResponseOf<typeof produce>>

export const producer = { producerId: 4_000n, producerEpoch: 3 }
export const dayMs = 86_400_000
export const nowMs = 1_700_000_000_000

/** What an appender works with, and what it tells. */
export class Appending {
  readonly time = fakeTime(nowMs)
  readonly destination = new FakeCluster(this.time.wait)
  readonly lease = new Lease(this.time, { maxAgeMs: 5_000 })
  readonly events: string[] = []
  readonly givenBack: ArrayBufferLike[] = []
  readonly memory = new FetchedMemory({ giveBack: (one) => this.givenBack.push(one) })

  constructor() {
    this.lease.renewal()()
  }

  appenderOf(expiryMs = dayMs): Appender {
    return new Appender({
      destination: this.destination.asCluster,
      producer,
      hiding: new Hiding({
        destination: this.destination.asCluster,
        link: 'east-west',
        way: 'markers',
        wereTransactions: false,
        monotonic: this.time.monotonic,
      }),
      lease: this.lease,
      memory: this.memory,
      time: this.time,
      expiryMs,
      onTrouble: () => undefined,
      signal: new AbortController().signal,
      events: {
        onSettle: () => this.events.push('settle'),
        onRoom: () => undefined,
        onFenced: () => this.events.push('fenced'),
        onFailure: ({ partition }, reason) => this.events.push(`failed ${partition}: ${reason}`),
      },
    })
  }

  async take(): Promise<SentProduce> {
    await settled()
    return this.destination.take(produce)
  }
}

export function partition(): MirrorPartition {
  return runningMirror().partitions[0]!
}

export const done = { error: 0, logAppendTimeMs: -1n, logStartOffset: 0n, recordErrors: [], errorMessage: null }
type Result = Partial<ResponseOf<typeof produce>['topics'][number]['partitions'][number]>

/** Answers for each partition of the request; `result` says where it differs from "done, at the offset 0". */
export async function answer(sent: SentProduce, result: Result | ((partition: number) => Result)): Promise<void> {
  sent.answer({
    throttleMs: 0,
    topics: sent.request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition: at }) => ({
        partition: at,
        baseOffset: 0n,
        ...done,
        ...(typeof result === 'function' ? result(at) : result),
      })),
    })),
  })
  await settled()
}

export function sequencesOf(sent: SentProduce): readonly number[] {
  return sent.request.topics.flatMap(({ partitions }) =>
    partitions.map(({ records }) => records!.readInt32BE(batchLayout.baseSequence)),
  )
}
