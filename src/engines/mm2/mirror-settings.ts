import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import type { ConfigEntry } from '../../kafka/topics.ts'
import type { MirrorConfigs } from '../engine.ts'

/** Default of MirrorMaker's `config.properties.exclude`. */
const excludedByDefault = [
  'follower\\.replication\\.throttled\\.replicas',
  'leader\\.replication\\.throttled\\.replicas',
  'message\\.timestamp\\.difference\\.max\\.ms',
  'message\\.timestamp\\.type',
  'unclean\\.leader\\.election\\.enable',
  'min\\.insync\\.replicas',
].join(',')
/** Default of `topics.exclude`. */
const topicsExcludedByDefault = '.*[\\-\\.]internal,.*\\.replica,__.*'

/** What becomes of the settings that a source topic has of its own: MirrorMaker copies them when it makes the topic, and again at intervals. */
export function mirrorSettings(
  config: ConnectorConfig,
  source: ReadonlyMap<string, ConfigEntry>,
  { known }: { readonly known: ReadonlySet<string> },
): MirrorConfigs {
  const isExcluded = isSettingExcluded(config)
  const copied = new Map<string, string>()
  const skipped = new Map<string, string>()
  for (const [name, { value, isOwn }] of source) {
    if (!isOwn || value === undefined) continue
    if (isExcluded(name)) skipped.set(name, 'config.properties.exclude of the connector')
    else if (!known.has(name)) skipped.set(name, 'the destination does not know it')
    else copied.set(name, value)
  }
  return { copied, overridden: new Map(), deferred: new Map(), skipped }
}

/** Whether a setting of topics is one that the connector does not copy. */
export function isSettingExcluded(config: ConnectorConfig): (name: string) => boolean {
  return matcherOfList(config['config.properties.exclude'] ?? excludedByDefault)
}

/** Whether the connector copies settings at all, and by rules that are known here. */
export function copiesSettings(config: ConnectorConfig): boolean {
  const filter = config['config.property.filter.class'] ?? 'DefaultConfigPropertyFilter'
  return config['sync.topic.configs.enabled'] !== 'false' && filter.endsWith('DefaultConfigPropertyFilter')
}

/** Whether the connector leaves a source topic out, whatever `topics` says. */
export function isTopicExcluded(config: ConnectorConfig, topic: string): boolean {
  return matcherOfList(config['topics.exclude'] ?? topicsExcludedByDefault)(topic)
}

/** A list of regular expressions as MirrorMaker reads it. One that JavaScript does not know counts as one that matches nothing: MirrorMaker tells. */
function matcherOfList(list: string): (name: string) => boolean {
  const patterns = list.split(',').flatMap((text) => {
    try {
      return text.trim() === '' ? [] : [new RegExp(`^(?:${text.trim()})$`)]
    } catch {
      return []
    }
  })
  return (name) => patterns.some((pattern) => pattern.test(name))
}
