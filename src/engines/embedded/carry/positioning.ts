import { messageOf } from '../../../core/errors.ts'
import { portionsOf } from '../../../core/portions.ts'
import type { Cluster, ClusterMetadata, PartitionMetadata } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logBounds, type LogEnd, logEnds } from '../../../kafka/offsets.ts'
import { type ProducerState, producerStates } from '../../../kafka/producers.ts'
import { type ProducerIdentity, sequenceAfter } from '../../../kafka/records/batch.ts'
import { type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import { comparedFrom, mirrorMismatch } from './evidence.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import { firstPieces } from './first-pieces.ts'
import { mirrorProducer } from './link-producer.ts'
import type { MirrorPartition, MirrorTopic } from './mirror-partition.ts'
import { isFiller, type Piece } from './pieces.ts'

/** A batch of both sides is held of each, which may be large. On a long way a portion takes two round trips. */
const comparedAtOnce = 256

export interface PositioningOptions {
  readonly source: Cluster
  readonly destination: Cluster
  readonly producer: ProducerIdentity
  readonly nowMs: number
  readonly expiryMs: number
  readonly signal: AbortSignal
}

/**
 * - positioned: it may run
 * - fenced: read the link's state first
 * - later: look again
 * - gone: a topic is not there; a broker that has just started, or has not heard of a new topic yet, says so too
 * - failed: the mirror cannot go on
 */
export type Positioned = Ready | 'fenced' | NotPositioned

export interface Ready {
  readonly kind: 'positioned'
  /** What is to be done before anything that is fetched is appended. */
  readonly first: readonly Piece[]
}

export interface NotPositioned {
  readonly kind: 'later' | 'gone' | 'failed'
  readonly why: string
}

/**
 * Reads where each partition stands and makes it ready to run: the destination's true log end is the position, the sequence goes on where the
 * destination's leader remembers it. Topic ids are compared on both sides, so that a topic created anew is never taken for the old one, and so are
 * the last batch of the mirror and the source's in its place.
 *
 * @throws SourceUnavailableError, or GeorepError "unreachable" for the destination; the partitions are as they were
 */
export async function positionPartitions(
  partitions: readonly MirrorPartition[],
  options: PositioningOptions,
): Promise<ReadonlyMap<MirrorPartition, Positioned>> {
  const { source, destination, signal } = options
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  // What is not permitted holds its own mirror up, and no other.
  const ofMirrors = { signal, needs: 'Write', keepDenied: true } as const
  const ofSources = { signal, needs: 'Read', keepDenied: true } as const
  const here = await destination.metadata(
    topics.map(({ record }) => record.mirrorTopic),
    ofMirrors,
  )
  const there = await fromSource(
    source.metadata(
      topics.map(({ record }) => record.sourceTopic),
      ofSources,
    ),
    signal,
  )
  const changes = new Map(topics.map((topic) => [topic, changedTopic(topic, here, there)]))
  const results = new Map<MirrorPartition, Positioned>()
  for (const one of partitions) {
    // One without a leader would be asked for again for seconds, and hold the others up meanwhile.
    const change = changes.get(one.topic) ?? leaderless(one, here, there)
    if (change !== undefined) results.set(one, change)
  }
  const open = partitions.filter((one) => !results.has(one))
  const mirrored = open.map((one) => ({ topic: one.topic.record.mirrorTopic, partition: one.partition }))
  const sources = open.map((one) => ({ topic: one.topic.record.sourceTopic, partition: one.partition }))
  const ends = await logEnds(destination, mirrored, ofMirrors)
  const held = await logBounds(destination, mirrored, 'highWatermark', ofMirrors)
  const begins = await logBounds(destination, mirrored, 'logStart', ofMirrors)
  const states = await producerStates(destination, mirrored, ofMirrors)
  const starts = await fromSource(logBounds(source, sources, 'logStart', ofSources), signal)
  const marks = await fromSource(logBounds(source, sources, 'highWatermark', ofSources), signal)
  const read = { here, there, ends, held, begins, states, starts, marks }
  for (const some of portionsOf(open, comparedAtOnce)) await Promise.all(some.map(async (one) => results.set(one, await positionOne(one, read, options)))) // prettier-ignore
  return results
}

/** What was read of all partitions at once. */
interface ReadPositions {
  readonly here: ClusterMetadata
  readonly there: ClusterMetadata
  /** Of the mirrors: where their logs begin. */
  readonly begins: ReadonlyMap<PartitionKey, bigint | BrokerError>
  /** Of the mirrors: where their logs end, up to where their followers have them, and which producers their leaders remember. */
  readonly ends: ReadonlyMap<PartitionKey, LogEnd | BrokerError>
  readonly held: ReadonlyMap<PartitionKey, bigint | BrokerError>
  readonly states: ReadonlyMap<PartitionKey, readonly ProducerState[] | BrokerError>
  /** Of the sources: log starts and high watermarks. */
  readonly starts: ReadonlyMap<PartitionKey, bigint | BrokerError>
  readonly marks: ReadonlyMap<PartitionKey, bigint | BrokerError>
}

async function positionOne(
  one: MirrorPartition,
  read: ReadPositions,
  options: PositioningOptions,
): Promise<Positioned> {
  const { record } = one.topic
  const { partition } = one
  const source = read.there.topics.get(record.sourceTopic)?.partitions[partition] as PartitionMetadata
  const mirror = read.here.topics.get(record.mirrorTopic)?.partitions[partition] as PartitionMetadata
  const key = partitionKey({ topic: record.mirrorTopic, partition })
  const sourceKey = partitionKey({ topic: record.sourceTopic, partition })
  const [end, held, states] = [read.ends.get(key), read.held.get(key), read.states.get(key)]
  const [begin, sourceStart, mark] = [read.begins.get(key), read.starts.get(sourceKey), read.marks.get(sourceKey)]
  for (const answer of [end, held, states, begin, sourceStart, mark])
    if (answer instanceof BrokerError) return later(answer.message)
  const start = startOf(record, partition, sourceStart as bigint)
  const { offset } = end as LogEnd
  const producers = states as readonly ProducerState[]
  const producer = mirrorProducer(options.producer, record)
  if (isFencedIn(producers, producer)) return 'fenced'
  // An end that only the leader has is lost with the leader, and what came behind it would then stand too early.
  if ((held as bigint) < offset)
    return later(`the followers of partition ${partition} of "${record.mirrorTopic}" lag behind`)
  const at = { cluster: options.destination, topic: record.mirrorTopic, topicId: record.mirrorTopicId, ...mirror }
  let first: readonly Piece[]
  try {
    const log = { begin: begin as bigint, end: offset, sourceStart: start }
    first = await firstPieces(at, log, { cleanFrom: one.cleanFrom, ...options })
    const isFilled = first.some(isFiller)
    const reason = reasonOfEnds(offset, isFilled ? offset : start, mark as bigint)
    if (reason !== undefined) return { kind: 'failed', why: reason }
    const why = await mirrorMismatch(
      at,
      { cluster: options.source, topic: record.sourceTopic, topicId: record.sourceTopicId, ...source },
      offset,
      { producerId: producer.producerId, ...comparedFrom(record, partition), signal: options.signal },
    )
    if (why !== undefined) return { kind: 'failed', why }
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof BrokerError || error instanceof TransportError) return later(error.message)
    throw error
  }
  one.sourceLeader = source.leader
  one.sourceLeaderEpoch = source.leaderEpoch
  one.destinationLeader = mirror.leader
  one.destinationLeaderEpoch = mirror.leaderEpoch
  if (first.length === 0) one.cleanFrom = begin as bigint
  takePosition(one, offset, producers, { ...options, producer })
  if (first.some(isFiller)) one.nextFetch = start
  return { kind: 'positioned', first }
}

