import { clusterRight, type Right, topicRight } from '../../../core/acl.ts'
import { matcherFromGlobs } from '../../../core/glob.ts'
import { offset, type Offset } from '../../../core/offset.ts'
import { messageOf } from '../../../core/errors.ts'
import type { ClusterMetadata } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { requireRights } from '../../../kafka/held-rights.ts'
import { logBounds, logEnds } from '../../../kafka/offsets.ts'
import { partitionKey } from '../../../kafka/topic-partition.ts'
import { type ConfigEntry, topicConfigs } from '../../../kafka/topics.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type {
  Blocker,
  Cancel,
  LinkPair,
  MirrorConfigs,
  ReversedPartition,
  ReversedTopic,
  ReversePlan,
} from '../../engine.ts'
import { knownSettings } from '../../last-configs.ts'
import { Lineage, loopOf } from '../../lineage.ts'
import { linkGroups } from '../../link-groups.ts'
import { namedMirrors } from '../../named-mirrors.ts'
import { mirrorConfigsOf } from '../mirrors/config-changes.ts'
import { logDifference } from './log-difference.ts'
import { creationConfigs } from '../mirrors/mirror-configs.ts'
import { liveRunner } from '../mirrors/live-runner.ts'
import { endBlocker, existingBlocker, recordBlocker, topicBlockers } from './reverse-blockers.ts'

/** See `ReplicationEngine.planReverse`. */
export async function planReverse(
  pair: LinkPair,
  topics: readonly string[] | 'all',
  options: Cancel,
): Promise<ReversePlan> {
  // Of all mirrors those are meant that a promote has stopped: the others go on, or are another verb's.
  const { wanted, missing } = await mirrorsOf(pair, topics, (record) => recordBlocker(record) === undefined, options)
  const [carried, seen] = await Promise.all([
    carriedBack(pair, wanted, options),
    lookAtReversals(pair, wanted, options),
  ])
  return { missing, topics: seen.map(({ topic }) => topic), ...carried }
}

/** The mirrors that are meant, as both links' states have them now; of all mirrors those that are `isMeant`. */
export async function mirrorsOf(
  { from, onto }: LinkPair,
  topics: readonly string[] | 'all',
  isMeant: (record: MirrorRecord) => boolean,
  options: Cancel,
): Promise<ReturnType<typeof namedMirrors>> {
  await from.state.glance(options)
  await onto.state.glance(options)
  const { wanted, missing } = namedMirrors(from.state, from.link.name, topics)
  return { wanted: topics === 'all' ? wanted.filter(isMeant) : wanted, missing }
}

