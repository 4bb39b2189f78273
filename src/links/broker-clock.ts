import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { deniedError } from '../kafka/denied.ts'
import { BrokerError, isDenied, isLeaderMoved } from '../kafka/error-codes.ts'
import { findLeaders } from '../kafka/leaders.ts'
import { batchFromRecords } from '../kafka/records/record.ts'
import { produce } from '../kafka/wire/messages/produce.ts'
import { statePartition, stateTopic } from './state-topic.ts'

const attempts = 50
const againMs = 100
const produceTimeoutMs = 5_000
const noProducer = { producerId: -1n, producerEpoch: -1 } as const

/**
 * What time it is by the clock that stamps the state topic: that of its leader. A tombstone under a key that nobody reads is appended, and its append
 * time comes back, so that the ages of locks are differences on one clock. What a lost answer leaves behind is compacted away.
 *
 * @throws DeniedError; GeorepError "failed" when the topic does not take append times any more
 */
export async function brokerNow(cluster: Cluster, options: { readonly signal: AbortSignal }): Promise<Date> {
  const records = batchFromRecords([{ key: Buffer.from('clock'), value: null }], {
    timestampMs: 0n,
    producer: noProducer,
    baseSequence: -1,
    isTransactional: false,
  })
  const request = {
    transactionalId: null,
    acks: -1,
    timeoutMs: produceTimeoutMs,
    topics: [{ name: stateTopic, partitions: [{ partition: statePartition.partition, records }] }],
  }
  for (let attempt = 1; ; attempt++) {
    const { led } = await findLeaders(cluster, [statePartition], { ...options, needs: 'Write' })
    const leader = led[0]?.leader
    if (leader !== undefined) {
      const answer = await cluster.sendTo(leader, produce, request, options)
      const result = answer.topics[0]?.partitions[0]
      const error = result?.error ?? -1
      if (error === 0 && result !== undefined && result.logAppendTimeMs >= 0n) {
        return new Date(Number(result.logAppendTimeMs))
      }
      if (error === 0) throw noAppendTime(cluster)
      if (isDenied(error)) throw deniedError(cluster, error, topicRight('Write', stateTopic))
      if (!isLeaderMoved(error)) throw new BrokerError(`topic "${stateTopic}" on cluster "${cluster.name}"`, error)
    }
    if (attempt === attempts) throw new BrokerError(`topic "${stateTopic}" on cluster "${cluster.name}"`, 5)
    await cluster.wait(againMs, options.signal)
  }
}

function noAppendTime({ name }: Cluster): GeorepError {
  return new GeorepError(
    'failed',
    'GR-STATE-TIMES',
    `topic "${stateTopic}" on cluster "${name}" takes no append times`,
    {
      stateNow: 'the age of a lock cannot be told; somebody has changed message.timestamp.type of the topic',
      next: `set message.timestamp.type=LogAppendTime on topic "${stateTopic}" of cluster "${name}"`,
    },
  )
}
