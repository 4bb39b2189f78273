import { minOffset, type Offset } from '../core/offset.ts'
import type { Cluster } from './cluster.ts'
import { BrokerError } from './error-codes.ts'
import type { AskLeadersOptions } from './leaders.ts'
import { logBounds } from './offsets.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from './topic-partition.ts'

/** What of a partition's log can be read. */
export interface LogSpan {
  readonly start: Offset
  /** The high watermark. */
  readonly end: Offset
  /** The last stable offset, for readers of what is committed; undefined where it was not asked for. */
  readonly stable?: Offset
}

export type StableLogSpan = LogSpan & Required<Pick<LogSpan, 'stable'>>

/** The span of each partition's log, each partition once. Per partition: the span, or the broker's error. As `logBounds`. */
export async function logSpans(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskLeadersOptions,
): Promise<ReadonlyMap<PartitionKey, LogSpan | BrokerError>> {
  const each = onceEach(partitions)
  const [starts, ends] = await Promise.all([
    logBounds(cluster, each, 'logStart', options),
    logBounds(cluster, each, 'highWatermark', options),
  ])
  const spans = new Map<PartitionKey, LogSpan | BrokerError>()
  for (const [key, start] of starts) {
    const end = ends.get(key)
    if (start instanceof BrokerError) spans.set(key, start)
    else if (end instanceof BrokerError) spans.set(key, end)
    // Retention may go on between the two answers.
    else if (end !== undefined) spans.set(key, { start: minOffset(start, end), end })
  }
  return spans
}

/** As `logSpans`, with the last stable offset. */
export async function stableLogSpans(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: AskLeadersOptions,
): Promise<ReadonlyMap<PartitionKey, StableLogSpan | BrokerError>> {
  const [found, stables] = await Promise.all([
    logSpans(cluster, partitions, options),
    logBounds(cluster, onceEach(partitions), 'lastStableOffset', options),
  ])
  const spans = new Map<PartitionKey, StableLogSpan | BrokerError>()
  for (const [key, span] of found) {
    const stable = stables.get(key)
    if (span instanceof BrokerError) spans.set(key, span)
    else if (stable instanceof BrokerError) spans.set(key, stable)
    else if (stable !== undefined) spans.set(key, { ...span, start: minOffset(span.start, stable), stable })
  }
  return spans
}

function onceEach(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
  return [...new Map(partitions.map((one) => [partitionKey(one), one])).values()]
}
