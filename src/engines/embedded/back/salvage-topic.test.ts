import { beforeEach, describe, expect, it } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { batchesOf, batchLayout } from '../../../kafka/records/batch.ts'
import { batchFromRecords, type KafkaRecord, recordsOf } from '../../../kafka/records/record.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { Message } from '../../../kafka/wire/message.ts'
import { createTopics } from '../../../kafka/wire/messages/create-topics.ts'
import { describeCluster } from '../../../kafka/wire/messages/describe-cluster.ts'
import { describeConfigs } from '../../../kafka/wire/messages/describe-configs.ts'
import { fetch } from '../../../kafka/wire/messages/fetch.ts'
import { initProducerId } from '../../../kafka/wire/messages/init-producer-id.ts'
import { listOffsets } from '../../../kafka/wire/messages/list-offsets.ts'
import { metadata } from '../../../kafka/wire/messages/metadata.ts'
import { offsetForLeaderEpoch } from '../../../kafka/wire/messages/offset-for-leader-epoch.ts'
import { produce } from '../../../kafka/wire/messages/produce.ts'
import { digestOf, linesOf, type SalvageAbout, type SavedPartition } from '../../salvage.ts'
import { salvageTopic } from './salvage-topic.ts'

interface Topic {
  readonly configs: Map<string, string>
  readonly logs: Buffer[][]
}

/** A cluster of one broker that keeps logs, without an authorizer. What a real one does is looked at in test/cluster. */
class LogCluster {
  readonly name = 'west'
  readonly bootstrap = []
  readonly principal = 'User:georep'
  readonly time = fakeTime()
  readonly topics = new Map<string, Topic>()
  /** What becomes of produce requests, in their order; as they should when there is no more. */
  readonly faults: ('lost before' | 'lost after')[] = []
  produced = 0
  logStart = 0n
  /** Nobody waits for a clock. */
  readonly wait = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore

  make(name: string, partitions: number, configs: Readonly<Record<string, string>>): Topic {
    const topic = { configs: new Map(Object.entries(configs)), logs: Array.from({ length: partitions }, () => []) }
    this.topics.set(name, topic)
    return topic
  }

  async metadata(names: readonly string[]) {
    await Promise.resolve()
    const found = names.flatMap((name) => {
      const topic = this.topics.get(name)
      const partitions = topic?.logs.map((_, partition) => ({ partition, leader: 1, leaderEpoch: 0, replicas: [1, 2] }))
      return topic === undefined ? [] : [[name, { name, topicId: name, partitions }] as const]
    })
    return { topics: new Map(found), denied: new Map() }
  }

  readonly sendToAny = async (...asked: readonly [unknown, unknown]): Promise<unknown> => await this.#answer(...asked)
  readonly sendToController = this.sendToAny
  readonly sendTo = async (_node: number, ...asked: readonly [unknown, unknown]): Promise<unknown> => await this.#answer(...asked) // prettier-ignore

  endOf(topic: string, partition: number): bigint {
    const last = this.topics.get(topic)?.logs[partition]?.at(-1)
    return last === undefined ? 0n : batchesOf(last)[0]!.lastOffset + 1n
  }

  append(topic: string, partition: number, batch: Buffer): bigint {
    const stored = Buffer.from(batch)
    const base = this.endOf(topic, partition)
    stored.writeBigInt64BE(base, batchLayout.baseOffset)
    this.topics.get(topic)!.logs[partition]!.push(stored)
    return base
  }

