import { GeorepError } from '../../core/errors.ts'
import type { Offset } from '../../core/offset.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { SyncRuns } from '../../core/sync-runs.ts'
import { type Translated, unknown } from '../../core/translation.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { type StableLogSpan, stableLogSpans } from '../../kafka/log-spans.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import { isUncompacted, seenRecords } from '../../links/seen-records.ts'
import type { OwnPlace, PlaceTranslation, SourcePlace, TranslateOptions } from '../translating.ts'
import { placeByCheckpoints, toldCheckpoints, type ToldCheckpoints } from './checkpoints.ts'
import { checkpointsTopic, type FlowNames, offsetSyncsTopic } from './internal-topics.ts'
import { offsetSyncs, type ToldSyncs } from './offset-syncs.ts'
import { partitionPlaces } from './partition-places.ts'

/** What MirrorMaker 2 carries from one cluster to the other, as far as places depend on it. */
export interface Flow extends FlowNames {
  readonly source: Cluster
  readonly destination: Cluster
  /** Why the source is asked for nothing; undefined where it is asked. */
  readonly sourceSilent: string | undefined
  /** Undefined for a topic of the source that is not carried. */
  readonly mirrorOf: (sourceTopic: string) => FlowMirror | undefined
}

export interface FlowMirror {
  readonly topic: string
  readonly partitions: number
  /** By partition, where the mirror was stopped; undefined while it is one. */
  readonly stoppedAt: (partition: number) => Offset | undefined
}

/** Of each, stretches are read side by side as well. */
const partitionsAtOnce = 4
const pageBytes = 64 * 1024
/** More offsets than one such page is likely to hold are read in larger ones. */
const few = 500n

/** A partition that is carried, and the places in it. */
interface Carried {
  readonly here: TopicPartition
  readonly there: TopicPartition
  readonly stoppedAt: Offset | undefined
  readonly places: readonly Offset[]
}

/**
 * See `ReplicationEngine.translate`. Records are compared whether or not that is asked for: without it nothing is exact here.
 *
 * Without the offset syncs, which may be on a source that does not answer, checkpoints are what is left.
 */
export async function translate(
  flow: Flow,
  places: readonly SourcePlace[],
  options: TranslateOptions,
): Promise<readonly PlaceTranslation[]> {
  const carried = carriedPartitions(flow, places)
  const { signal, onProgress } = options
  const all = [...carried.values()]
  const syncs = all.length === 0 ? { runs: new Map() } : await syncsOf(flow, new Set(carried.keys()), options)
  const isTold = 'runs' in syncs
  const checkpoints = isTold ? undefined : await toldCheckpoints(flow.destination, checkpointsTopic(flow), { signal })
  // Behind the syncs: what they tell of is there.
  const ask = { signal, keepDenied: true, needs: 'Read' } as const
  const [sourceLogs, destinationLogs] = await Promise.all([
    isTold ? spansOf(flow, all, ask) : undefined,
    stableLogSpans(flow.destination, all.map(({ there }) => there), ask), // prettier-ignore
  ])
  let done = 0
  const found = new Map<PartitionKey, ReadonlyMap<Offset, Translated>>()
  await sideBySide(all, partitionsAtOnce, async (one) => {
    const key = partitionKey(one.here)
    const logs = { source: sourceLogs?.get(key), destination: destinationLogs.get(partitionKey(one.there)) }
    found.set(key, await placesOf(one, logs, { flow, syncs, checkpoints }, { signal }))
    done += one.places.length
    onProgress?.(done, places.length)
  })
  return places.map((place) => {
    const mirror = flow.mirrorOf(place.topic)
    return { place, mirrorTopic: mirror?.topic, translated: found.get(partitionKey(place))?.get(place.offset) ?? notCarried(mirror) }
  }) // prettier-ignore
}

/** See `ReplicationEngine.ownPlaces`: what MirrorMaker's checkpoints say. */
export async function ownPlaces(
  flow: Pick<Flow, 'destination' | keyof FlowNames>,
  options: { readonly signal: AbortSignal },
): Promise<readonly OwnPlace[]> {
  const told = await toldCheckpoints(flow.destination, checkpointsTopic(flow), options)
  if ('none' in told) {
    throw new GeorepError('unknown', 'GR-NO-CHECKPOINTS', `the checkpoints of MirrorMaker are not known: ${told.none}`, {
      next: 'check that its MirrorCheckpointConnector runs, and that the aliases of the link are its own',
    })
  }
  return [...told.latest.values()].map(({ topic: mirrorTopic, up: from, down: to, ...one }) => ({ ...one, mirrorTopic, from, to }))
} // prettier-ignore

