import { type OffsetSync, SyncRuns } from '../../core/sync-runs.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { decodeOffsetSync } from './internal-records.ts'
import { readInternal } from './internal-log.ts'

/** What was told of partitions of the source, or why that is not known. */
export type ToldSyncs = { readonly runs: ReadonlyMap<PartitionKey, SyncRuns> } | { readonly none: string }

/**
 * All offset syncs of some partitions, in one reading of the topic. What is no sync is passed over.
 *
 * @throws DeniedError when the topic may not be read
 */
export async function offsetSyncs(
  cluster: Cluster,
  topic: string,
  wanted: ReadonlySet<PartitionKey>,
  options: { readonly signal: AbortSignal },
): Promise<ToldSyncs> {
  const told = new Map<PartitionKey, OffsetSync[]>()
  const none = await readInternal(
    cluster,
    topic,
    (record) => {
      const sync = decodeOffsetSync(record)
      if (sync.kind === 'malformed') return
      const key = partitionKey(sync)
      if (!wanted.has(key)) return
      if (sync.kind === 'deleted') told.delete(key)
      else {
        const { up, down } = sync
        const same = told.get(key)
        if (same === undefined) told.set(key, [{ up, down }])
        else same.push({ up, down })
      }
    },
    options,
  )
  return none === undefined ? { runs: new Map([...told].map(([key, syncs]) => [key, new SyncRuns(syncs)])) } : { none }
}
