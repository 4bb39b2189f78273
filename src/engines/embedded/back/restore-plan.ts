import { clusterRight, topicRight } from '../../../core/acl.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { requireRights } from '../../../kafka/held-rights.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { committedOffsets } from '../../../kafka/groups.ts'
import { logBounds } from '../../../kafka/offsets.ts'
import { partitionKey } from '../../../kafka/topic-partition.ts'
import { topicConfigs } from '../../../kafka/topics.ts'
import { groupsNow, type GroupsNow } from '../../../links/plan-moves.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type {
  Blocker,
  Cancel,
  History,
  LinkPair,
  NeverArrived,
  RestoredTopic,
  RestorePlan,
  SalvageLook,
  SourceFence,
} from '../../engine.ts'
import { knownSettings } from '../../last-configs.ts'
import { planSourceFence } from '../../source-fence.ts'
import { readerBlockers } from './reader-blockers.ts'
import { byReplacing, hasParted } from './restore-blockers.ts'
import { partedAt } from './parted-at.ts'
import { neverArrivedOf } from './restore-salvage.ts'
import { lookForPlace } from './salvaging.ts'
import { carriedBack, configsLike, lookAtReversals, mirrorsOf, type Reversal } from './reverse-plan.ts'

interface LookOptions extends Cancel, SalvageLook {
  /** Undefined when it is not known yet. */
  readonly fence: SourceFence['how'] | undefined
  readonly history: History
}

/** See `ReplicationEngine.planRestore`. */
export async function planRestore(
  pair: LinkPair,
  topics: readonly string[] | 'all',
  options: LookOptions,
): Promise<RestorePlan> {
  // What a promote has stopped goes back by reverse, unless it is named: its old source may have been written to since.
  const { wanted, missing } = await mirrorsOf(pair, topics, ({ state }) => state.state === 'STOPPED' && state.stoppedBy === 'failover', options) // prettier-ignore
  const [carried, seen] = await Promise.all([
    carriedBack(pair, wanted, options),
    lookAtRestorals(pair, wanted, options),
  ])
  const anew = seen.flatMap(({ topic }) => (topic.how === 'goOn' || topic.isDone ? [] : [topic.record]))
  const late = options.history === 'delta' ? await lateWarnings(pair, anew, carried.groups, options) : []
  const warnings = [...new Set([...seen.flatMap((one) => one.warnings), ...late])]
  return { missing, topics: seen.map(({ topic }) => topic), warnings, ...carried }
}

/** What was seen of one topic that is to come back. */
export interface Restoral extends Omit<Reversal, 'topic'> {
  readonly topic: RestoredTopic
  readonly warnings: readonly string[]
}

/** Looks at both logs of each topic, and at whoever reads the old sources that are to be replaced. Changes nothing. */
export async function lookAtRestorals(
  pair: LinkPair,
  records: readonly MirrorRecord[],
  options: LookOptions,
): Promise<readonly Restoral[]> {
  const deleted = await deletedTopics(pair, records, options)
  const others = records.filter((record) => !deleted.includes(record))
  const reversals = await lookAtReversals(pair, others, { signal: options.signal, way: byReplacing })
  const mustBeRead = reversals.some(({ topic }) => isReplaced(topic))
  const groups = mustBeRead ? await groupsNow(pair.onto.destination, () => true, options) : undefined
  const seen: Restoral[] = []
  for (const record of records) {
    const found = reversals.find(({ topic }) => topic.record === record)
    if (found === undefined) seen.push(await unfinished(pair, record, options))
    else if (groups !== undefined && isReplaced(found.topic)) seen.push(await replaced(pair, found, groups, options))
    else seen.push({ ...found, topic: { ...found.topic, how: 'goOn', lost: [] }, warnings: [] })
  }
  return seen
}

function isReplaced({ isDone, partitions }: Reversal['topic']): boolean {
  return !isDone && partitions.some(hasParted)
}