function notCarried(mirror: FlowMirror | undefined): Translated {
  return unknown(mirror === undefined ? 'the link has no mirror of this topic' : 'the mirror has no such partition')
}

function carriedPartitions(
  { mirrorOf }: Flow,
  places: readonly SourcePlace[],
): ReadonlyMap<PartitionKey, Carried & { readonly places: Offset[] }> {
  const carried = new Map<PartitionKey, Carried & { readonly places: Offset[] }>()
  for (const { topic, partition, offset } of places) {
    const mirror = mirrorOf(topic)
    if (mirror === undefined || partition >= mirror.partitions) continue
    const key = partitionKey({ topic, partition })
    const same = carried.get(key)
    if (same !== undefined) same.places.push(offset)
    else {
      const there = { topic: mirror.topic, partition }
      carried.set(key, { here: { topic, partition }, there, stoppedAt: mirror.stoppedAt(partition), places: [offset] })
    }
  }
  return carried
}

async function syncsOf(
  flow: Flow,
  wanted: ReadonlySet<PartitionKey>,
  { signal, withoutSyncs }: TranslateOptions,
): Promise<ToldSyncs> {
  const { source, destination, syncsOn, sourceSilent } = flow
  if (withoutSyncs !== undefined) return { none: withoutSyncs }
  if (syncsOn === 'source' && sourceSilent !== undefined) return { none: sourceSilent }
  return await offsetSyncs(syncsOn === 'source' ? source : destination, offsetSyncsTopic(flow), wanted, { signal })
}

/** Undefined when the source does not answer, or does not any more. */
async function spansOf(
  { source, sourceSilent }: Flow,
  all: readonly Carried[],
  ask: Parameters<typeof stableLogSpans>[2],
): Promise<ReadonlyMap<PartitionKey, StableLogSpan | BrokerError> | undefined> {
  if (sourceSilent !== undefined) return undefined
  try {
    return await stableLogSpans(source, all.map(({ here }) => here), ask) // prettier-ignore
  } catch (error) {
    if (error instanceof GeorepError && error.kind === 'unreachable') return undefined
    throw error
  }
}

async function placesOf(
  { here, there, stoppedAt, places }: Carried,
  logs: {
    readonly source: StableLogSpan | BrokerError | undefined
    readonly destination: StableLogSpan | BrokerError | undefined
  },
  told: { readonly flow: Flow; readonly syncs: ToldSyncs; readonly checkpoints: ToldCheckpoints | undefined },
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<Offset, Translated>> {
  const each = (one: (place: Offset) => Translated): ReadonlyMap<Offset, Translated> =>
    new Map(places.map((place) => [place, one(place)]))
  const { source, destination } = logs
  if (source instanceof BrokerError) return each(() => unknown(source.message))
  if (destination instanceof BrokerError) return each(() => unknown(destination.message))
  if (destination === undefined) return each(() => unknown('the destination did not tell its log'))
  const { flow, syncs, checkpoints } = told
  if ('none' in syncs) {
    if (checkpoints === undefined || 'none' in checkpoints) {
      return each(() => unknown(`${syncs.none}, and neither are checkpoints known: ${checkpoints?.none ?? ''}`))
    }
    const pairs = checkpoints.pairs.get(partitionKey(there)) ?? []
    return each((place) => placeByCheckpoints(pairs, place, destination))
  }
  const runs = syncs.runs.get(partitionKey(here)) ?? new SyncRuns([])
  const read: Parameters<typeof partitionPlaces>[1]['read'] = async (side, range) => {
    const options = { signal, pageBytes: range.to - range.from > few ? 8 * pageBytes : pageBytes }
    return side === 'source'
      ? await seenRecords(flow.source, here, range, { ...options, isAllWritten: true })
      : await seenRecords(flow.destination, there, range, options)
  }
  const isWhole: Parameters<typeof partitionPlaces>[1]['isWhole'] = async (range) =>
    await isUncompacted(flow.destination, there, range, { signal })
  return await partitionPlaces(
    runs,
    { source, silent: flow.sourceSilent, destination, stoppedAt, read, isWhole },
    places,
  )
}
