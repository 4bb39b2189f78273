import { topicRight } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { deniedError } from './denied.ts'
import { BrokerError, isDenied } from './error-codes.ts'
import { findLeaders } from './leaders.ts'
import { fetchOne } from './fetch-one.ts'
import type { Batch } from './records/batch.ts'
import type { TopicPartition } from './topic-partition.ts'

const tailBytes = 8 * 1024 * 1024

/**
 * The stored batches of one partition from an offset on, markers included, as far as one fetch reaches.
 *
 * @throws BrokerError, TransportError
 */
export async function batchesFrom(
  cluster: Cluster,
  from: TopicPartition & { readonly offset: bigint },
  options: { readonly signal: AbortSignal },
): Promise<readonly Batch[]> {
  const what = `partition ${from.partition} of topic "${from.topic}" on cluster "${cluster.name}"`
  const { led, leaderless } = await findLeaders(cluster, [from], { ...options, needs: 'Read' })
  const [at] = led
  if (at === undefined) throw leaderless[0]?.denied ?? new BrokerError(what, leaderless[0]?.error ?? -1)
  const fetched = await fetchOne(
    cluster,
    at,
    { offset: from.offset, maxBytes: tailBytes, maxWaitMs: 0, isolation: 'uncommitted' },
    options,
  )
  if (!('batches' in fetched)) {
    if (isDenied(fetched.error)) throw deniedError(cluster, fetched.error, topicRight('Read', from.topic))
    throw new BrokerError(what, fetched.error)
  }
  return fetched.batches
}
