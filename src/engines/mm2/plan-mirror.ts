import type { Loop } from '../../core/ancestry.ts'
import { GeorepError } from '../../core/errors.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../kafka/offsets.ts'
import { partitionKey, partitionsOf } from '../../kafka/topic-partition.ts'
import type { TopicMetadata } from '../../kafka/cluster.ts'
import { type ConfigEntry, topicConfigs } from '../../kafka/topics.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { Blocker, Cancel, LinkTarget, MirrorPlan, MirrorPlanOptions, TopicMatches } from '../engine.ts'
import { knownSettings } from '../last-configs.ts'
import { Lineage, loopOf } from '../lineage.ts'
import { nameBlockers } from '../name-blockers.ts'
import { besidesBlockers, carriedBesides } from './carried-besides.ts'
import { type SourceConnector, sourceConnector } from './connector.ts'
import { failuresOf } from './connector-failures.ts'
import { isTopicExcluded, mirrorSettings } from './mirror-settings.ts'
import { type Mm2Target, mm2Of } from './mm2-target.ts'

/** See `ReplicationEngine.planMirror`. MirrorMaker makes the topic, and calls it as the link's naming says. */
export async function planMirror(target: LinkTarget, topic: string, options: MirrorPlanOptions): Promise<MirrorPlan> {
  const mm2 = mm2Of(target)
  const { source, destination, state, link } = mm2
  const there = (await source.metadata([topic], { ...options, needs: 'Read' })).topics.get(topic)
  if (there === undefined) {
    throw new GeorepError('refused', 'GR-TOPIC-MISSING', `topic "${topic}" does not exist on cluster "${source.name}"`, {
      stateNow: 'nothing was changed',
      next: 'check the name; names of topics are case sensitive',
    }) // prettier-ignore
  }
  const connector = await sourceConnector(mm2, options)
  const configs = (await topicConfigs(source, [topic], options)).get(topic) ?? new Map<string, ConfigEntry>()
  const known = await knownSettings(destination, options)
  const mirrorTopic = mirrorTopicOf(link, topic)
  const names = { sourceTopic: topic, mirrorTopic }
  const naming = namingBlockers(names, options.prefix)
  // A mirror of another name than the one that is asked for is none of it.
  const existing = naming.length > 0 ? undefined : state.mirror(link.name, mirrorTopic)
  const loop = await loopOf(new Lineage(mm2), mm2, names, options)
  return {
    ...names,
    isMatched: false,
    sourceTopicId: there.topicId,
    partitions: there.partitions.length,
    replicationFactor: Number(connector.config['replication.factor'] ?? '2'),
    recordsToCopy: await spanOf(mm2, there, options),
    configs: mirrorSettings(connector.config, configs, { known }),
    existing,
    blockers: naming.length > 0 ? naming : await otherBlockers(mm2, there, { ...names, existing, connector, loop }, options), // prettier-ignore
  }
}

export function mirrorTopicOf({ mm2: { naming, aliases } }: Mm2LinkRecord, topic: string): string {
  return naming.policy === 'identity' ? topic : `${aliases.source}${naming.separator}${topic}`
}

/** See `ReplicationEngine.matchTopics`. */
export async function matchTopics({ link }: LinkTarget): Promise<TopicMatches> {
  await Promise.resolve()
  throw new GeorepError('unsupported', 'GR-ENGINE-CANNOT', 'the engine mm2 does not mirror topics by pattern', {
    stateNow: 'MirrorMaker would begin to carry topics that georep has not looked at: loops, and topics that are not empty on the destination',
    next: `georep mirror create <topic>… --link ${link.name}`,
  }) // prettier-ignore
}

