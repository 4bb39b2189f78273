import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Cluster } from '../../src/kafka/cluster.ts'
import { BrokerError, Code } from '../../src/kafka/error-codes.ts'
import { commitsOfGroups, committedOffsets, listGroups, removeGroups } from '../../src/kafka/groups.ts'
import { logBounds, logEnds } from '../../src/kafka/offsets.ts'
import { newProducerId, producerStates } from '../../src/kafka/producers.ts'
import { readRange } from '../../src/kafka/read.ts'
import { clusterRights } from '../../src/kafka/rights.ts'
import { alterTopicConfigs, createTopic, deleteTopic, topicConfigs } from '../../src/kafka/topics.ts'
import { commit } from './support/commits.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { committedNow, consumed, createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'

// What the layer says of a cluster, and what it does to it, held against kafkajs's own clients.
const { east } = sharedClusters()
const { bootstrap } = east
const signal = AbortSignal.timeout(120_000)
const client = kafkajsClient(bootstrap)

let cluster: Cluster
beforeAll(() => {
  cluster = layer(east)
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
})

async function produce(topic: string, partition: number, values: readonly string[]): Promise<void> {
  const producer = client.producer({ createPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ partition, value })) })
  await producer.disconnect()
}

/** In a transaction, because kafkajs's admin client joins the group for it, which takes 5 s. */
async function commitByKafkajs(
  consumerGroupId: string,
  at: { topic: string; partition: number; offset: string },
): Promise<void> {
  const producer = client.producer({
    createPartitioner,
    transactionalId: consumerGroupId,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  const { topic, ...partition } = at
  await transaction.sendOffsets({ consumerGroupId, topics: [{ topic, partitions: [partition] }] })
  await transaction.commit()
  await producer.disconnect()
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => String(n))

describe('log bounds', () => {
  it('are those that the admin client sees, for many partitions at once', async () => {
    const topic = await createdTopic(bootstrap, { partitions: 3 })
    await produce(topic, 0, numbers(7))
    await produce(topic, 2, numbers(3))
    const expected = await withAdmin(bootstrap, async (admin) => {
      await admin.fetchTopicOffsets(topic) // kafkajs needs the metadata first
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
      return (await admin.fetchTopicOffsets(topic)).toSorted((a, b) => a.partition - b.partition)
    })
    expect(expected.map(({ low, high }) => [low, high])).toEqual([['4', '7'], ['0', '0'], ['0', '3']]) // prettier-ignore
    const all = [0, 1, 2].map((partition) => ({ topic, partition }))
    const [starts, ends, highs] = await Promise.all([
      logBounds(cluster, all, 'logStart', { signal }),
      logEnds(cluster, all, { signal }),
      logBounds(cluster, all, 'highWatermark', { signal }),
    ])
    for (const { partition, low, high } of expected) {
      expect(starts.get(`${topic}/${partition}`)).toBe(BigInt(low))
      expect(highs.get(`${topic}/${partition}`)).toBe(BigInt(high))
      expect(ends.get(`${topic}/${partition}`)).toEqual({ offset: BigInt(high), leaderEpoch: 0 })
    }
  })

  it('say where an open transaction holds readers back, and who holds it', async () => {
    const topic = await createdTopic(bootstrap)
    await produce(topic, 0, numbers(2))
    const producer = client.producer({
      createPartitioner,
      transactionalId: topic,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'open' }] })
    const at = [{ topic, partition: 0 }]
    const key = `${topic}/0` as const
    expect((await logBounds(cluster, at, 'lastStableOffset', { signal })).get(key)).toBe(2n)
    expect((await logBounds(cluster, at, 'highWatermark', { signal })).get(key)).toBe(3n)
    const open = async (): Promise<readonly bigint[]> => {
      const states = (await producerStates(cluster, at, { signal })).get(key)
      if (states === undefined || states instanceof BrokerError) throw new Error('no states')
      return states.filter(({ openFrom }) => openFrom !== undefined).map(({ producerId }) => producerId)
    }
    expect(await open()).toHaveLength(1)
    await transaction.abort()
    await producer.disconnect()
    await eventually('no transaction is open', async () => (await open()).length === 0)
    expect((await logBounds(cluster, at, 'lastStableOffset', { signal })).get(key)).toBe(4n)
  })

  it('of a topic or partition that is not there are an error of their own', async () => {
    const topic = await createdTopic(bootstrap)
    const missing = unique('missing')
    const asked = [{ topic, partition: 0 }, { topic, partition: 9 }, { topic: missing, partition: 0 }] // prettier-ignore
    const ends = await logEnds(cluster, asked, { signal })
    expect(ends.get(`${topic}/0`)).toEqual({ offset: 0n, leaderEpoch: 0 })
    for (const key of [`${topic}/9`, `${missing}/0`] as const) {
      expect(ends.get(key)).toBeInstanceOf(BrokerError)
      expect(ends.get(key)).toMatchObject({ errorCode: Code.unknownTopicOrPartition })
    }
  })
})

