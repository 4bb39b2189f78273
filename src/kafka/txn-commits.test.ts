import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { answerOf, fakeBroker, ordinary } from '../../test/support/fake-broker.ts'
import { offset } from '../core/offset.ts'
import { Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { offsetsPartitionOf } from './offsets-partition.ts'
import { commitGroups } from './txn-commits.ts'
import { metadata } from './wire/messages/metadata.ts'
import { txnOffsetCommit } from './wire/messages/txn-offset-commit.ts'
import { noUuid } from './wire/schema.ts'

// What real brokers make of it: test/cluster/kafka-transactor.test.ts.

const commits = (error: number): Buffer =>
  answerOf(txnOffsetCommit, { throttleMs: 0, topics: [{ name: 'orders', partitions: [{ partition: 0, error }] }] })

const names = Array.from({ length: 300 }, (_, index) => `billing-${String(index).padStart(3, '0')}`)

it.each([1, 3])(
  'begins each of %d partitions with one group alone: a broker that is asking for its transaction lets go what else comes',
  async (partitions) => {
    const states = new Map<number, 'asking' | 'known'>()
    const seen = { refused: 0, taken: [] as number[] }
    const added: number[] = []
    const answers = await commitAll(partitions, {
      answer: (partition) => {
        if (states.get(partition) === 'asking') {
          seen.refused++
          return commits(14) // COORDINATOR_LOAD_IN_PROGRESS
        }
        if (!states.has(partition)) {
          states.set(partition, 'asking')
          setImmediate(() => states.set(partition, 'known'))
        }
        seen.taken.push(partition)
        return commits(0)
      },
      onAdded: (partition) => { added.push(partition) }, // prettier-ignore
    })
    expect(seen.refused).toBe(0)
    expect(seen.taken).toHaveLength(names.length)
    expect(added.toSorted((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, partition) => partition))
    expect(answers).toEqual(new Map(names.map((name) => [name, undefined])))
  },
)

it('commits in several partitions side by side: a broker works on each of them with one thread', async () => {
  const taken: number[] = []
  await commitAll(2, {
    answer: (partition) => {
      taken.push(partition)
      return commits(0)
    },
  })
  // In their turns, but for those of the first that were on their way when the second had begun.
  const second = taken.findIndex((partition) => partition !== taken[0])
  const share = taken.slice(second + 70, second + 170).filter((partition) => partition === taken[0]).length
  expect(share).toBeGreaterThan(25)
  expect(share).toBeLessThan(75)
})

it('ends with what was refused to the producer, and begins no other partition', async () => {
  const added: number[] = []
  const done = commitAll(3, { answer: () => commits(90), onAdded: (partition) => { added.push(partition) } }) // prettier-ignore
  await expect(done).rejects.toThrow(BrokerError)
  expect(added).toHaveLength(1)
})

/** To a broker that is the coordinator of all groups, and has __consumer_offsets in so many partitions. */
async function commitAll(
  partitionCount: number,
  on: { readonly answer: (partition: number) => Buffer; readonly onAdded?: (partition: number) => void },
): ReturnType<typeof commitGroups> {
  const broker = ordinary(({ apiKey, port, frame }) => {
    if (apiKey === txnOffsetCommit.apiKey) {
      const group = names.find((name) => frame.includes(name)) ?? ''
      return on.answer(offsetsPartitionOf(group, partitionCount))
    }
    if (apiKey !== metadata.apiKey) return 'as usual'
    const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ error: 0, partition, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], offline: [] })) // prettier-ignore
    const topic = { error: 0, name: '__consumer_offsets', topicId: noUuid, isInternal: true, partitions, authorizedOperations: 0 } // prettier-ignore
    const brokers = [{ nodeId: 1, host: '127.0.0.1', port, rack: null }]
    return answerOf(metadata, { throttleMs: 0, brokers, clusterId: 'fake', controllerId: 1, topics: [topic] })
  })
  await using server = await fakeBroker(broker)
  const settings = { name: 'east', bootstrap: [`127.0.0.1:${server.port}`], region: undefined, tls: undefined, sasl: undefined } // prettier-ignore
  await using cluster = new Cluster(settings, { wait: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }) // prettier-ignore
  const offsets = [{ topic: 'orders', partition: 0, offset: offset(7n) }]
  return await commitGroups(
    cluster,
    { transactionalId: 'move', producerId: 1n, producerEpoch: 0 },
    new Map(names.map((name) => [name, offsets])),
    {
      signal: AbortSignal.timeout(10_000),
      coordinators: new Map(names.map((name) => [name, 1])),
      addOffsets: async (group) => {
        on.onAdded?.(offsetsPartitionOf(group, partitionCount))
        await Promise.resolve()
      },
    },
  )
}