  async #answer(message: unknown, request: unknown): Promise<unknown> {
    await Promise.resolve()
    const is = <Request, Response>(one: Message<Request, Response>, answer: (asked: Request) => Response): Response | undefined => (one === message ? answer(request as Request) : undefined) // prettier-ignore
    const all = 0xffff
    return (
      is(metadata, ({ topics }) => ({ throttleMs: 0, brokers: [], clusterId: 'WEST', controllerId: 1, topics: topics!.map(({ name }) => ({ error: 0, name, topicId: '', isInternal: false, partitions: [], authorizedOperations: all })) })) ??
      is(describeCluster, () => ({ throttleMs: 0, error: 0, errorMessage: null, clusterId: 'WEST', controllerId: 1, brokers: [], authorizedOperations: all })) ??
      is(initProducerId, () => ({ throttleMs: 0, error: 0, producerId: 9n, producerEpoch: 0 })) ??
      is(describeConfigs, ({ resources }) => ({ throttleMs: 0, resources: resources.map(({ type, name }) => ({ error: 0, errorMessage: null, type, name, configs: this.#configs(name) })) })) ??
      is(createTopics, ({ topics, validateOnly }) => ({ throttleMs: 0, topics: topics.map(({ name, partitions, configs, replicationFactor }) => {
        if (!validateOnly) this.make(name, partitions, Object.fromEntries(configs.map((one) => [one.name, one.value ?? ''])))
        return { name, topicId: name, error: 0, errorMessage: null, partitions, replicationFactor, configs: null }
      }) })) ??
      is(listOffsets, ({ topics }) => ({ throttleMs: 0, topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partition, timestamp }) => ({ partition, error: 0, timestamp: -1n, leaderEpoch: 0, offset: timestamp === -2n ? this.logStart : this.endOf(name, partition) })) })) })) ??
      is(offsetForLeaderEpoch, ({ topics }) => ({ throttleMs: 0, topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partition }) => ({ error: 0, partition, leaderEpoch: 0, endOffset: this.endOf(name, partition) })) })) })) ??
      is(fetch, ({ topics }) => ({ throttleMs: 0, error: 0, sessionId: 0, topics: topics.map(({ topicId, partitions }) => ({ topicId, partitions: partitions.map(({ partition, fetchOffset }) => {
        const records = Buffer.concat(this.topics.get(topicId)!.logs[partition]!.filter((one) => batchesOf(one)[0]!.lastOffset >= fetchOffset))
        const end = this.endOf(topicId, partition)
        return { partition, error: 0, highWatermark: end, lastStableOffset: end, logStartOffset: 0n, abortedTransactions: null, preferredReadReplica: -1, records }
      }) })) })) ??
      is(produce, ({ topics: [topic] }) => {
        const [{ partition, records }] = topic!.partitions as [{ partition: number; records: Buffer }]
        const fault = this.faults.shift()
        if (fault !== 'lost before') this.produced++
        const baseOffset = fault === 'lost before' ? 0n : this.append(topic!.name, partition, records)
        if (fault !== undefined) throw new TransportError(fault, { mayHaveActed: true })
        return { throttleMs: 0, topics: [{ name: topic!.name, partitions: [{ partition, error: 0, baseOffset, logAppendTimeMs: -1n, logStartOffset: 0n, recordErrors: [], errorMessage: null }] }] }
      })
    )
  } // prettier-ignore

  #configs(name: string) {
    const own = this.topics.get(name)?.configs ?? new Map<string, string>()
    const known = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'compression.type', 'message.timestamp.type', 'max.message.bytes', 'min.insync.replicas'] // prettier-ignore
    return known.map((setting) => ({ name: setting, value: own.get(setting) ?? '1', isReadOnly: false, source: own.has(setting) ? 1 : 5, isSensitive: false, synonyms: [], type: 2, documentation: null })) // prettier-ignore
  }
}

const { signal } = new AbortController()
const options = { signal, session: { guarded: async <T>(effect: (one: { readonly signal: AbortSignal; readonly beforeWrite: () => void }) => Promise<T>) => await effect({ signal, beforeWrite: () => undefined }) } } // prettier-ignore
const into = 'orders.salvaged'

/** Three batches' worth. */
const some = Array.from({ length: 12 }, (_, index): KafkaRecord => ({ offset: BigInt(40 + 2 * index), timestampMs: 1_600_000_000_000n - BigInt(index), key: null, value: Buffer.alloc(140_000, index), headers: [{ key: Buffer.from([0xf0 + index]), value: null }] })) // prettier-ignore

let cluster: LogCluster
beforeEach(() => {
  cluster = new LogCluster()
  cluster.make('orders', 2, { 'min.insync.replicas': '2' })
})

function aboutOf(topic = 'orders', records: readonly (readonly KafkaRecord[])[] = [some, []]): SalvageAbout {
  async function* recordsOf(partition: number): ReturnType<SalvageAbout['recordsOf']> {
    await Promise.resolve()
    yield* records[partition] ?? []
  }
  return {
    ...{ link: 'east-west', cluster: { name: 'east', clusterId: 'EAST' }, topic, topicId: 'a', mirrorTopic: 'orders' },
    partitions: records.map((_, partition) => ({ partition, from: 40n, to: 70n })),
    recordsOf,
  }
}

function store(nameOf: (topic: string) => string = () => into) {
  return salvageTopic(cluster as unknown as Cluster, nameOf, { time: { ...cluster.time, wait: cluster.wait } })
}

/** Saves all of it, and reads it again. */
async function save(about = aboutOf()): Promise<readonly Omit<SavedPartition, 'from' | 'to'>[]> {
  const { write, read } = await store().open(about, options)
  return await Promise.all(
    about.partitions.map(async ({ partition }) => {
      const written = await write(partition, about.recordsOf(partition))
      expect(await read(partition)).toEqual(written)
      return { partition, ...written }
    }),
  )
}

function offsetsIn(partition = 0): readonly string[] {
  const saved = cluster.topics.get(into)!.logs[partition]!.flatMap((one) => recordsOf(batchesOf(one)[0]!))
  return saved.map(({ headers }) => String(headers.at(-1)?.value))
}
const wanted = some.map(({ offset }) => offset.toString())