/** Those whose old source an earlier restore has deleted: what is there now under its name, if anything, has another id. */
async function deletedTopics(
  { onto }: LinkPair,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<readonly MirrorRecord[]> {
  const open = records.flatMap((record) => {
    const existing = onto.state.mirror(onto.link.name, record.sourceTopic)
    const isOf = existing?.sourceTopic === record.mirrorTopic && existing.restoring?.topicId === record.sourceTopicId
    return isOf && existing.restoring?.isSaved === true ? [record] : []
  })
  if (open.length === 0) return []
  const names = open.map(({ sourceTopic }) => sourceTopic)
  const { topics } = await onto.destination.metadata(names, { ...options, needs: 'Read' })
  return open.filter(({ sourceTopic, sourceTopicId }) => topics.get(sourceTopic)?.topicId !== sourceTopicId)
}

/** Of a topic that was deleted, and not yet made anew. */
async function unfinished(pair: LinkPair, record: MirrorRecord, options: LookOptions): Promise<Restoral> {
  const { from, onto } = pair
  const existing = onto.state.mirror(onto.link.name, record.sourceTopic)
  const replicationFactor = existing?.restoring?.replicationFactor ?? 1
  const known = await knownSettings(onto.destination, options)
  const promoted = (await onto.source.metadata([record.mirrorTopic], { ...options, needs: 'Read' })).topics.get(record.mirrorTopic) // prettier-ignore
  const isThere = promoted?.topicId === record.mirrorTopicId
  const topic: RestoredTopic = {
    record,
    existing,
    isDone: false,
    how: 'finish',
    lost: [],
    partitions: [],
    settings: [],
    fence: from.state.fence(from.link.name, record.sourceTopic)?.fence.how,
    blockers: isThere ? await historyBlockers(pair, record, options) : [`topic "${record.mirrorTopic}" on "${onto.source.name}" was deleted, or made anew`], // prettier-ignore
  }
  const configs = isThere
    ? await configsLike(pair, record.mirrorTopic, { replicationFactor, known }, options)
    : { copied: new Map(), overridden: new Map(), deferred: new Map(), skipped: new Map() }
  return { topic, configs, replicationFactor, warnings: [] }
}

async function replaced(pair: LinkPair, reversal: Reversal, groups: GroupsNow, look: LookOptions): Promise<Restoral> {
  const { fence, salvage, ...options } = look
  const { from, onto } = pair
  const { topic } = reversal
  const { sourceTopic } = topic.record
  const needed = (['Read', 'Delete', 'Create'] as const).map((right) => topicRight(right, sourceTopic))
  await requireRights(onto.destination, [...needed, ...(fence === 'acl' ? [clusterRight('Alter')] : [])], options)
  const producers = fence === undefined ? undefined : await planSourceFence(from, [sourceTopic], fence, options)
  const blockers = [
    ...topic.blockers,
    ...readerBlockers(groups, sourceTopic, onto.destination.name),
    ...unsavedBlockers(groups),
    ...mirroredBlockers(pair, sourceTopic),
    ...(await historyBlockers(pair, topic.record, look)),
    ...(producers?.blockers ?? []),
  ]
  const lost = await neverArrived(pair, topic, options)
  if (blockers.length === 0)
    await lookForPlace(salvage, onto.destination, neverArrivedOf(pair, topic.record, lost), options)
  const warnings = [...(producers?.warnings ?? []), ...(await agedWarnings(pair, topic, options))]
  return { ...reversal, topic: { ...topic, how: 'replace', lost, blockers }, warnings }
}

/** Their places on the topic go with it. */
function unsavedBlockers({ commits }: GroupsNow): readonly Blocker[] {
  return [...commits].flatMap(([group, own]) => own instanceof BrokerError ? [`what group "${group}" has committed on it is to be saved, and is not known: ${own.message}`] : []) // prettier-ignore
}

/** A log can begin late only where brokers delete records. */
async function historyBlockers(
  { onto: { source } }: LinkPair,
  { mirrorTopic }: MirrorRecord,
  { history, ...options }: LookOptions,
): Promise<readonly Blocker[]> {
  if (history === 'full') return []
  const policy = (await topicConfigs(source, [mirrorTopic], options)).get(mirrorTopic)?.get('cleanup.policy')?.value
  if (policy?.includes('delete') === true) return []
  return [`of a topic with cleanup.policy=${policy ?? '?'} no broker deletes what would stand before its history: it can come back with --history full only`] // prettier-ignore
}

/** Groups that have not read up to where the mirrors are to begin. */
async function lateWarnings(
  { onto: { source, destination } }: LinkPair,
  records: readonly MirrorRecord[],
  groups: RestorePlan['groups'],
  options: Cancel,
): Promise<readonly string[]> {
  const commits = await committedOffsets(source, groups.map(({ group }) => group), options) // prettier-ignore
  return groups.flatMap(({ group }) => {
    const own = commits.get(group)
    if (own === undefined || own instanceof BrokerError) return [`where group "${group}" stands on "${source.name}" is not known`] // prettier-ignore
    return records.flatMap((record) =>
      partedAt(record).flatMap((from, partition) => {
        const key = partitionKey({ topic: record.mirrorTopic, partition })
        const at = own.get(key)
        return at === undefined || at >= from ? [] : [`group "${group}" is at ${at.toString()} of ${key} on "${source.name}", and the mirror on "${destination.name}" is to begin at ${from.toString()}: there it would miss what lies between`] // prettier-ignore
      }),
    )
  })
}

/** What retention has left to the old source alone goes with it, and is not what never arrived: nobody is to miss it without having been told. */
async function agedWarnings(
  { onto }: LinkPair,
  { record, partitions }: Reversal['topic'],
  options: Cancel,
): Promise<readonly string[]> {
  const { sourceTopic, mirrorTopic } = record
  const startsOf = async (cluster: Cluster, topic: string): ReturnType<typeof logBounds> =>
    await logBounds(cluster, partitions.map(({ partition }) => ({ topic, partition })), 'logStart', { ...options, needs: 'Read' }) // prettier-ignore
  const [old, promoted] = await Promise.all([startsOf(onto.destination, sourceTopic), startsOf(onto.source, mirrorTopic)]) // prettier-ignore
  return partitions.flatMap(({ partition, stoppedAt }) => {
    const [here, there] = [old.get(partitionKey({ topic: sourceTopic, partition })), promoted.get(partitionKey({ topic: mirrorTopic, partition }))] // prettier-ignore
    for (const start of [here, there]) if (start instanceof BrokerError) throw start
    const [from, until] = [here as bigint, there as bigint]
    const to = until < stoppedAt ? until : stoppedAt
    return from < to ? [`offsets ${from.toString()} to ${(to - 1n).toString()} of ${sourceTopic}/${partition} are on "${onto.destination.name}" alone, as the log on "${onto.source.name}" begins at ${until.toString()}: they are not saved, and are deleted with the topic`] : [] // prettier-ignore
  })
}

/** Links that copy the old source elsewhere: their mirrors would have another topic for their source. */
function mirroredBlockers({ from, onto }: LinkPair, topic: string): readonly Blocker[] {
  return from.state
    .links()
    .filter(({ name, source }) => name !== from.link.name && source.clusterId === onto.link.destination.clusterId)
    .flatMap(({ name }) => from.state.mirrors(name))
    .filter(({ sourceTopic, state }) => sourceTopic === topic && state.state !== 'STOPPED')
    .map(({ link }) => `link "${link}" mirrors "${topic}" of "${onto.destination.name}", which is to be replaced`)
}

async function neverArrived(
  { onto }: LinkPair,
  { record, partitions }: Reversal['topic'],
  options: Cancel,
): Promise<readonly NeverArrived[]> {
  const places = partitions.map(({ partition }) => ({ topic: record.sourceTopic, partition }))
  const starts = await logBounds(onto.destination, places, 'logStart', { ...options, needs: 'Read' })
  return partitions.map((one): NeverArrived => {
    const { partition, stoppedAt, oldEnd = stoppedAt } = one
    const start = starts.get(partitionKey({ topic: record.sourceTopic, partition }))
    if (start instanceof BrokerError) throw start
    const from = start !== undefined && start > stoppedAt ? start : stoppedAt
    return { partition, from, to: oldEnd, gone: from - stoppedAt }
  })
}