async function spanOf({ source }: Mm2Target, topic: TopicMetadata, options: Cancel): Promise<bigint> {
  const partitions = partitionsOf([topic])
  const starts = await logBounds(source, partitions, 'logStart', options)
  const ends = await logBounds(source, partitions, 'highWatermark', options)
  return partitions.map(partitionKey).reduce((sum, key) => {
    const [start, end] = [starts.get(key), ends.get(key)]
    if (typeof start === 'bigint' && typeof end === 'bigint') return sum + end - start
    const refusal = [start, end].find((one) => one instanceof BrokerError)
    throw new GeorepError('failed', 'GR-BROKER-REFUSED', refusal?.message ?? `no answer for ${key}`)
  }, 0n)
}

/** MirrorMaker has one way to name all topics of a link. */
function namingBlockers(
  { sourceTopic, mirrorTopic }: Pick<MirrorPlan, 'sourceTopic' | 'mirrorTopic'>,
  prefix: string | undefined,
): readonly Blocker[] {
  const isNamedOtherwise = prefix !== undefined && prefix !== '' && `${prefix}${sourceTopic}` !== mirrorTopic
  return isNamedOtherwise ? [`the link calls it "${mirrorTopic}": MirrorMaker has one way to name all topics of a link`] : [] // prettier-ignore
}

/** What stands in the way of a mirror that is named as the link names it. */
async function otherBlockers(
  mm2: Mm2Target,
  source: TopicMetadata,
  plan: Pick<MirrorPlan, 'sourceTopic' | 'mirrorTopic' | 'existing'> & { readonly connector: SourceConnector; readonly loop: Loop }, // prettier-ignore
  options: Cancel,
): Promise<readonly Blocker[]> {
  const { mirrorTopic, existing, connector, loop } = plan
  const isCarried = existing !== undefined && existing.state.state !== 'PENDING'
  const isOurs = existing !== undefined
  return [
    ...nameBlockers(mm2, plan),
    ...sourceBlockers(mm2, source, connector),
    ...besidesBlockers(carriedBesides(mm2.state, mm2.link, connector.assigned), mm2.link),
    ...(isCarried ? [] : await destinationBlockers(mm2, source, { mirrorTopic, isOurs, loop }, options)),
  ]
}

function sourceBlockers({ link }: Mm2Target, topic: TopicMetadata, connector: SourceConnector): readonly Blocker[] {
  const { name } = topic
  const [failure] = failuresOf(link.mm2.connectors.source, connector)
  return [
    ...(topic.isInternal ? [`"${name}" is an internal topic`] : []),
    ...(isTopicExcluded(connector.config, name) ? [`the connector leaves "${name}" out (topics.exclude)`] : []),
    ...(link.pausedAt === null ? [] : [`link "${link.name}" is paused: MirrorMaker makes no topics meanwhile`]),
    ...(failure === undefined ? [] : [failure]),
  ]
}

/** MirrorMaker appends to whatever is there, behind what others have written. */
async function destinationBlockers(
  { destination, link }: Mm2Target,
  source: TopicMetadata,
  plan: { readonly mirrorTopic: string; readonly isOurs: boolean; readonly loop: Loop },
  options: Cancel,
): Promise<readonly Blocker[]> {
  const { mirrorTopic, isOurs, loop } = plan
  if (loop.kind === 'loop' || loop.kind === 'comesBack') return [loop.why]
  const there = (await destination.metadata([mirrorTopic], options)).topics.get(mirrorTopic)
  if (there === undefined) return []
  if (loop.kind === 'unknown') return [loop.why]
  const name = `topic "${mirrorTopic}" exists on "${link.destination.name}"`
  // One that was left half made was empty, or not there, when its record was written.
  if (!isOurs) {
    const ends = await logEnds(destination, partitionsOf([there]), options)
    const isEmpty = [...ends.values()].every((end) => !(end instanceof BrokerError) && end.offset === 0n)
    if (!isEmpty) return [`${name} and is not empty: MirrorMaker would append to what is there`]
  }
  const [has, wants] = [there.partitions.length, source.partitions.length]
  return has === wants ? [] : [`${name} with ${has} partitions, the source has ${wants}`]
}