describe('a salvage in a topic', () => {
  it('is made as the topic that goes on stands, and has the digest of the lines', async () => {
    await store().look(aboutOf(), options)
    expect([...cluster.topics.keys()]).toEqual(['orders'])
    const [first, second] = await save()
    expect(first).toEqual({ partition: 0, ...(await digestOf(linesOf(aboutOf().recordsOf(0)))) })
    expect(second).toMatchObject({ records: 0n })
    expect(offsetsIn()).toEqual(wanted)
    expect(cluster.produced).toBe(3)
    expect(Object.fromEntries(cluster.topics.get(into)!.configs)).toEqual({ 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1', 'compression.type': 'producer', 'message.timestamp.type': 'CreateTime', 'max.message.bytes': '104857600', 'min.insync.replicas': '2' }) // prettier-ignore
  })

  it('has each record once when answers were lost, whether the batch had arrived or not', async () => {
    cluster.faults.push('lost after', 'lost before', 'lost before', 'lost after')
    await save()
    expect(offsetsIn()).toEqual(wanted)
    expect(cluster.produced).toBe(3)
  })

  it('is gone on with where one was cut, and behind what has come since; nothing is done for one that stands', async () => {
    const { write } = await store().open(aboutOf(), options)
    async function* cut(): AsyncGenerator<KafkaRecord> {
      await Promise.resolve()
      yield* some.slice(0, 9)
      throw new Error('cut')
    }
    await expect(write(0, cut())).rejects.toThrow('cut')
    expect(offsetsIn()).toEqual(wanted.slice(0, 8))
    await store().look(aboutOf(), options)
    await save()
    expect(offsetsIn()).toEqual(wanted)
    const { produced } = cluster
    await save()
    expect(cluster.produced).toBe(produced)
    await save(aboutOf('orders', [[...some, { ...some[0]!, offset: 99n }], []]))
    expect(offsetsIn()).toEqual([...wanted, '99'])
  })

  it('is not equal to records that do not say where they stood', async () => {
    const first: KafkaRecord = { offset: 0n, timestampMs: 0n, key: null, value: null, headers: [] }
    const about = aboutOf('orders', [[first]])
    const { read, write } = await store().open(about, options)
    const producer = { producerId: -1n, producerEpoch: -1 }
    const bare = batchFromRecords([first], { producer, baseSequence: -1, timestampMs: 0n, isTransactional: false })
    cluster.append(into, 0, bare)
    expect(await read(0)).not.toEqual(await digestOf(linesOf(about.recordsOf(0))))
    await expect(write(0, about.recordsOf(0))).rejects.toMatchObject({ code: 'GR-SALVAGE-TAKEN' })
  })

  it.each([
    ['another setting', () => { cluster.topics.get(into)!.configs.set('retention.ms', '1000') }, 'has retention.ms=1000, and would be made with -1'],
    ['a setting less', () => { cluster.topics.get(into)!.configs.delete('cleanup.policy') }, 'has no cleanup.policy of its own'],
    ['a partition more', () => { cluster.topics.get(into)!.logs.push([]) }, 'has 3 partitions'],
    ['records in a partition that is to have none', () => { cluster.append(into, 1, cluster.topics.get(into)!.logs[0]![0]!) }, 'holds at offset 0 of partition 1'],
    ['a record more', () => { cluster.append(into, 0, cluster.topics.get(into)!.logs[0]![0]!) }, 'holds at offset 12 of partition 0'],
    ['a log that begins late', () => { cluster.logStart = 1n }, 'holds at offset 0 of partition 0'],
    ['the records of another', () => { some[3]!.value![0] = 1 }, 'holds at offset 3 of partition 0'],
    ['another key of a header', () => { some[3]!.headers[0]!.key[0] = 0xff }, 'holds at offset 3 of partition 0'],
  ])('with %s is left alone', async (_what, change, why) => {
    await save()
    const [before, key] = [some[3]!.value![0]!, some[3]!.headers[0]!.key[0]!]
    change()
    const ends = [0, 1].map((partition) => cluster.endOf(into, partition))
    try {
      for (const one of [store().look(aboutOf(), options), store().open(aboutOf(), options)]) {
        await expect(one).rejects.toMatchObject({ kind: 'refused', code: 'GR-SALVAGE-TAKEN', message: expect.stringContaining(why) as string }) // prettier-ignore
      }
    } finally {
      some[3]!.value![0] = before
      some[3]!.headers[0]!.key[0] = key
    }
    expect([0, 1].map((partition) => cluster.endOf(into, partition))).toEqual(ends)
  }) // prettier-ignore

  it('is of one topic, and has a name that a topic can have', async () => {
    const one = store()
    await one.look(aboutOf(), options)
    await one.look(aboutOf(), options)
    await expect(one.look(aboutOf('payments'), options)).rejects.toMatchObject({ code: 'GR-SALVAGE-TAKEN', message: expect.stringContaining('would hold "orders" and "payments"') as string }) // prettier-ignore
    await expect(store((topic) => topic.repeat(50)).look(aboutOf(), options)).rejects.toMatchObject({ code: 'GR-SALVAGE-TAKEN' }) // prettier-ignore
  })
})
