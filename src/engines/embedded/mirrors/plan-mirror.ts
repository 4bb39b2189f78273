import { idRight, rightText } from '../../../core/acl.ts'
import type { Loop } from '../../../core/ancestry.ts'
import { GeorepError } from '../../../core/errors.ts'
import type { Cluster, TopicMetadata } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../../kafka/offsets.ts'
import { producerStates } from '../../../kafka/producers.ts'
import { partitionKey, type PartitionKey, partitionsOf, type TopicPartition } from '../../../kafka/topic-partition.ts'
import { type ConfigEntry, topicConfigs } from '../../../kafka/topics.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import { transactionalId } from '../../../links/transactional-ids.ts'
import type { Blocker, Cancel, LinkTarget, MirrorAsMade, MirrorPlan, MirrorPlanOptions } from '../../engine.ts'
import { knownSettings } from '../../last-configs.ts'
import { Lineage, loopOf } from '../../lineage.ts'
import { mirrorConfigsOf } from './config-changes.ts'
import { type HiddenLook, lookForHidden, type PartitionHole } from '../holes/hidden-look.ts'
import { type HidingWay, mostHidden, permittedHiding } from '../holes/hiding.ts'
import type { KnownHoles } from '../holes/known-holes.ts'
import { lookAtProtection, protectionBlockers } from '../../protection.ts'
import { nameBlockers } from '../../name-blockers.ts'

/**
 * See `ReplicationEngine.planMirror`.
 *
 * @param options.holes of who plans again and again: what it was refused for is not looked for in the logs again while it is there
 */
export async function planMirror(
  target: LinkTarget,
  topic: string,
  options: MirrorPlanOptions & { readonly lineage?: Lineage; readonly holes?: KnownHoles },
): Promise<MirrorPlan> {
  const { state, link } = target
  const { there, hiding, starts, blockers: ofSource, ...found } = await lookAtSource(target, topic, options)
  const isMatched = options.isMatched ?? false
  const mirrorTopic = `${options.prefix ?? ''}${topic}`
  const existing = state.mirror(link.name, mirrorTopic)
  const names = { sourceTopic: topic, mirrorTopic }
  const loop = await loopOf(options.lineage ?? new Lineage(target), target, names, options)
  const blockers = [
    ...nameBlockers(target, names),
    ...ofSource,
    ...(await protectionBlocker(target, { mirrorTopic, existing, isMatched }, options)),
    ...(await destinationBlockers(target, there, { ...names, existing, isMatched, loop }, options)),
  ]
  const isToBeMade = blockers.length === 0 && (existing === undefined || existing.state.state === 'PENDING')
  const look = isToBeMade ? await lookForHoles(target, { there, hiding, starts }, options) : undefined
  return {
    ...names,
    isMatched,
    ...found,
    existing,
    ...(isMatched && (loop.kind === 'loop' || loop.kind === 'comesBack') ? { isLeftOut: true } : {}),
    ...(look?.hidden === undefined ? {} : { hidden: look.hidden }),
    blockers: [...blockers, ...(look?.blockers ?? [])],
  }
}

export interface SeenSource extends MirrorAsMade {
  readonly there: TopicMetadata
  /** How offsets are hidden that no consumer sees; undefined where there are none, or where neither way is permitted, which is a blocker. */
  readonly hiding: HidingWay | undefined
  /** Log starts, in the order of the partitions. */
  readonly starts: readonly bigint[]
  readonly blockers: readonly Blocker[]
}

/**
 * What a mirror of the topic would be, and what stands in its way at the source. Its log is not looked through: see `lookForHoles`.
 *
 * @param options.replicationFactor of the mirror; as the source's, as far as there are brokers, where it is not given
 * @throws GeorepError "refused" GR-TOPIC-MISSING
 */
