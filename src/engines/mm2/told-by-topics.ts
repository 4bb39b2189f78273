import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds } from '../../kafka/offsets.ts'
import { readRange } from '../../kafka/read.ts'
import { CompressedError, type KafkaRecord } from '../../kafka/records/record.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { TransportError } from '../../kafka/wire/connection.ts'
import { MalformedError } from '../../kafka/wire/reader.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { ToldByTopics } from '../connect-view.ts'
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
  checkpoint: ConnectorConfig | undefined,
  options: Cancel,
): Promise<ToldByTopics> {
  const { aliases, naming, syncsOn } = mm2
  const { separator } = naming
  const isBeat = (from: string, to: string) => (record: KafkaRecord): boolean => {
    const beat = decodeHeartbeat(record)
    return beat.kind === 'told' && beat.sourceAlias === from && beat.targetAlias === to
  } // prettier-ignore
  const checkpoints = checkpointsTopic({ sourceAlias: aliases.source, targetAlias: aliases.target, separator, syncsOn })
  const [heartbeatAt, dataPathAt, checkpointAt] = await Promise.all([
    lastAt(destination, 'heartbeats', isBeat(aliases.source, aliases.target), options),
    lastAt(destination, `${aliases.source}${separator}heartbeats`, isBeat(aliases.target, aliases.source), options),
    lastAt(destination, checkpoints, () => true, options),
  ])
  return { heartbeatAt, dataPathAt, checkpointAt, groupSyncMs: groupSyncMs(checkpoint) }
}

/** When a place is looked at, and when it is copied; MirrorMaker's own defaults where the connector says nothing. */
function groupSyncMs(config: ConnectorConfig | undefined): number | undefined {
  if (config === undefined || config['sync.group.offsets.enabled'] !== 'true') return undefined
  const seconds = ['emit.checkpoints.interval.seconds', 'sync.group.offsets.interval.seconds'].map((key) => Number(config[key] ?? '60')) // prettier-ignore
  const sum = seconds.reduce((all, one) => all + one, 0)
  return Number.isFinite(sum) ? sum * 1_000 : undefined
}

/** The time of the last record that is wanted. */
async function lastAt(
  cluster: Cluster,
  topic: string,
  isWanted: (record: KafkaRecord) => boolean,
  options: Cancel,
): Promise<Date | undefined> {
  const at = { topic, partition: 0 }
  const signal = withDeadline(options.signal, deadlineMs)
  try {
    const [start, end] = await Promise.all(
      (['logStart', 'lastStableOffset'] as const).map(async (bound) => (await logBounds(cluster, [at], bound, { signal, needs: 'Read' })).get(partitionKey(at))), // prettier-ignore
    )
    if (typeof start !== 'bigint' || typeof end !== 'bigint') return undefined
    const from = end - lastOffsets > start ? end - lastOffsets : start
    let last: bigint | undefined
    for await (const record of readRange(cluster, at, { from, to: end }, { signal })) {
      if (isWanted(record)) last = record.timestampMs
    }
    // Whoever may write to the topic may have set any number for a time.
    return last === undefined || last < 0n || last > 8_640_000_000_000_000n ? undefined : new Date(Number(last))
  } catch (error) {
    options.signal.throwIfAborted()
    const isOfCluster = [BrokerError, TransportError, GeorepError, MalformedError, CompressedError].some((type) => error instanceof type) // prettier-ignore
    if (!isOfCluster && !signal.aborted) throw error
    return undefined
  }
}
