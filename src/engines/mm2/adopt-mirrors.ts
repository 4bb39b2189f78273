import type { ConnectCluster, ConnectorConfig } from '../../connect/connect-cluster.ts'
import { placeOfKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord, Mm2LinkRecord } from '../../links/records.ts'
import type { Cancel, LinkRequest } from '../engine.ts'
import {
  assignedPartitions,
  isHeartbeats,
  isOnList,
  isPattern,
  nextOffsets,
  topicsByDefault,
} from './carried-topics.ts'

/** A mirror that is to be, of a connector that is there already. */
export interface AdoptedMirror extends Omit<MirrorRecord, 'createdAt' | 'state'> {
  /** Kafka Connect is told to carry it; else the mirror is written down as PAUSED: nobody is to go on with it by the way. */
  readonly isCarried: boolean
}

export function recordOf({ isCarried, ...mirror }: AdoptedMirror, at: string): MirrorRecord {
  return { ...mirror, createdAt: at, state: isCarried ? { state: 'ACTIVE' } : { state: 'PAUSED', since: at } }
}

/** A mirror of each topic that the tasks are told to carry, or that Kafka Connect has a place of: one that is empty has none yet. */
export async function adoptedMirrors(
  { connect, config }: { readonly connect: ConnectCluster; readonly config: ConnectorConfig },
  { name: link, source, destination }: LinkRequest,
  { aliases, connectors, naming }: Pick<Mm2LinkRecord['mm2'], 'aliases' | 'connectors' | 'naming'>,
  options: Cancel,
): Promise<{ readonly mirrors: readonly AdoptedMirror[]; readonly warnings: readonly string[] }> {
  const { source: connector } = connectors
  const [offsets, tasks] = await Promise.all([connect.offsets(connector, options), connect.tasks(connector, options)])
  const next = nextOffsets(offsets ?? [], aliases.source)
  const assigned = new Set([...assignedPartitions(tasks ?? [])].map((key) => placeOfKey(key).topic))
  const held = [...next.keys()].map((key) => placeOfKey(key).topic)
  const topics = [...new Set([...held, ...assigned])].filter((topic) => !isHeartbeats(topic, naming.separator))
  const mirrorName = (topic: string): string => naming.policy === 'identity' ? topic : `${aliases.source}${naming.separator}${topic}` // prettier-ignore
  const [from, to] = await Promise.all([
    source.metadata(topics, { ...options, keepDenied: true }),
    destination.metadata(topics.map(mirrorName), { ...options, keepDenied: true }),
  ])
  const isCarried = (topic: string): boolean => {
    const isListed = isOnList(config['topics'], topic)
    // A connector that is STOPPED has no tasks.
    return assigned.has(topic) || isListed === true || (isListed === undefined && assigned.size === 0)
  }
  const warnings: string[] = []
  if (isPattern(config['topics'])) {
    warnings.push(`connector "${connectors.source}" carries what a pattern finds (topics: ${config['topics'] ?? topicsByDefault}); a command that changes what is carried, such as mirror pause or promote, writes the names of the link's mirrors in place of it, and topics that are made on "${source.name}" later are not carried then`) // prettier-ignore
  }
  const mirrors = topics.toSorted().flatMap((sourceTopic): readonly AdoptedMirror[] => {
    const mirrorTopic = mirrorName(sourceTopic)
    const [theirs, ours] = [from.topics.get(sourceTopic), to.topics.get(mirrorTopic)]
    if (theirs === undefined || ours === undefined) {
      const [topic, cluster] = theirs === undefined ? [sourceTopic, source] : [mirrorTopic, destination]
      warnings.push(`no mirror of "${sourceTopic}": topic "${topic}" is not there on cluster "${cluster.name}", or may not be seen`) // prettier-ignore
      return []
    }
    if (!isCarried(sourceTopic)) {
      warnings.push(`mirror "${mirrorTopic}" is PAUSED: connector "${connectors.source}" has carried it, and is not told to any more; see what clients wrote to it on "${destination.name}" before you have it go on (georep mirror resume ${mirrorTopic} --link ${link})`) // prettier-ignore
    }
    return [
      {
        v: 1,
        kind: 'mirror',
        link,
        sourceTopic,
        sourceTopicId: theirs.topicId,
        mirrorTopic,
        mirrorTopicId: ours.topicId,
        partitions: theirs.partitions.length,
        isCarried: isCarried(sourceTopic),
        deferredConfigs: {},
        isTopicMade: false,
      },
    ]
  })
  return { mirrors, warnings }
}
