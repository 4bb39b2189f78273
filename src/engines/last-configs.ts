import type { Cluster } from '../kafka/cluster.ts'
import { alterTopicConfigs, type ConfigEntry, topicConfigs } from '../kafka/topics.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import { stateTopic } from '../links/state-topic.ts'
import type { Cancel, LinkTarget } from './engine.ts'

type Configs = ReadonlyMap<string, ConfigEntry>

/** What a mirror topic is to have of its source's settings before it stops. */
export interface LastConfigs {
  /** Undefined for the cluster's default. */
  readonly wanted: ReadonlyMap<string, string | undefined>
  /** What the record says of settings when that is done: what is to be set when the mirror stops, among it. */
  readonly after: Pick<MirrorRecord, 'copiedConfigs' | 'deferredConfigs'>
}

/** Of the destination: how many copies of a mirror topic there are, and the settings that the brokers know. */
export interface BrokersForConfigs {
  readonly replicationFactor: number
  readonly known: ReadonlySet<string>
}

/** What an engine makes of the settings of a mirror topic and of its source. */
export type CopiesConfigs = (
  record: MirrorRecord,
  topics: { readonly source: Configs; readonly mirror: Configs },
  brokers: BrokersForConfigs,
) => LastConfigs

/** Settings of topics that the brokers know. */
export async function knownSettings(cluster: Cluster, options: Cancel): Promise<ReadonlySet<string>> {
  return new Set((await topicConfigs(cluster, [stateTopic], options)).get(stateTopic)?.keys())
}

/** What the topic has otherwise than it is wanted. */
export function changesIn(topic: Configs, wanted: LastConfigs['wanted']): LastConfigs['wanted'] {
  return new Map([...wanted].filter(([name, value]) => ownOf(topic, name) !== value))
}

/** What is set on the topic itself. */
export function ownOf(configs: Configs, name: string): string | undefined {
  const entry = configs.get(name)
  return entry?.isOwn === true ? entry.value : undefined
}

/**
 * Sets on the mirror topics what has been changed on the source since they were made, or since it was copied last.
 *
 * @returns the records, with what is to be set when they stop as the source has it now
 */
export async function syncConfigs(
  { source, destination }: LinkTarget,
  session: LinkSession,
  records: readonly MirrorRecord[],
  last: CopiesConfigs,
  options: Cancel,
): Promise<readonly MirrorRecord[]> {
  const known = await knownSettings(destination, options)
  const atSource = await topicConfigs(source, records.map(({ sourceTopic }) => sourceTopic), options) // prettier-ignore
  const names = records.map(({ mirrorTopic }) => mirrorTopic)
  const atDestination = await topicConfigs(destination, names, options)
  const { topics } = await destination.metadata(names, options)
  const synced: MirrorRecord[] = []
  for (const record of records) {
    const { mirrorTopic, sourceTopic } = record
    const replicationFactor = topics.get(mirrorTopic)?.partitions[0]?.replicas.length ?? 1
    const mirror: Configs = atDestination.get(mirrorTopic) ?? new Map<string, ConfigEntry>()
    const there: Configs = atSource.get(sourceTopic) ?? new Map<string, ConfigEntry>()
    const { wanted, after } = last(record, { source: there, mirror }, { replicationFactor, known })
    const changes = changesIn(mirror, wanted)
    if (changes.size > 0) {
      await session.guarded(async (effect) => { await alterTopicConfigs(destination, mirrorTopic, changes, effect) }, options) // prettier-ignore
    }
    synced.push({ ...record, ...after })
  }
  return synced
}
