import type { Loop } from '../../core/ancestry.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Cluster, TopicMetadata } from '../../kafka/cluster.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../kafka/offsets.ts'
import { producerStates } from '../../kafka/producers.ts'
import { clusterRights } from '../../kafka/rights.ts'
import { partitionKey, type PartitionKey, partitionsOf, type TopicPartition } from '../../kafka/topic-partition.ts'
import { type ConfigEntry, topicConfigs } from '../../kafka/topics.ts'
import type { Blocker, Cancel, LinkTarget, MirrorPlan, MirrorPlanOptions } from '../engine.ts'
import { knownSettings } from '../last-configs.ts'
import { Lineage, loopOf } from '../lineage.ts'
import { mirrorConfigsOf } from './config-changes.ts'
import { lookAtProtection, protectionBlockers } from '../protection.ts'
import { nameBlockers } from '../name-blockers.ts'

/** See `ReplicationEngine.planMirror`. */
export async function planMirror(
  target: LinkTarget,
  topic: string,
  options: MirrorPlanOptions & { readonly lineage?: Lineage },
): Promise<MirrorPlan> {
  const { source, destination, state, link } = target
  const there = (await source.metadata([topic], { ...options, needs: 'Read' })).topics.get(topic)
  if (there === undefined) {
    throw new GeorepError(
      'refused',
      'GR-TOPIC-MISSING',
      `topic "${topic}" does not exist on cluster "${source.name}"`,
      {
        stateNow: 'nothing was changed',
        next: 'check the name; names of topics are case sensitive',
      },
    )
  }
  const configs = (await topicConfigs(source, [topic], options)).get(topic) ?? new Map<string, ConfigEntry>()
  const { brokers } = await destination.metadata([], options)
  const replicationFactor = Math.min(there.partitions[0]?.replicas.length ?? 1, brokers.length)
  const known = await knownSettings(destination, options)
  const ends = await spans(source, there, options)
  const isMatched = options.isMatched ?? false
  const mirrorTopic = `${options.prefix ?? ''}${topic}`
  const existing = state.mirror(link.name, mirrorTopic)
  const names = { sourceTopic: topic, mirrorTopic }
  const loop = await loopOf(options.lineage ?? new Lineage(target), target, names, options)
  return {
    ...names,
    isMatched,
    sourceTopicId: there.topicId,
    partitions: there.partitions.length,
    replicationFactor,
    recordsToCopy: ends.records,
    configs: mirrorConfigsOf(link, configs, { replicationFactor, known }),
    existing,
    ...(isMatched && (loop.kind === 'loop' || loop.kind === 'comesBack') ? { isLeftOut: true } : {}),
    blockers: [
      ...nameBlockers(target, names),
      ...sourceBlockers(there, configs, ends.starts),
      ...(await hidingBlockers(target, there, configs, options)),
      ...(await protectionBlocker(target, { mirrorTopic, existing, isMatched }, options)),
      ...(await destinationBlockers(target, there, { ...names, existing, isMatched, loop }, options)),
    ],
  }
}

async function spans(
  source: Cluster,
  topic: TopicMetadata,
  options: Cancel,
): Promise<{ readonly records: bigint; readonly starts: readonly bigint[] }> {
  const partitions = partitionsOf([topic])
  const starts = offsetsFrom(await logBounds(source, partitions, 'logStart', options), partitions)
  const ends = offsetsFrom(await logBounds(source, partitions, 'highWatermark', options), partitions)
  const records = ends.reduce((sum, end, index) => sum + end - (starts[index] ?? 0n), 0n)
  return { records, starts }
}

/** In the order of the partitions; that of the answers is the broker's. */
function offsetsFrom(
  bounds: ReadonlyMap<PartitionKey, bigint | BrokerError>,
  partitions: readonly TopicPartition[],
): readonly bigint[] {
  return partitions.map((one) => {
    const bound = bounds.get(partitionKey(one))
    if (typeof bound === 'bigint') return bound
    throw new GeorepError('failed', 'GR-BROKER-REFUSED', bound?.message ?? `no answer for ${partitionKey(one)}`)
  })
}

