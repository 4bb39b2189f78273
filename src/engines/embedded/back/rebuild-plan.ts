import { topicRight } from '../../../core/acl.ts'
import { GeorepError } from '../../../core/errors.ts'
import { matcherFromGlobs } from '../../../core/glob.ts'
import type { TopicMetadata } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { requireRights } from '../../../kafka/held-rights.ts'
import { logEnds } from '../../../kafka/offsets.ts'
import { isUnreadable } from '../../../kafka/records/unreadable.ts'
import { partitionsOf, placeOfKey } from '../../../kafka/topic-partition.ts'
import { topicConfigs } from '../../../kafka/topics.ts'
import { isIdle } from '../../../links/group-sync.ts'
import { groupsNow, type GroupsNow } from '../../../links/plan-moves.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { AloneIn, Blocker, Cancel, LinkTarget, MirrorAsMade, RebuildPlan, RebuiltTopic, SalvageLook } from '../../engine.ts' // prettier-ignore
import { namedMirrors } from '../../named-mirrors.ts'
import { isReachable } from '../../reachable.ts'
import { standingOf } from '../../settled-mirrors.ts'
import { aloneIn } from './alone.ts'
import { creationConfigs } from '../mirrors/mirror-configs.ts'
import { liveRunner } from '../mirrors/live-runner.ts'
import { lookAtSource, lookForHoles } from '../mirrors/plan-mirror.ts'
import { readerBlockers } from './reader-blockers.ts'
import { replicasBlocker, stateBlocker, topicBlocker } from './rebuild-blockers.ts'
import { lookForPlace, type ToSave } from './salvaging.ts'

/** See `ReplicationEngine.planRebuild`. */
export async function planRebuild(
  target: LinkTarget,
  topics: readonly string[],
  { salvage, ...options }: Cancel & SalvageLook,
): Promise<RebuildPlan> {
  const { state, link } = target
  await state.glance(options)
  const { wanted, missing } = namedMirrors(state, link.name, topics)
  const [runner, seen] = await Promise.all([
    liveRunner(state, link.name, options),
    lookAtRebuilds(target, wanted, { ...options, salvage }),
  ])
  const isPaused = (state.link(link.name) ?? link).pausedAt !== null
  return { missing, topics: seen.topics, runner, isPaused, warnings: seen.warnings }
}

/** Looks at both logs of each topic, and at whoever reads the mirror topics that are to be replaced. Changes nothing. */
export async function lookAtRebuilds(
  target: LinkTarget,
  records: readonly MirrorRecord[],
  { salvage, ...options }: Cancel & SalvageLook,
): Promise<{ readonly topics: readonly RebuiltTopic[]; readonly warnings: readonly string[] }> {
  if (records.length === 0) return { topics: [], warnings: [] }
  const { destination, source, link } = target
  const rights = records.flatMap(({ mirrorTopic }) => (['Read', 'Delete', 'Create'] as const).map((right) => topicRight(right, mirrorTopic))) // prettier-ignore
  await requireRights(destination, rights, options)
  const isSourceUp = await isReachable(source, link, options)
  const groups = await groupsNow(destination, () => true, options)
  const topics: RebuiltTopic[] = []
  for (const record of records) topics.push(await lookAtOne(target, record, { isSourceUp, groups }, options))
  for (const { how, record, partitions, blockers } of topics) {
    if (how === 'replace' && blockers.length === 0)
      await lookForPlace(salvage, destination, aloneOf(target, record, partitions), options)
  }
  const unknown = [...groups.commits].flatMap(([group, commits]) => commits instanceof BrokerError ? [`what group "${group}" has committed is not known: ${commits.message}`] : []) // prettier-ignore
  return { topics, warnings: unknown }
}

interface Read {
  readonly isSourceUp: boolean
  readonly groups: GroupsNow
}

async function lookAtOne(target: LinkTarget, record: MirrorRecord, read: Read, options: Cancel): Promise<RebuiltTopic> {
  const { state, source, destination } = target
  const { name, failure } = standingOf(state, record)
  const why = stateBlocker(record, name)
  const nothing = { record, state: name, failure, how: undefined, partitions: [], groups: [], made: undefined, ownConfigs: new Map<string, string>() } as const // prettier-ignore
  if (why !== undefined) return { ...nothing, blockers: [why] }
  if (!read.isSourceUp) return { ...nothing, blockers: [`cluster "${source.name}", from which it is made anew, does not answer`] } // prettier-ignore
  const { mirrorTopic } = record
  const { topics, brokers } = await destination.metadata([mirrorTopic], { ...options, needs: 'Read' })
  const there = topics.get(mirrorTopic)
  const isOld = there?.topicId === oldTopicIdOf(record)
  const own = isOld ? there.partitions[0]?.replicas.length : record.rebuilding?.replicationFactor
  const made = await asMade(target, record, own, options)
  if (typeof made === 'string') return { ...nothing, blockers: [made] }
  const blocker = topicBlocker(record, oldTopicIdOf(record), await seenThere(target, there, isOld, options), made.partitions) // prettier-ignore
  const tooFew = replicasBlocker(made.replicationFactor, brokers.length, destination.name)
  const blockers = [...made.blockers, blocker, tooFew].filter((one) => one !== undefined)
  const ownConfigs = isOld ? await ownConfigsOf(target, record, made, options) : new Map(Object.entries(record.rebuilding?.ownConfigs ?? {})) // prettier-ignore
  const seen = { ...nothing, how: 'make', made, ownConfigs } as const
  if (!isOld || blocker !== undefined) return { ...seen, blockers }
  const readers = readerBlockers(read.groups, mirrorTopic, destination.name)
  const counts = { mirror: there.partitions.length, source: made.partitions }
  const partitions = await aloneOrWhy(target, record, counts, options)
  const unread = typeof partitions === 'string' ? [partitions] : []
  return {
    ...seen,
    how: 'replace',
    partitions: typeof partitions === 'string' ? [] : partitions,
    groups: groupsOn(target, mirrorTopic, read.groups),
    blockers: [...blockers, ...readers, ...unread],
  }
}

