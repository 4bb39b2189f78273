import type { SeenRecord } from '../core/fingerprint.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { logSpans } from '../kafka/log-spans.ts'
import { partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { seenRecords } from '../links/seen-records.ts'

/** Markers of transactions, and what was aborted, may stand at the end of a log: the last record is looked for among so many offsets. */
const reach = 100n

interface Options {
  readonly signal: AbortSignal
}

/**
 * The last record that a consumer sees of a partition before `end`, or before where it ends now; undefined where none is near.
 *
 * @throws BrokerError, Error when that could not be read
 */
export async function lastRecord(
  cluster: Cluster,
  at: TopicPartition,
  end: bigint | undefined,
  options: Options,
): Promise<SeenRecord | undefined> {
  const span = (await logSpans(cluster, [at], options)).get(partitionKey(at))
  if (span === undefined || span instanceof BrokerError) throw span ?? new Error(`${partitionKey(at)} has no answer`)
  const to = end === undefined || end > span.end ? span.end : end
  const from = to - reach > span.start ? to - reach : span.start
  if (from >= to) return undefined
  const seen = await seenRecords(cluster, at, { from, to }, options)
  if ('none' in seen) throw new Error(seen.none)
  return seen.records.at(-1)
}