/** Where the mirror is to begin: where its source's log does, unless it has less of its history. */
function startOf({ historyFrom }: MirrorRecord, partition: number, sourceStart: bigint): bigint {
  const from = historyFrom?.[partition] ?? 0n
  return from > sourceStart ? from : sourceStart
}

function leaderless(
  { topic: { record }, partition }: MirrorPartition,
  here: ClusterMetadata,
  there: ClusterMetadata,
): NotPositioned | undefined {
  const isLed = ({ topics }: ClusterMetadata, topic: string): boolean => (topics.get(topic)?.partitions[partition]?.leader ?? -1) >= 0 // prettier-ignore
  if (!isLed(there, record.sourceTopic)) return later(`partition ${partition} of the source topic "${record.sourceTopic}" has no leader`) // prettier-ignore
  if (!isLed(here, record.mirrorTopic)) return later(`partition ${partition} of the mirror topic "${record.mirrorTopic}" has no leader`) // prettier-ignore
  return undefined
}

function later(why: string): NotPositioned {
  return { kind: 'later', why }
}

function reasonOfEnds(end: bigint, sourceStart: bigint, sourceEnd: bigint): string | undefined {
  if (sourceStart > end) {
    return `the source log begins at ${sourceStart.toString()}, and the mirror ends at ${end.toString()}: records between them are gone at the source`
  }
  if (end > sourceEnd) {
    return `the mirror ends at ${end.toString()}, and the source at ${sourceEnd.toString()}: something else wrote to the mirror topic, or the source has lost records`
  }
  return undefined
}