/** What is saved of a mirror topic that is to be deleted. */
export function aloneOf({ link }: LinkTarget, record: MirrorRecord, alone: readonly AloneIn[]): ToSave {
  const { mirrorTopic } = record
  const about = { topic: mirrorTopic, topicId: oldTopicIdOf(record), mirrorTopic }
  const partitions = alone.map(({ partition, mirror, stretches }) => {
    return { partition, from: stretches[0]?.from ?? mirror.end, to: mirror.end, stretches }
  })
  return { link: link.name, clusterId: link.destination.clusterId, ...about, partitions }
}

/** The topic that is, or was, to be deleted; empty where there was none. */
export function oldTopicIdOf({ mirrorTopicId, rebuilding }: MirrorRecord): string {
  return rebuilding?.topicId ?? mirrorTopicId
}

async function asMade(
  target: LinkTarget,
  { sourceTopic }: MirrorRecord,
  replicationFactor: number | undefined,
  options: Cancel,
): Promise<(MirrorAsMade & { readonly blockers: readonly Blocker[] }) | Blocker> {
  try {
    const found = await lookAtSource(target, sourceTopic, { ...options, ...(replicationFactor === undefined ? {} : { replicationFactor }) }) // prettier-ignore
    const { there, hiding, starts, ...made } = found
    const look = made.blockers.length === 0 ? await lookForHoles(target, { there, hiding, starts }, options) : undefined
    return { ...made, blockers: [...made.blockers, ...(look?.blockers ?? [])] }
  } catch (error) {
    if (!(error instanceof GeorepError) || error.code !== 'GR-TOPIC-MISSING') throw error
    return `the source topic "${sourceTopic}" is gone: there is nothing to make it of; mirror failover opens what the mirror holds`
  }
}

async function seenThere(
  { destination }: LinkTarget,
  there: TopicMetadata | undefined,
  isOld: boolean,
  options: Cancel,
): Promise<Parameters<typeof topicBlocker>[2]> {
  if (there === undefined) return undefined
  const ends = isOld ? undefined : await logEnds(destination, partitionsOf([there]), options)
  const isEmpty = ends !== undefined && [...ends.values()].every((end) => !(end instanceof BrokerError) && end.offset === 0n) // prettier-ignore
  return { topicId: there.topicId, partitions: there.partitions.length, isEmpty }
}

/** What the topic has of its own that neither the source nor georep has given it. */
async function ownConfigsOf(
  { destination }: LinkTarget,
  { mirrorTopic, copiedConfigs = {} }: MirrorRecord,
  { configs }: MirrorAsMade,
  options: Cancel,
): Promise<ReadonlyMap<string, string>> {
  const given = creationConfigs(configs)
  const now = (await topicConfigs(destination, [mirrorTopic], options)).get(mirrorTopic) ?? new Map<string, never>()
  return new Map(
    [...now].flatMap(([name, { isOwn, value }]) =>
      isOwn && value !== undefined && !given.has(name) && copiedConfigs[name] !== value ? [[name, value] as const] : [],
    ),
  )
}

async function aloneOrWhy(
  target: LinkTarget,
  record: MirrorRecord,
  counts: Parameters<typeof aloneIn>[2],
  options: Cancel,
): Promise<RebuiltTopic['partitions'] | Blocker> {
  try {
    return await aloneIn(target, record, counts, options)
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof BrokerError || isUnreadable(error))) throw error
    return `what the mirror alone holds could not be read: ${error.message}`
  }
}

function groupsOn({ link, state }: LinkTarget, topic: string, { listed, commits }: GroupsNow): RebuiltTopic['groups'] {
  const isCarried = matcherFromGlobs((state.link(link.name) ?? link).groups)
  return [...listed.values()]
    .filter(({ group }) => {
      const own = commits.get(group)
      return own !== undefined && !(own instanceof BrokerError) && [...own.keys()].some((key) => placeOfKey(key).topic === topic) // prettier-ignore
    })
    .map(({ group, state: name }) => ({ group, isActive: !isIdle(name), isCarried: isCarried(group) }))
    .toSorted((a, b) => (a.group < b.group ? -1 : 1))
}