/** Who carries the link back, and which groups with commits on the promoted topics. */
export async function carriedBack(
  { from, onto }: LinkPair,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<Pick<ReversePlan, 'groups' | 'runner' | 'isPaused'>> {
  const link = onto.state.link(onto.link.name) ?? onto.link
  const groups = [...new Set([...from.link.groups, ...link.groups])]
  const promoted = records.map((record) => ({ ...record, sourceTopic: record.mirrorTopic }))
  const isCarried = matcherFromGlobs(link.groups)
  const [runner, found] = await Promise.all([
    liveRunner(onto.state, link.name, options),
    promoted.length === 0 ? [] : linkGroups({ ...onto, link: { ...link, groups } }, promoted, options),
  ])
  return {
    groups: found.map((one) => ({ ...one, isCarried: isCarried(one.group) })),
    runner,
    isPaused: link.pausedAt !== null,
  }
}

/** What was seen of one topic, with what its mirror is to be set to. */
export interface Reversal {
  readonly topic: ReversedTopic
  /** Of the promoted topic, for a mirror on the old source's cluster. */
  readonly configs: MirrorConfigs
  /** Of the old source. */
  readonly replicationFactor: number
}

/** What stands in the way of a topic that is to go back. */
export interface WayBack {
  readonly recordBlocker: typeof recordBlocker
  readonly existingBlocker: typeof existingBlocker
  readonly endBlocker: typeof endBlocker
}

/** From the same offset, nothing replaced. */
const asItIs: WayBack = { recordBlocker, existingBlocker, endBlocker }

/**
 * Looks at both logs of each topic. Changes nothing.
 *
 * @throws DeniedError, also for what is needed to send them back
 */
export async function lookAtReversals(
  pair: LinkPair,
  records: readonly MirrorRecord[],
  options: Cancel & { readonly way?: WayBack },
): Promise<readonly Reversal[]> {
  if (records.length === 0) return []
  const { onto } = pair
  const needs = { ...options, needs: 'Read' } as const
  const old = await onto.destination.metadata(records.map(({ sourceTopic }) => sourceTopic), needs) // prettier-ignore
  const promoted = await onto.source.metadata(records.map(({ mirrorTopic }) => mirrorTopic), needs) // prettier-ignore
  const known = await knownSettings(onto.destination, options)
  const lineage = new Lineage(onto)
  const seen: Reversal[] = []
  const way = options.way ?? asItIs
  for (const record of records)
    seen.push(await lookAtOne(pair, record, { old, promoted, known, lineage, way }, options))
  return seen
}

/** What changing the old source needs: an act that ends half-way for want of a right leaves a mirror that nobody carries. */
function changesOf({ from }: LinkPair, { sourceTopic }: MirrorRecord): readonly Right[] {
  const fence = from.state.fence(from.link.name, sourceTopic)?.fence
  return [topicRight('AlterConfigs', sourceTopic), ...(fence?.how === 'acl' && fence.isOwn ? [clusterRight('Alter')] : [])] // prettier-ignore
}

interface Read {
  readonly old: ClusterMetadata
  readonly promoted: ClusterMetadata
  /** Settings that brokers of the old source's cluster know. */
  readonly known: ReadonlySet<string>
  readonly lineage: Lineage
  readonly way: WayBack
}

const noConfigs: MirrorConfigs = { copied: new Map(), overridden: new Map(), deferred: new Map(), skipped: new Map() }

async function lookAtOne(pair: LinkPair, record: MirrorRecord, read: Read, options: Cancel): Promise<Reversal> {
  const { from, onto } = pair
  const names = { sourceTopic: record.mirrorTopic, mirrorTopic: record.sourceTopic }
  const existing = onto.state.mirror(onto.link.name, names.mirrorTopic)
  const topics = { old: read.old.topics.get(names.mirrorTopic), promoted: read.promoted.topics.get(names.sourceTopic) }
  const isThere = existing !== undefined && ['ACTIVE', 'PAUSED'].includes(existing.state.state)
  const isDone = isThere && existing.sourceTopicId === topics.promoted?.topicId && existing.mirrorTopicId === topics.old?.topicId // prettier-ignore
  const fence = from.state.fence(from.link.name, record.sourceTopic)?.fence.how
  const topic = { record, existing, isDone, fence, partitions: [], settings: [], blockers: [] }
  const replicationFactor = topics.old?.partitions[0]?.replicas.length ?? 1
  if (isDone) return { topic, configs: noConfigs, replicationFactor }
  const clusters = { old: onto.destination.name, promoted: onto.source.name }
  const { way } = read
  const early = [way.recordBlocker(record), way.existingBlocker(existing, record)].filter((one) => one !== undefined)
  const blockers: Blocker[] = [...early, ...otherLinkBlockers(pair, names.mirrorTopic), ...topicBlockers(record, topics, clusters)] // prettier-ignore
  if (blockers.length > 0 || topics.old === undefined) return { topic: { ...topic, blockers }, configs: noConfigs, replicationFactor } // prettier-ignore

  await requireRights(onto.destination, changesOf(pair, record), options)
  const loop = await loopOf(read.lineage, onto, names, options)
  if (loop.kind !== 'none') blockers.push(loop.why)
  const configs = await configsLike(pair, names.sourceTopic, { replicationFactor, known: read.known }, options)
  const settings = await settingsOf(pair, names.mirrorTopic, configs, options)
  const partitions = await endsOf(pair, record, topics.old.partitions.length, options)
  for (const one of partitions) {
    const why = way.endBlocker(one, clusters) ?? (await differenceIn(pair, record, one, options))
    if (why !== undefined) blockers.push(why)
  }
  return { topic: { ...topic, partitions, settings, blockers }, configs, replicationFactor }
}

/** What a mirror of the promoted topic has for settings on the old source's cluster. */
export async function configsLike(
  { onto }: LinkPair,
  promoted: string,
  brokers: { readonly replicationFactor: number; readonly known: ReadonlySet<string> },
  options: Cancel,
): Promise<MirrorConfigs> {
  const there = (await topicConfigs(onto.source, [promoted], options)).get(promoted)
  return mirrorConfigsOf(onto.link, there ?? new Map<string, ConfigEntry>(), brokers)
}

/** Links that feed the old source as well: two would write to it. */
function otherLinkBlockers({ onto }: LinkPair, topic: string): readonly Blocker[] {
  return onto.state
    .links()
    .filter(({ name, destination }) => name !== onto.link.name && destination.clusterId === onto.link.destination.clusterId)
    .filter(({ name }) => {
      const mirror = onto.state.mirror(name, topic)
      return mirror !== undefined && mirror.state.state !== 'STOPPED'
    })
    .map(({ name }) => `link "${name}" mirrors into "${topic}" on "${onto.destination.name}"`)
} // prettier-ignore

/** What the old source has otherwise than its mirror needs it. */
async function settingsOf(
  { onto }: LinkPair,
  topic: string,
  configs: MirrorConfigs,
  options: Cancel,
): Promise<ReversedTopic['settings']> {
  const now = (await topicConfigs(onto.destination, [topic], options)).get(topic)
  return [...creationConfigs(configs)].flatMap(([name, value]) => {
    const is = now?.get(name)
    return is?.isOwn === true && is.value === value ? [] : [{ name, was: is?.value ?? null, value }]
  })
}

/** Where both logs of each partition end. A partition that was added to both since has begun at 0. */
export async function endsOf(
  { onto }: LinkPair,
  record: MirrorRecord,
  count: number,
  options: Cancel,
): Promise<readonly ReversedPartition[]> {
  const places = (topic: string): readonly { topic: string; partition: number }[] =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  const old = await logEnds(onto.destination, places(record.sourceTopic), options)
  const promoted = await logEnds(onto.source, places(record.mirrorTopic), options)
  const stopped = record.state.state === 'STOPPED' ? record.state.ends : []
  const read = (ends: typeof old, topic: string, partition: number): Offset | undefined => {
    const end = ends.get(partitionKey({ topic, partition }))
    return end === undefined || end instanceof BrokerError ? undefined : end.offset
  }
  return Array.from({ length: count }, (_, partition) => ({
    partition,
    stoppedAt: offset(stopped[partition] ?? 0n),
    oldEnd: read(old, record.sourceTopic, partition),
    promotedEnd: read(promoted, record.mirrorTopic, partition),
  }))
}

async function differenceIn(
  { onto }: LinkPair,
  { sourceTopic, mirrorTopic }: MirrorRecord,
  { partition, stoppedAt }: ReversedPartition,
  options: Cancel,
): Promise<Blocker | undefined> {
  const [promoted, old] = [
    { topic: mirrorTopic, partition },
    { topic: sourceTopic, partition },
  ]
  const needs = { ...options, needs: 'Read' } as const
  const here = (await logBounds(onto.source, [promoted], 'logStart', needs)).get(partitionKey(promoted))
  const there = (await logBounds(onto.destination, [old], 'logStart', needs)).get(partitionKey(old))
  try {
    for (const start of [here, there]) if (start instanceof BrokerError) throw start
    const why = await logDifference(
      { cluster: onto.source, ...promoted, start: here as bigint },
      { cluster: onto.destination, ...old, start: there as bigint },
      stoppedAt,
      options,
    )
    return why === undefined ? undefined : `partition ${partition}: ${why}`
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof BrokerError)) throw error
    return `whether partition ${partition} is the same on both sides could not be read: ${messageOf(error)}`
  }
}
