import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import { messageOf } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import { count } from '../../core/translation.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { BrokerError, Code } from '../../kafka/error-codes.ts'
import { stableLogSpans } from '../../kafka/log-spans.ts'
import { isOfCluster } from '../../kafka/of-cluster.ts'
import { readRange } from '../../kafka/read.ts'
import type { KafkaRecord } from '../../kafka/records/record.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { LastTold, ToldByTopics } from '../connect-view.ts'
import type { Cancel } from '../engine.ts'
import { decodeHeartbeat } from './internal-records.ts'
import { checkpointsTopic } from './internal-topics.ts'

const deadlineMs = 8_000
/** The last minute's: other flows write heartbeats into the same topic, and each may be followed by a marker. */
const lastOffsets = 400n

/** What the topics that MirrorMaker writes beside the mirrors tell of its life. */
export async function toldByTopics(
  destination: Cluster,
  { mm2 }: Mm2LinkRecord,
  config: ConnectorConfig | undefined,
  options: Cancel,
): Promise<ToldByTopics> {
  const { aliases, naming, syncsOn } = mm2
  const { separator } = naming
  const isBeat = (from: string, to: string) => (record: KafkaRecord): boolean => {
    const beat = decodeHeartbeat(record)
    return beat.kind === 'told' && beat.sourceAlias === from && beat.targetAlias === to
  } // prettier-ignore
  const checkpoints = checkpointsTopic({ sourceAlias: aliases.source, targetAlias: aliases.target, separator, syncsOn })
  const [heartbeat, dataPath, checkpoint] = await Promise.all([
    lastAt(destination, 'heartbeats', isBeat(aliases.source, aliases.target), options),
    lastAt(destination, `${aliases.source}${separator}heartbeats`, isBeat(aliases.target, aliases.source), options),
    lastAt(destination, checkpoints, () => true, options),
  ])
  return { heartbeat, dataPath, checkpoint, groupSyncMs: groupSyncMs(config) }
}

/** When a place is looked at, and when it is copied; MirrorMaker's own defaults where the connector says nothing. */
function groupSyncMs(config: ConnectorConfig | undefined): number | undefined {
  if (config === undefined || config['sync.group.offsets.enabled'] !== 'true') return undefined
  const seconds = ['emit.checkpoints.interval.seconds', 'sync.group.offsets.interval.seconds'].map((key) => Number(config[key] ?? '60')) // prettier-ignore
  const sum = seconds.reduce((all, one) => all + one, 0)
  return Number.isFinite(sum) ? sum * 1_000 : undefined
}

/** The time of the last record that is wanted. What is not in a topic that is not there never was told. */
async function lastAt(
  cluster: Cluster,
  topic: string,
  isWanted: (record: KafkaRecord) => boolean,
  options: Cancel,
): Promise<LastTold> {
  const at = { topic, partition: 0 }
  const named = `topic "${topic}" on cluster "${cluster.name}"`
  const signal = withDeadline(options.signal, deadlineMs)
  try {
    const span = (await stableLogSpans(cluster, [at], { signal, needs: 'Read' })).get(partitionKey(at))
    if (span instanceof BrokerError) throw span
    if (span === undefined) return { at: undefined }
    const { start, stable: to } = span
    const from = to - lastOffsets > start ? to - lastOffsets : start
    let last: bigint | undefined
    for await (const record of readRange(cluster, at, { from, to }, { signal })) {
      if (isWanted(record)) last = record.timestampMs
    }
    if (last === undefined) return from === 0n ? { at: undefined } : { why: `none is in the last ${count(to - from, 'offset')} of ${named}` } // prettier-ignore
    // Whoever may write to the topic may have set any number for a time.
    return last < 0n || last > 8_640_000_000_000_000n ? { why: `what a record of ${named} has for its time is none` } : { at: new Date(Number(last)) } // prettier-ignore
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof BrokerError && error.errorCode === Code.unknownTopicOrPartition) return { at: undefined }
    if (signal.aborted) return { why: `${named} was not read in ${deadlineMs / 1_000} s` }
    if (!isOfCluster(error)) throw error
    return { why: error instanceof DeniedError ? error.message : `${named}: ${messageOf(error)}` }
  }
}