export async function lookAtSource(
  target: LinkTarget,
  topic: string,
  options: Cancel & { readonly replicationFactor?: number },
): Promise<SeenSource> {
  const { source, destination, link } = target
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
  const replicationFactor = options.replicationFactor ?? Math.min(there.partitions[0]?.replicas.length ?? 1, brokers.length) // prettier-ignore
  const known = await knownSettings(destination, options)
  const ends = await spans(source, there, options)
  const why = await whyItHides(source, there, configs, options)
  const hiding = why === undefined ? undefined : await permittedHiding(destination, link.name, options)
  return {
    there,
    hiding,
    starts: ends.starts,
    sourceTopicId: there.topicId,
    partitions: there.partitions.length,
    replicationFactor,
    recordsToCopy: ends.records,
    configs: mirrorConfigsOf(link, configs, { replicationFactor, known }),
    blockers: [
      ...sourceBlockers(there, configs, ends.starts),
      ...(why !== undefined && hiding === undefined ? [hidingBlocker(target, topic, why)] : []),
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

/** Why a source has offsets that no consumer sees, which have to be taken up on the mirror; undefined when it has none. */
async function whyItHides(
  source: Cluster,
  topic: TopicMetadata,
  configs: ReadonlyMap<string, ConfigEntry>,
  options: Cancel,
): Promise<string | undefined> {
  if (policiesOf(configs).includes('compact')) return 'is compacted'
  return (await isTransactional(source, topic, options)) ? 'is written in transactions' : undefined
}

/** Offsets are taken up by markers, which need one of two rights. */
function hidingBlocker({ destination, link }: LinkTarget, topic: string, why: string): Blocker {
  const id = rightText(idRight('Write', transactionalId.hiding(link.name)))
  return `"${topic}" ${why}: on the mirror the offsets that no consumer sees have to be taken up, which needs Alter on cluster "${destination.name}" or, more slowly, ${id} there`
}

/** Looks through the source's log where offsets are to be hidden, for stretches that its runner would fail the mirror for when it comes there. */
export async function lookForHoles(
  { source }: LinkTarget,
  { there, hiding, starts }: Pick<SeenSource, 'there' | 'hiding' | 'starts'>,
  { holes: known, ...options }: Cancel & { readonly holes?: KnownHoles },
): Promise<{ readonly hidden: HiddenLook | undefined; readonly blockers: readonly Blocker[] } | undefined> {
  if (hiding === undefined) return undefined
  const now = { there, starts, most: mostHidden[hiding] }
  const before = known?.blockersOf(now)
  if (before !== undefined) return { hidden: undefined, blockers: before }
  const hidden = await lookForHidden(source, there, { ...options, most: now.most })
  const [worst] = hidden.holes.toSorted((a, b) => (a.count > b.count ? -1 : 1))
  if (worst === undefined) return { hidden, blockers: [] }
  const blockers = [holeBlocker(there.name, worst, hidden)]
  known?.note(now, worst, blockers)
  return { hidden, blockers }
}

function holeBlocker(
  topic: string,
  { partition, from, until, count }: PartitionHole,
  { holes, mostAtOnce }: HiddenLook,
): Blocker {
  const others = holes.length === 1 ? '' : `, the most of ${holes.length} such stretches`
  return `partition ${partition} of "${topic}" has no records at ${count} offsets from ${from} up to ${until}${others}: more than ${mostAtOnce} at once are not hidden on a mirror`
}

function policiesOf(configs: ReadonlyMap<string, ConfigEntry>): readonly string[] {
  return (configs.get('cleanup.policy')?.value ?? 'delete').split(',').map((one) => one.trim())
}

async function isTransactional(source: Cluster, topic: TopicMetadata, options: Cancel): Promise<boolean> {
  for (const states of (await producerStates(source, partitionsOf([topic]), options)).values()) {
    if (states instanceof BrokerError) throw new GeorepError('failed', 'GR-BROKER-REFUSED', states.message)
    if (states.some((one) => one.coordinatorEpoch >= 0 || one.openFrom !== undefined)) return true
  }
  return false
}

/** Which act is making the topic of a PENDING mirror anew; undefined of one that is being created. */
export function anewBy(existing: MirrorRecord | undefined): string | undefined {
  if (existing?.restoring !== undefined) return 'mirror restore is putting it in the place of the old source'
  return existing?.rebuilding === undefined ? undefined : 'mirror rebuild is making its topic anew'
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
  const act = anewBy(existing)
  if (act !== undefined) return [`${act}, which is to be ended first`]
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
