import { matcherFromGlobs } from '../core/glob.ts'
import { GeorepError } from '../core/errors.ts'
import type { Offset } from '../core/offset.ts'
import type { AskOptions } from '../kafka/cluster.ts'
import { DeniedError } from '../kafka/denied.ts'
import { type PartitionKey, partitionKey } from '../kafka/topic-partition.ts'
import { type ClampPlan, type GroupPlaces, planClamp } from '../links/clamp.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Cancel, LinkTarget, ReplicationEngine } from './engine.ts'
import { groupTranslations } from './group-translations.ts'
import { isReachable } from './reachable.ts'

/**
 * See `planClamp`. On a link whose engine commits places of its own, further back than they need be, groups are moved on to where they stood on the source: by
 * their commits there, or without the source by what the engine wrote down of them last. Needs only the destination. Changes nothing.
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
  const { places, untold } = await placesOf(engine, target, stopped, groups, { signal: options.signal })
  return { groups: await planClamp(target.destination, stopped, groups, { ...options, places }), untold }
}

async function placesOf(
  engine: ReplicationEngine,
  target: LinkTarget,
  stopped: readonly MirrorRecord[],
  groups: readonly string[],
  options: Cancel,
): Promise<{ readonly places: GroupPlaces; readonly untold: string | undefined }> {
  const places = new Map<string, Map<PartitionKey, Offset>>()
  if (engine.ownPlaces === undefined || stopped.length === 0) return { places, untold: undefined }
  try {
    const found = (await isReachable(target.source, target.link, options)) ? await placesOnSource(engine, target, groups, options) : await placesTold(engine, target, groups, options) // prettier-ignore
    const topics = new Set(stopped.map(({ mirrorTopic }) => mirrorTopic))
    for (const { group, to, ...at } of found) {
      if (!topics.has(at.topic)) continue
      const own = places.get(group) ?? new Map<PartitionKey, Offset>()
      places.set(group, own.set(partitionKey(at), to))
    }
    return { places, untold: undefined }
  } catch (error) {
    options.signal.throwIfAborted()
    // Into the logs they can be moved all the same.
    if (error instanceof DeniedError || error instanceof GeorepError) return { places, untold: error.message }
    throw error
  }
}

interface GroupPlace {
  readonly group: string
  /** As the destination has it. */
  readonly topic: string
  readonly partition: number
  readonly to: Offset
}

async function placesOnSource(
  engine: ReplicationEngine,
  target: LinkTarget,
  groups: readonly string[],
  options: Cancel,
): Promise<readonly GroupPlace[]> {
  const { translations } = await groupTranslations(engine, target, { groups, topics: '*' }, { ...options, verify: true }) // prettier-ignore
  return translations.flatMap(({ group, topic, partition, translated }) => (translated.kind === 'unknown' ? [] : [{ group, topic, partition, to: translated.to }])) // prettier-ignore
}

/** By what the engine wrote down last of where each group stood on the source. */
async function placesTold(
  engine: ReplicationEngine,
  target: LinkTarget,
  groups: readonly string[],
  options: Cancel,
): Promise<readonly GroupPlace[]> {
  const { state, link } = target
  const isWanted = matcherFromGlobs(groups)
  const sourceTopicOf = new Map(state.mirrors(link.name).map(({ mirrorTopic, sourceTopic }) => [mirrorTopic, sourceTopic])) // prettier-ignore
  const told = ((await engine.ownPlaces?.(target, options)) ?? []).flatMap((one) => {
    const topic = sourceTopicOf.get(one.mirrorTopic)
    return topic === undefined || !isWanted(one.group) ? [] : [{ ...one, topic }]
  })
  const asked = told.map(({ topic, partition, from }) => ({ topic, partition, offset: from }))
  const found = await engine.translate(target, asked, { ...options, verify: true })
  return told.flatMap(({ group, mirrorTopic, partition }, index): readonly GroupPlace[] => {
    const translated = found[index]?.translated
    return translated === undefined || translated.kind === 'unknown' ? [] : [{ group, topic: mirrorTopic, partition, to: translated.to }] // prettier-ignore
  })
}
