import { afterAll, beforeAll, expect, it } from 'vitest'
import { AbortMarkers } from '../../src/kafka/abort-markers.ts'
import type { Cluster } from '../../src/kafka/cluster.ts'
import type { TopicPartition } from '../../src/kafka/topic-partition.ts'
import { FencedError } from '../../src/kafka/held-id.ts'
import { TransportError } from '../../src/kafka/wire/connection.ts'
import { addPartitionsToTxn } from '../../src/kafka/wire/messages/add-partitions-to-txn.ts'
import { endTxn } from '../../src/kafka/wire/messages/end-txn.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { endsOf } from './support/log-content.ts'
import { consumed, createdTopic, layer } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'

// What AbortMarkers appends, and what it must not be able to append, observed with kafkajs's clients.

const { east } = sharedClusters()
const { bootstrap } = east
const signal = AbortSignal.timeout(240_000)
const options = { signal, beforeWrite: () => undefined, onTrouble: () => undefined }
const none = new Map()

let cluster: Cluster
beforeAll(() => {
  cluster = layer(east)
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
})

const places = (topic: string, ...partitions: readonly number[]): readonly TopicPartition[] => partitions.map((partition) => ({ topic, partition })) // prettier-ignore

async function produce(topic: string, value: string): Promise<void> {
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: [{ partition: 0, value }] })
  await producer.disconnect()
}

it('appends one marker to each partition in a call, which stands there when it returns and which no consumer sees', async () => {
  const topic = await createdTopic(bootstrap, { partitions: 3 })
  const markers = await AbortMarkers.take(cluster, unique('hide'), { signal })
  await produce(topic, 'first')
  for (const [round, partitions] of [[0, 1, 2], [0], [0, 2]].entries()) {
    expect(await markers.append(places(topic, ...partitions), options)).toEqual(none)
    expect(await endsOf(bootstrap, topic)).toEqual([[2, 1, 1], [3, 1, 1], [4, 1, 2]][round])
  }
  await produce(topic, 'last')
  const seen = await consumed(bootstrap, topic, 2)
  expect(seen.map(({ offset, value }) => [offset, value])).toEqual([['0', 'first'], ['4', 'last']]) // prettier-ignore
}) // prettier-ignore

it('holds up no reader while its transaction is open', async () => {
  const topic = await createdTopic(bootstrap)
  const markers = await AbortMarkers.take(cluster, unique('hide'), { signal })
  const sendTo = cluster.sendTo.bind(cluster)
  const held = cluster as { sendTo: typeof cluster.sendTo }
  held.sendTo = async (nodeId, message, request, how) => {
    if ((message as unknown) === endTxn) {
      held.sendTo = sendTo
      // Between AddPartitionsToTxn and EndTxn: what is written is read at once.
      await produce(topic, 'beside')
      expect((await consumed(bootstrap, topic, 1)).map(({ offset }) => offset)).toEqual(['0'])
    }
    return await sendTo(nodeId, message, request, how)
  }
  expect(await markers.append(places(topic, 0), options)).toEqual(none)
  expect(await endsOf(bootstrap, topic)).toEqual([2])
})

it('leaves out a topic that is not there, and goes on with the others', async () => {
  const topic = await createdTopic(bootstrap)
  const markers = await AbortMarkers.take(cluster, unique('hide'), { signal })
  const all = [...places(unique('gone'), 0), ...places(topic, 0)]
  expect([...(await markers.append(all, options)).values()]).toEqual([3])
  expect(await endsOf(bootstrap, topic)).toEqual([1])
})

it('has what was begun ended when another takes the id over, and refuses its holder from then on', async () => {
  const topic = await createdTopic(bootstrap)
  const id = unique('hide')
  const markers = await AbortMarkers.take(cluster, id, { signal })
  let other: AbortMarkers | undefined
  const sendTo = cluster.sendTo.bind(cluster)
  const held = cluster as { sendTo: typeof cluster.sendTo }
  held.sendTo = async (nodeId, message, request, how) => {
    if ((message as unknown) === endTxn) {
      held.sendTo = sendTo
      other = await AbortMarkers.take(cluster, id, { signal })
      expect(await endsOf(bootstrap, topic)).toEqual([1])
    }
    return await sendTo(nodeId, message, request, how)
  }
  await expect(markers.append(places(topic, 0), options)).rejects.toBeInstanceOf(FencedError)
  await expect(markers.append(places(topic, 0), options)).rejects.toBeInstanceOf(FencedError)
  expect(await endsOf(bootstrap, topic)).toEqual([1])
  expect(await other?.append(places(topic, 0), options)).toEqual(none)
  expect(await endsOf(bootstrap, topic)).toEqual([2])
})

it.each([addPartitionsToTxn, endTxn])('knows what came of it where the answer to $name was lost, and goes on', async (lost) => {
  const topic = await createdTopic(bootstrap)
  const markers = await AbortMarkers.take(cluster, unique('hide'), { signal })
  const sendTo = cluster.sendTo.bind(cluster)
  const held = cluster as { sendTo: typeof cluster.sendTo }
  held.sendTo = async (nodeId, message, request, how) => {
    const answer = await sendTo(nodeId, message, request, how)
    if ((message as unknown) !== lost) return answer
    held.sendTo = sendTo
    throw new TransportError('lost', { mayHaveActed: true })
  }
  await markers.append(places(topic, 0), options).catch(() => undefined)
  expect(await endsOf(bootstrap, topic)).toEqual([1])
  expect(await markers.append(places(topic, 0), options)).toEqual(none)
  expect(await endsOf(bootstrap, topic)).toEqual([2])
}) // prettier-ignore