/** The source does not answer: a state of the mirror, not an error of the runner. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError'
}

async function fromSource<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer
  } catch (error) {
    signal.throwIfAborted()
    throw new SourceUnavailableError(messageOf(error), { cause: error })
  }
}

function isFencedIn(states: readonly ProducerState[], producer: ProducerIdentity): boolean {
  return states.some((own) => own.producerId === producer.producerId && own.producerEpoch > producer.producerEpoch)
}

/** A runner cannot know how many markers of the one before it were lost, each with an epoch of its own; never so many. */
const epochsOfAnother = 1_000

/** Above all that this runner or another may have sent: what comes late is refused from the next marker on. */
function nextMarkerEpoch(one: MirrorPartition, seen: number): number {
  if (one.markerEpoch < 0) return seen + epochsOfAnother
  return Math.max(one.markerEpoch, seen) + (one.isMarkerLost ? 1 : 0)
}

function takePosition(
  one: MirrorPartition,
  end: bigint,
  states: readonly ProducerState[],
  { producer, nowMs, expiryMs }: PositioningOptions,
): void {
  const own = states.find(({ producerId }) => producerId === producer.producerId)
  if (one.nextFetch !== end) one.lastFetchedEpoch = -1
  one.nextFetch = end
  one.nextAppend = end
  one.appended = end
  // Each epoch begins anew, and of the one before it the broker refuses no repeat.
  const isGoingOn = own !== undefined && own.producerEpoch === producer.producerEpoch
  one.nextSequence = !isGoingOn || own.lastSequence < 0 ? 0 : sequenceAfter(own.lastSequence, 1)
  one.markerEpoch = nextMarkerEpoch(one, own?.coordinatorEpoch ?? -1)
  if (one.isMarkerLost) one.isSealed = false
  one.isMarkerLost = false
  one.isRemembered = isGoingOn && nowMs - Number(own.lastTimestampMs) < expiryMs / 2
}

/** Why these topics cannot be a mirror and its source any more. */
export function changedTopic(
  { record }: MirrorTopic,
  here: ClusterMetadata,
  there: ClusterMetadata,
): NotPositioned | undefined {
  const { sourceTopic, mirrorTopic } = record
  const mirror = here.topics.get(mirrorTopic)
  const source = there.topics.get(sourceTopic)
  const denied = there.denied.get(sourceTopic) ?? here.denied.get(mirrorTopic)
  if (denied !== undefined) return { kind: 'later', why: denied.message }
  if (source === undefined) return { kind: 'gone', why: `the source topic "${sourceTopic}" is gone` }
  if (mirror === undefined) return { kind: 'gone', why: `the mirror topic "${mirrorTopic}" is gone` }
  const failed = (why: string): NotPositioned => ({ kind: 'failed', why })
  if (source.topicId !== record.sourceTopicId) return failed(`the source topic "${sourceTopic}" was deleted and created anew`) // prettier-ignore
  if (mirror.topicId !== record.mirrorTopicId) return failed(`the mirror topic "${mirrorTopic}" was deleted and created anew`) // prettier-ignore
  const [ofSource, ofMirror] = [source.partitions.length, mirror.partitions.length]
  // Partitions that the source has more are added to the mirror beside what is carried.
  if (ofSource < record.partitions) return failed(`the source topic "${sourceTopic}" has ${ofSource} partitions, the mirror has ${record.partitions} of it`) // prettier-ignore
  if (ofMirror > ofSource) return failed(`the mirror topic "${mirrorTopic}" has ${ofMirror} partitions, and the source topic ${ofSource}: something else has added some`) // prettier-ignore
  return undefined
}
