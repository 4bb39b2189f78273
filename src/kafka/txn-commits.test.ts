import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { answerOf, fakeBroker, ordinary } from '../../test/support/fake-broker.ts'
import { offset } from '../core/offset.ts'
import { Cluster } from './cluster.ts'
import { commitGroups } from './txn-commits.ts'
import { metadata } from './wire/messages/metadata.ts'
import { txnOffsetCommit } from './wire/messages/txn-offset-commit.ts'
import { noUuid } from './wire/schema.ts'

// What real brokers make of it: test/cluster/kafka-transactor.test.ts.

const commits = (error: number): Buffer =>
  answerOf(txnOffsetCommit, { throttleMs: 0, topics: [{ name: 'orders', partitions: [{ partition: 0, error }] }] })

it('begins a partition with one group alone: a broker that is asking for its transaction lets go what else comes', async () => {
  let state: 'new' | 'asking' | 'known' = 'new'
  const seen = { refused: 0, taken: 0 }
  const broker = ordinary(({ apiKey, port }) => {
    if (apiKey === metadata.apiKey) {
      const partition = { error: 0, partition: 0, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offline: [] }
      const topic = { error: 0, name: '__consumer_offsets', topicId: noUuid, isInternal: true, partitions: [partition], authorizedOperations: 0 } // prettier-ignore
      const brokers = [{ nodeId: 1, host: '127.0.0.1', port, rack: null }]
      return answerOf(metadata, { throttleMs: 0, brokers, clusterId: 'fake', controllerId: 1, topics: [topic] })
    }
    if (apiKey !== txnOffsetCommit.apiKey) return 'as usual'
    if (state === 'asking') {
      seen.refused++
      return commits(14) // COORDINATOR_LOAD_IN_PROGRESS
    }
    if (state === 'new') {
      state = 'asking'
      setImmediate(() => (state = 'known'))
    }
    seen.taken++
    return commits(0)
  })
  await using server = await fakeBroker(broker)
  const settings = { name: 'east', bootstrap: [`127.0.0.1:${server.port}`], region: undefined, tls: undefined, sasl: undefined } // prettier-ignore
  await using cluster = new Cluster(settings, { wait: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }) // prettier-ignore
  const names = Array.from({ length: 100 }, (_, index) => `billing-${index}`)
  const offsets = [{ topic: 'orders', partition: 0, offset: offset(7n) }]
  const added: string[] = []
  const answers = await commitGroups(
    cluster,
    { transactionalId: 'move', producerId: 1n, producerEpoch: 0 },
    new Map(names.map((name) => [name, offsets])),
    {
      signal: AbortSignal.timeout(10_000),
      coordinators: new Map(names.map((name) => [name, 1])),
      addOffsets: async (group) => { added.push(group); await Promise.resolve() }, // prettier-ignore
    },
  )
  expect(seen).toEqual({ refused: 0, taken: 100 })
  expect(added).toHaveLength(1)
  expect(answers).toEqual(new Map(names.map((name) => [name, undefined])))
})