/** Sources that this engine would not mirror record for record at the same offsets. */
function sourceBlockers(
  topic: TopicMetadata,
  configs: ReadonlyMap<string, ConfigEntry>,
  starts: readonly bigint[],
): readonly string[] {
  const blockers: string[] = []
  const { name } = topic
  if (topic.isInternal) blockers.push(`"${name}" is an internal topic`)
  const late = starts.findIndex((start) => start > 0n)
  if (late >= 0 && !policiesOf(configs).includes('delete')) {
    blockers.push(
      `the log of "${name}" does not begin at offset 0 (partition ${late} begins at ${String(starts[late])}), and from a topic with cleanup.policy=compact alone no broker deletes what would stand before it on the mirror`,
    )
  }
  return blockers
}

/**
 * What stands in the way of a source with offsets that no consumer sees: of a compacted topic, or of one that is written in transactions, they have to be
 * taken up on the mirror by markers, which need a right on the cluster.
 */
async function hidingBlockers(
  { source, destination }: LinkTarget,
  topic: TopicMetadata,
  configs: ReadonlyMap<string, ConfigEntry>,
  options: Cancel,
): Promise<readonly Blocker[]> {
  const why = policiesOf(configs).includes('compact') ? 'is compacted' : (await isTransactional(source, topic, options)) ? 'is written in transactions' : undefined // prettier-ignore
  if (why === undefined) return []
  const rights = await clusterRights(destination, options)
  if (rights === undefined || rights.has('Alter') || rights.has('ClusterAction')) return []
  return [
    `"${topic.name}" ${why}: on the mirror the offsets that no consumer sees have to be taken up, which needs Alter on cluster "${destination.name}"`,
  ]
}

function policiesOf(configs: ReadonlyMap<string, ConfigEntry>): readonly string[] {
  return (configs.get('cleanup.policy')?.value ?? 'delete').split(',').map((one) => one.trim())
}

async function isTransactional(source: Cluster, topic: TopicMetadata, options: Cancel): Promise<boolean> {
  for (const states of (await producerStates(source, partitionsOf([topic]), options)).values()) {
    if (states instanceof BrokerError) throw new GeorepError('failed', 'GR-BROKER-REFUSED', states.message)
    if (states.some((one) => one.coordinatorEpoch >= 0 || one.hasOpenTransaction)) return true
  }
  return false
}

/** One that is named is to be what the link promises; one that matches is mirrored all the same, and called unprotected. */
async function protectionBlocker(
  { destination, state, link }: LinkTarget,
  { mirrorTopic, existing, isMatched }: Pick<MirrorPlan, 'mirrorTopic' | 'existing' | 'isMatched'>,
  options: Cancel,
): Promise<readonly Blocker[]> {
  const { protect } = state.link(link.name) ?? link
  if (protect === null || isMatched || existing !== undefined) return []
  return protectionBlockers(await lookAtProtection(destination, [mirrorTopic], protect.principal, options))
}

async function destinationBlockers(
  { destination, link }: LinkTarget,
  source: TopicMetadata,
  plan: Pick<MirrorPlan, 'mirrorTopic' | 'existing' | 'isMatched'> & { readonly loop: Loop },
  options: Cancel,
): Promise<readonly Blocker[]> {
  const { mirrorTopic, existing, isMatched, loop } = plan
  if (existing !== undefined && existing.state.state !== 'PENDING') return []
  if (existing?.restoring !== undefined) return ['mirror restore is putting it in the place of the old source, which is to be ended first'] // prettier-ignore
  if (loop.kind === 'loop' || loop.kind === 'comesBack' || (isMatched && loop.kind === 'unknown')) return [loop.why]
  const there = (await destination.metadata([mirrorTopic], options)).topics.get(mirrorTopic)
  // A topic that is not there is nobody's source, so that no loop is closed.
  if (there === undefined) return []
  if (loop.kind === 'unknown') return [loop.why]
  if (isMatched && existing === undefined) {
    return [
      `topic "${mirrorTopic}" exists on "${link.destination.name}"; only by name can an empty one become a mirror`,
    ]
  }
  const ends = await logEnds(destination, partitionsOf([there]), options)
  const isEmpty = [...ends.values()].every((end) => !(end instanceof BrokerError) && end.offset === 0n)
  if (!isEmpty) return [`topic "${mirrorTopic}" exists on "${link.destination.name}" and is not empty`]
  if (there.partitions.length !== source.partitions.length) {
    return [
      `topic "${mirrorTopic}" exists on "${link.destination.name}" with ${there.partitions.length} partitions, the source has ${source.partitions.length}`,
    ]
  }
  return []
}