describe('readRange', () => {
  it('gives what a read-committed consumer gets, record by record', async () => {
    const topic = await createdTopic(bootstrap)
    const plain = client.producer({ createPartitioner })
    const transactional = client.producer({
      createPartitioner,
      transactionalId: topic,
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await Promise.all([plain.connect(), transactional.connect()])
    await plain.send({ topic, messages: [{ key: 'a', value: 'one', headers: { h: 'x', empty: '' } }, { key: null, value: null }] }) // prettier-ignore
    for (const [kind, value] of [
      ['commit', 'kept'],
      ['abort', 'dropped'],
      ['commit', 'kept too'],
    ] as const) {
      // prettier-ignore
      const transaction = await transactional.transaction()
      await transaction.send({
        topic,
        messages: [
          { key: 'first', value },
          { key: 'second', value },
        ],
      })
      // In between, so that what is aborted and what is not overlap.
      await plain.send({ topic, messages: [{ key: 'between', value: `while ${kind}` }] })
      await transaction[kind]()
    }
    await plain.send({ topic, compression: kafkajs.CompressionTypes.GZIP, messages: numbers(50).map((value) => ({ value: value.repeat(40) })) }) // prettier-ignore
    await Promise.all([plain.disconnect(), transactional.disconnect()])
    const expected = await consumed(bootstrap, topic, 2 + 2 + 2 + 3 + 50)
    expect(expected.map(({ value }) => value)).not.toContain('dropped')
    const [end] = await withAdmin(bootstrap, async (admin) => await admin.fetchTopicOffsets(topic))

    const read = async (from: bigint, to: bigint): Promise<readonly object[]> => {
      const found: object[] = []
      for await (const record of readRange(cluster, { topic, partition: 0 }, { from, to }, { signal })) {
        found.push({
          offset: record.offset.toString(),
          timestamp: record.timestampMs.toString(),
          key: record.key?.toString() ?? null,
          value: record.value?.toString() ?? null,
          headers: Object.fromEntries(record.headers.map(({ key, value }) => [key.toString(), value?.toString()])),
        })
      }
      return found
    }
    expect(await read(0n, BigInt(end!.high))).toEqual(expected)
    // From and to in the middle of batches.
    const [from, to] = [3n, BigInt(end!.high) - 20n]
    const within = expected.filter((record) => BigInt(record.offset) >= from && BigInt(record.offset) < to)
    expect(await read(from, to)).toEqual(within)
    expect(await read(5n, 5n)).toEqual([])
  })

  it('refuses a start that is not in the log', async () => {
    const topic = await createdTopic(bootstrap)
    const records = readRange(cluster, { topic, partition: 0 }, { from: 5n, to: 6n }, { signal })
    await expect(records.next()).rejects.toMatchObject({ name: 'BrokerError', errorCode: Code.offsetOutOfRange })
  })

  it('waits for records that are not there yet, until the signal', async () => {
    const topic = await createdTopic(bootstrap)
    const reason = new Error('enough')
    const stop = new AbortController()
    setTimeout(() => { stop.abort(reason) }, 700) // prettier-ignore
    const started = performance.now()
    const records = readRange(cluster, { topic, partition: 0 }, { from: 0n, to: 1n }, { signal: stop.signal })
    await expect(records.next()).rejects.toBe(reason)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('group offsets', () => {
  it('are committed, and read, as the admin client sees them', async () => {
    const topic = await createdTopic(bootstrap, { partitions: 2 })
    const [group, other, none] = [unique('group'), unique('group'), unique('group')]
    await commit(cluster, group, topic, [10, 11])
    await commitByKafkajs(other, { topic, partition: 1, offset: '5' })
    const seen = await withAdmin(
      bootstrap,
      async (admin) => await admin.fetchOffsets({ groupId: group, topics: [topic] }),
    )
    expect(seen[0]?.partitions.map((one) => [one.partition, one.offset])).toEqual([[0, '10'], [1, '11']]) // prettier-ignore
    const found = await committedOffsets(cluster, [group, other, none], { signal })
    expect(found.get(group)).toEqual(new Map([[`${topic}/0`, 10n], [`${topic}/1`, 11n]])) // prettier-ignore
    expect(found.get(other)).toEqual(new Map([[`${topic}/1`, 5n]]))
    expect(found.get(none)).toEqual(new Map())

    const listed = await listGroups(cluster, { signal })
    const byAdmin = await withAdmin(bootstrap, async (admin) => (await admin.listGroups()).groups)
    const mine = (name: string): boolean => [group, other].includes(name)
    expect(
      listed
        .filter((one) => mine(one.group))
        .map((one) => one.group)
        .toSorted(),
    ).toEqual(
      byAdmin
        .filter((one) => mine(one.groupId))
        .map((one) => one.groupId)
        .toSorted(),
    )
    expect(await removeGroups(cluster, [group, none], { signal })).toEqual(new Map())
    const after = await withAdmin(bootstrap, async (admin) => (await admin.listGroups()).groups)
    expect(after.map(({ groupId }) => groupId)).not.toContain(group)
    expect(after.map(({ groupId }) => groupId)).toContain(other)
  })

  it('of an open transaction are waited for when they are asked for by name, even where nothing was committed before', async () => {
    const [topic, group] = [await createdTopic(bootstrap), unique('group')]
    const producer = client.producer({ createPartitioner, transactionalId: group, idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions: [{ partition: 0, offset: '7' }] }] }) // prettier-ignore
    // A broker lists no commit that is a group's first one and is open: a move that looked there would take itself for undone.
    expect((await commitsOfGroups(cluster, [group], { signal })).get(group)).toEqual(new Map())
    const of = new Map([[group, [{ topic, partition: 0 }]]])
    const [found] = await Promise.all([
      commitsOfGroups(cluster, [group], { signal, of }),
      cluster.wait(300, signal).then(async () => { await transaction.commit() }), // prettier-ignore
    ])
    expect(found.get(group)).toEqual(new Map([[`${topic}/0`, { offset: 7n, metadata: '' }]]))
    await producer.disconnect()
  })

  it('of a group that reads are left, and the group is not removed', async () => {
    const topic = await createdTopic(bootstrap)
    await produce(topic, 0, numbers(3))
    const groupId = unique('group')
    const consumer = client.consumer({ groupId, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async () => { await Promise.resolve() } }) // prettier-ignore
    try {
      await eventually(
        'the consumer has committed',
        async () => (await committedNow(bootstrap, groupId, topic)) === '3',
      )
      expect((await removeGroups(cluster, [groupId], { signal })).get(groupId)).toMatchObject({ errorCode: 68 })
      expect(await committedNow(bootstrap, groupId, topic)).toBe('3')
    } finally {
      await consumer.disconnect()
    }
  })
})

describe('topics', () => {
  it('are created, changed and deleted as the admin client sees them', async () => {
    const name = unique('topic')
    const topic = { name, partitions: 2, replicationFactor: 1, configs: new Map([['retention.ms', '5000']]) }
    expect(await createTopic(cluster, topic, { signal, isValidateOnly: true })).toMatchObject({
      topicId: expect.any(String) as string,
    })
    const names = async (): Promise<readonly string[]> =>
      await withAdmin(bootstrap, async (admin) => await admin.listTopics())
    expect(await names()).not.toContain(name)
    const created = await createTopic(cluster, topic, { signal })
    expect(await createTopic(cluster, { ...topic, partitions: 7 }, { signal })).toBe('exists')
    await eventually('the topic is there', async () => (await names()).includes(name))
    const { topics } = await cluster.metadata([name], { signal })
    expect(topics.get(name)).toMatchObject({ topicId: (created as { topicId: string }).topicId })
    expect(topics.get(name)?.partitions).toHaveLength(2)

    await alterTopicConfigs(cluster, name, new Map([['max.message.bytes', '123456'], ['retention.ms', undefined]]), { signal }) // prettier-ignore
    const own = async (): Promise<unknown> =>
      await withAdmin(bootstrap, async (admin) => {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
        })
        const entries = resources[0]!.configEntries as {
          configName: string
          configValue: string
          configSource: number
        }[]
        return entries
          .filter(({ configSource }) => configSource === 1)
          .map((entry) => [entry.configName, entry.configValue])
      })
    // The controller has the change when it says so; the broker that is asked hears of it after that.
    await vi.waitFor(async () => { expect(await own()).toEqual([['max.message.bytes', '123456']]) }, { timeout: 20_000 }) // prettier-ignore
    const read = (await topicConfigs(cluster, [name], { signal })).get(name)!
    expect([...read].filter(([, { isOwn }]) => isOwn)).toEqual([
      ['max.message.bytes', { value: '123456', isOwn: true, isDefault: false }],
    ])
    await expect(
      alterTopicConfigs(cluster, name, new Map([['retention.ms', 'soon']]), { signal }),
    ).rejects.toMatchObject({ kind: 'failed' })

    const at = { name, topicId: (created as { topicId: string }).topicId }
    expect(await deleteTopic(cluster, { ...at, topicId: '0123456789abcdef0123456789abcdef' }, { signal })).toBe(false)
    expect(await names()).toContain(name)
    expect(await deleteTopic(cluster, at, { signal })).toBe(true)
    await eventually('the topic is gone', async () => !(await names()).includes(name))
    expect(await deleteTopic(cluster, at, { signal })).toBe(false)
  })

  it('that are not there have no configuration', async () => {
    await expect(topicConfigs(cluster, [unique('missing')], { signal })).rejects.toMatchObject({ kind: 'failed' })
  })
})

it('gives producer ids that nobody else has', async () => {
  const ids = await Promise.all(numbers(5).map(async () => await newProducerId(cluster, { signal })))
  expect(new Set(ids.map(({ producerId }) => producerId)).size).toBe(5)
})

it('knows what the broker permits', async () => {
  expect(await clusterRights(cluster, { signal })).toContain('Alter')
})

it('names the cluster by the id that the admin client sees', async () => {
  const { clusterId } = await withAdmin(bootstrap, async (admin) => await admin.describeCluster())
  expect((await cluster.metadata([], { signal })).clusterId).toBe(clusterId)
})
