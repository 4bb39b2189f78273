import { alterTopicConfigs, type ConfigEntry, topicConfigs } from '../kafka/topics.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import { stateTopic } from '../links/state.ts'
import type { Cancel, LinkTarget } from './engine.ts'

type Configs = ReadonlyMap<string, ConfigEntry>

/** What a mirror topic is to have of its source's settings before it stops. */
export interface LastConfigs {
  /** Undefined for the cluster's default. */
  readonly wanted: ReadonlyMap<string, string | undefined>
  /** What is to be set when it stops. */
  readonly deferred: MirrorRecord['deferredConfigs']
}

/**
 * What an engine makes of the settings of a mirror topic and of its source.
 *
 * @param brokers of the destination: how many copies of the topic there are, and the settings that they know
 */
export type CopiesConfigs = (
  topics: { readonly source: Configs; readonly mirror: Configs },
  brokers: { readonly replicationFactor: number; readonly known: ReadonlySet<string> },
) => LastConfigs

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
  const known = new Set((await topicConfigs(destination, [stateTopic], options)).get(stateTopic)?.keys())
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
    const { wanted, deferred } = last({ source: there, mirror }, { replicationFactor, known })
    const changes = [...wanted].filter(([name, value]) => ownOf(mirror, name) !== value)
    if (changes.length > 0) {
      await session.guarded(async (effect) => { await alterTopicConfigs(destination, mirrorTopic, new Map(changes), effect) }, options) // prettier-ignore
    }
    synced.push({ ...record, deferredConfigs: deferred })
  }
  return synced
}

function ownOf(configs: Configs, name: string): string | undefined {
  const entry = configs.get(name)
  return entry?.isOwn === true ? entry.value : undefined
}
