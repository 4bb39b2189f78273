import { messageOf } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { BrokerError, Code } from '../../kafka/error-codes.ts'
import { stableLogSpans } from '../../kafka/log-spans.ts'
import { isOfCluster } from '../../kafka/of-cluster.ts'
import { readRange } from '../../kafka/read.ts'
import type { KafkaRecord } from '../../kafka/records/record.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'

/** Internal topics have one partition, and if somebody gave them more, MirrorMaker writes to the first. */
const partition = 0
const readMs = 120_000

/**
 * Reads an internal topic of MirrorMaker from its first record to where it ends now. Compaction leaves far more in it than the last record of each key: the segment
 * that is written to is never touched.
 *
 * @returns why it could not be read; undefined when all of it was
 * @throws DeniedError when it may not be read
 */
export async function readInternal(
  cluster: Cluster,
  topic: string,
  onRecord: (record: KafkaRecord) => void,
  { signal }: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const deadline = withDeadline(signal, readMs)
  const at = { topic, partition }
  const named = `topic "${topic}" on cluster "${cluster.name}"`
  try {
    const span = (await stableLogSpans(cluster, [at], { signal: deadline, needs: 'Read' })).get(partitionKey(at))
    if (span instanceof BrokerError) throw span
    if (span === undefined) return `${named} is not there`
    for await (const record of readRange(cluster, at, { from: span.start, to: span.stable }, { signal: deadline })) {
      onRecord(record)
    }
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DeniedError) throw error
    if (deadline.aborted) return `${named} was not read in ${readMs / 1_000} s`
    if (error instanceof BrokerError && error.errorCode === Code.unknownTopicOrPartition) return `${named} is not there`
    if (!isOfCluster(error)) throw error
    return `${named}: ${messageOf(error)}`
  }
}
