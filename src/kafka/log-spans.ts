import type { Offset } from '../core/offset.ts'
import type { AskOptions, Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import { logBounds } from './offsets.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'

/** What of a partition's log can be read, by whom. */
export interface LogSpan {
  readonly start: Offset
  /** The last stable offset, for readers of what is committed. */
  readonly stable: Offset
  /** The high watermark. */
  readonly end: Offset
}

/** All bounds of each partition's log, each partition once. Per partition: the span, or the broker's error. As `logBounds`. */
export async function logSpans(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskOptions,
): Promise<ReadonlyMap<PartitionKey, LogSpan | BrokerError>> {
  const each = [...new Map(partitions.map((one) => [partitionKey(one), one])).values()]
  const [starts, stables, ends] = await Promise.all([
    logBounds(cluster, each, 'logStart', options),
    logBounds(cluster, each, 'lastStableOffset', options),
    logBounds(cluster, each, 'highWatermark', options),
  ])
  const spans = new Map<PartitionKey, LogSpan | BrokerError>()
  for (const [key, start] of starts) {
    const [stable, end] = [stables.get(key), ends.get(key)]
    if (start instanceof BrokerError) spans.set(key, start)
    else if (stable instanceof BrokerError) spans.set(key, stable)
    else if (end instanceof BrokerError) spans.set(key, end)
    else if (stable !== undefined && end !== undefined) spans.set(key, { start, stable, end })
  }
  return spans
}
