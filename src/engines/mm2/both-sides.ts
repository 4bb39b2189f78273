import type { Offset } from '../../core/offset.ts'
import { withDeadline } from '../../core/time.ts'
import type { TopicMetadata } from '../../kafka/cluster.ts'
import { DeniedError } from '../../kafka/denied.ts'
import type { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds } from '../../kafka/offsets.ts'
import type { PartitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel, LinkTarget } from '../engine.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'

const sourceMs = 8_000

/** The topics of mirrors as they are now. Of the source nothing when it was not read. */
export interface BothSides {
  readonly isSourceRead: boolean
  /** By source partition. */
  readonly sourceStarts: ReadonlyMap<PartitionKey, Offset | BrokerError>
  readonly sourceEnds: ReadonlyMap<PartitionKey, Offset | BrokerError>
  /** Before the first transaction that is open. */
  readonly stableEnds: ReadonlyMap<PartitionKey, Offset | BrokerError>
  readonly sourceTopics: ReadonlyMap<string, TopicMetadata>
  /** By mirror partition: the high watermark. */
  readonly ends: ReadonlyMap<PartitionKey, Offset | BrokerError>
  readonly topics: ReadonlyMap<string, TopicMetadata>
}

/** Of mirrors that are STOPPED the ends of the source alone. The source may go away in between. */
export async function lookAtSides(
  { source, destination }: Pick<LinkTarget, 'source' | 'destination'>,
  records: readonly MirrorRecord[],
  isSourceReachable: boolean,
  options: Cancel,
): Promise<BothSides> {
  const known = records.filter(({ state }) => state.state !== 'STOPPED')
  const own = partitionsOfMirrors(known, 'mirrorTopic')
  const [ends, topics] = await Promise.all([
    logBounds(destination, own, 'highWatermark', { ...options, keepDenied: true }),
    destination.metadata(known.map(({ mirrorTopic }) => mirrorTopic), { ...options, keepDenied: true }), // prettier-ignore
  ])
  const none = {
    sourceEnds: new Map(),
    stableEnds: new Map(),
    sourceStarts: new Map(),
    sourceTopics: new Map(),
  } as const
  const base = { ends, topics: topics.topics }
  if (!isSourceReachable) return { ...base, ...none, isSourceRead: false }
  const within = { signal: withDeadline(options.signal, sourceMs), keepDenied: true } as const
  try {
    const theirs = partitionsOfMirrors(known, 'sourceTopic')
    const [sourceEnds, stableEnds, sourceStarts, { topics: sourceTopics }] = await Promise.all([
      // What the source took since mirrors were stopped is told, too.
      logBounds(source, partitionsOfMirrors(records, 'sourceTopic'), 'highWatermark', within),
      logBounds(source, theirs, 'lastStableOffset', within),
      logBounds(source, theirs, 'logStart', within),
      source.metadata(known.map(({ sourceTopic }) => sourceTopic), within), // prettier-ignore
    ])
    return { ...base, sourceEnds, stableEnds, sourceStarts, sourceTopics, isSourceRead: true }
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof DeniedError) throw error
    // It went away in between.
    return { ...base, ...none, isSourceRead: false }
  }
}
