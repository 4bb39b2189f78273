import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import type { Offset } from '../core/offset.ts'
import type { AskOptions } from '../kafka/cluster.ts'
import { DeniedError } from '../kafka/denied.ts'
import { requireRights } from '../kafka/held-rights.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import { type PartitionKey, partitionKey } from '../kafka/topic-partition.ts'
import { type ClampPlan, type GroupPlaces, planClamp } from '../links/clamp.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Cancel, LinkTarget, ReplicationEngine } from './engine.ts'
import { groupTranslations } from './group-translations.ts'
import { reachedOrRefused } from './reachable.ts'
import { toldTranslations } from './told-translations.ts'
import { whySourceSilent } from './views.ts'

/**
 * See `planClamp`. On a link whose engine commits places of its own, further back than they need be, groups are moved on to where they stood on the source: by
 * their commits there, and as far as the source does not tell these by what the engine wrote down of them last. Needs only the destination. Changes nothing.
 *
 * @param stopped mirrors
 * @param groups globs
 */
export async function planLinkClamp(
  engine: ReplicationEngine,
  target: LinkTarget,
  stopped: readonly MirrorRecord[],
  groups: readonly string[],
  options: Omit<AskOptions, 'keepDenied'>,
): Promise<ClampPlan> {
  const { places, ...known } = await placesOf(engine, target, stopped, groups, { signal: options.signal })
  return { groups: await planClamp(target.destination, stopped, groups, { ...options, places }), ...known }
}

/** Where the groups stood on the source, in the mirrors that are stopped. */
export async function placesOf(
  engine: Pick<ReplicationEngine, 'ownPlaces' | 'translate'>,
  target: LinkTarget,
  stopped: readonly Pick<MirrorRecord, 'mirrorTopic'>[],
  groups: readonly string[],
  options: Cancel,
): Promise<Pick<ClampPlan, 'untold' | 'lastTold'> & { readonly places: GroupPlaces }> {
  const none = { places: new Map(), untold: undefined, lastTold: undefined } as const
  if (engine.ownPlaces === undefined || stopped.length === 0) return none
  const topics = new Set(stopped.map(({ mirrorTopic }) => mirrorTopic))
  const isStopped = ({ topic }: Pick<GroupPlace, 'topic'>): boolean => topics.has(topic)
  const onSource = await placesOnSource(engine, target, groups, options)
  const found = onSource.places.filter(isStopped)
  const { why } = onSource
  // What the source speaks against is not looked for in what was written down before.
  if (why === undefined) return { ...none, places: placesBy(found), untold: onSource.unknown.find(isStopped)?.why }
  try {
    const told = await placesTold(engine, target, groups, { ...options, why })
    const byCommits = placesBy(found)
    const more = told.places.filter(isStopped).filter((one) => byCommits.get(one.group)?.get(partitionKey(one)) === undefined) // prettier-ignore
    const [oldest] = more.map(({ at }) => at).toSorted((a, b) => a.getTime() - b.getTime())
    const because = [...new Set([why, ...told.unread, ...told.unknown.filter(isStopped).map((one) => one.why)])].join('; ') // prettier-ignore
    return { places: placesBy([...found, ...more]), untold: oldest === undefined ? because : undefined, lastTold: oldest === undefined ? undefined : { why: because, oldest } } // prettier-ignore
  } catch (error) {
    options.signal.throwIfAborted()
    // Into the logs they can be moved all the same.
    if (!isAnswer(error)) throw error
    return { places: placesBy(found), untold: [...new Set([why, error.message])].join('; '), lastTold: undefined }
  }
}

function isAnswer(error: unknown): error is DeniedError | GeorepError {
  return error instanceof DeniedError || error instanceof GeorepError
}

interface GroupPlace {
  readonly group: string
  /** As the destination has it. */
  readonly topic: string
  readonly partition: number
  readonly to: Offset
}

function placesBy(found: readonly GroupPlace[]): ReadonlyMap<string, ReadonlyMap<PartitionKey, Offset>> {
  const places = new Map<string, Map<PartitionKey, Offset>>()
  for (const { group, to, ...at } of found) {
    const own = places.get(group) ?? new Map<PartitionKey, Offset>()
    places.set(group, own.set(partitionKey(at), to))
  }
  return places
}

/** @returns what the source tells, why it does not tell all, and where a place that it tells is not known on the destination */
async function placesOnSource(
  engine: Pick<ReplicationEngine, 'translate'>,
  target: LinkTarget,
  groups: readonly string[],
  options: Cancel,
): Promise<{
  readonly places: readonly GroupPlace[]
  readonly unknown: readonly (Omit<GroupPlace, 'to'> & { readonly why: string })[]
  readonly why: string | undefined
}> {
  const seen = await reachedOrRefused(target.source, target.link, options)
  const silent = whySourceSilent(seen)
  if (silent !== undefined) return { places: [], unknown: [], why: seen.sourceRefusal ?? silent }
  try {
    const { translations, unknown: untold } = await groupTranslations(engine, target, { groups, topics: '*' }, { ...options, verify: true, sourceSeen: seen }) // prettier-ignore
    const places = translations.flatMap(({ group, topic, partition, translated }) => (translated.kind === 'unknown' ? [] : [{ group, topic, partition, to: translated.to }])) // prettier-ignore
    const unknown = translations.flatMap(({ translated, ...at }) => (translated.kind === 'unknown' ? [{ ...at, why: translated.why }] : [])) // prettier-ignore
    // What may be seen, and not be read, is not compared.
    const topics = new Set(translations.flatMap(({ sourceTopic, translated }) => (translated.kind === 'unknown' ? [sourceTopic] : []))) // prettier-ignore
    const unread = await whyNot(requireRights(target.source, [...topics].map((topic) => topicRight('Read', topic)), options), options) // prettier-ignore
    return { places, unknown, why: untold[0]?.why ?? unread }
  } catch (error) {
    options.signal.throwIfAborted()
    // It has answered the first question, and may not answer the next.
    if (!isOfCluster(error)) throw error
    return { places: [], unknown: [], why: error.message }
  }
}

async function whyNot(asked: Promise<void>, options: Cancel): Promise<string | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isOfCluster(error)) throw error
    return error.message
  }
}

/** By what the engine wrote down last of where each group stood on the source, and when that was: see `toldTranslations`. */
async function placesTold(
  engine: Pick<ReplicationEngine, 'ownPlaces' | 'translate'>,
  target: LinkTarget,
  groups: readonly string[],
  { why, signal }: Cancel & { readonly why: string },
): Promise<{
  readonly places: readonly (GroupPlace & { readonly at: Date })[]
  readonly unknown: readonly (Omit<GroupPlace, 'to'> & { readonly why: string })[]
  readonly unread: readonly string[]
}> {
  const { translations, unread } = await toldTranslations(engine, target, { groups, topics: '*' }, why, { signal, verify: true }) // prettier-ignore
  return {
    places: translations.flatMap(({ translated, own, ...one }) => (translated.kind === 'unknown' ? [] : [{ ...one, at: own.at, to: translated.to }])), // prettier-ignore
    unknown: translations.flatMap(({ translated, ...one }) => (translated.kind === 'unknown' ? [{ ...one, why: translated.why }] : [])), // prettier-ignore
    unread,
  }
}
