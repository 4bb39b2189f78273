import type { MirrorRecord, PositionRecord } from '../../../links/records.ts'
import type { Batch } from '../../../kafka/records/batch.ts'
import { isBatch, type Piece } from './pieces.ts'
import { caughtUpBefore, Tombstones } from './tombstones.ts'

/**
 * - positioning: the destination's log end is to be read before anything else
 * - running: fetched and appended
 * - settling: an answer was lost or a leader moved; what is in flight is waited for, then the log end is read again
 * - stopped: nothing more is appended; see `MirrorTopic.failure`, or the mirror was taken off the runner
 */
export type Phase = 'positioning' | 'running' | 'settling' | 'stopped'

/** A source's ends are read every second. Where one is not read for so long, it may not be, its leader does not answer, or there is no room for what comes. */
export const unreadMs = 5_000

/** A mirror that the runner carries. */
export interface MirrorTopic {
  record: MirrorRecord
  /** They grow with the source's. */
  readonly partitions: MirrorPartition[]
  /** Why nothing more is appended to any of its partitions. */
  failure: string | undefined
  /** Those of the source that it may have missed. */
  readonly tombstones: Tombstones
}

/** One partition of a mirror, as the runner holds it. All offsets are the source's, and by that the destination's. */
export interface MirrorPartition {
  readonly topic: MirrorTopic
  readonly partition: number
  phase: Phase
  sourceLeader: number
  sourceLeaderEpoch: number
  destinationLeader: number
  destinationLeaderEpoch: number
  /** The next offset to fetch; everything before it is queued, in flight or appended. */
  nextFetch: bigint
  /** Source epoch of the batch before `nextFetch`, as evidence that the source's log is still the one that was read; -1 unknown. */
  lastFetchedEpoch: number
  isFetching: boolean
  /** Checked and waiting to be appended. */
  readonly queue: Piece[]
  queuedBytes: number
  inFlight: number
  /** Offsets are being hidden, or deleted; it counts as one in flight, and nothing else is. */
  isBusyAlone: boolean
  /** With which coordinator epoch markers are written, −1 until it was positioned. The broker refuses those with a lower one than it has seen. */
  markerEpoch: number
  /** A marker of this runner stands behind all that another, or a lost request, may have sent: the broker refuses what comes of those from then on. */
  isSealed: boolean
  /** Where the mirror's log began when no fillers stood there; undefined until that was seen. One that begins earlier by now has got them back. */
  cleanFrom: bigint | undefined
  /** The answer to markers was lost: the next must be told from them. */
  isMarkerLost: boolean
  /** Where the next batch to be sent must come to stand. */
  nextAppend: bigint
  nextSequence: number
  /** The brokers know this producer on this partition, so that they refuse a repeat. Until then one batch at a time. */
  isRemembered: boolean
  /** A batch whose answer was lost carried records so old that the broker may have forgotten the producer at once. */
  mustSettleLong: boolean
  /** On the monotonic clock, when that has been waited for; undefined while nothing has to be. */
  settledAtMs: number | undefined
  /** Log end of the destination as far as it was acknowledged. */
  appended: bigint
  /** High watermark of the source when it was last fetched. */
  sourceEnd: bigint | undefined
  /** When that fetch was sent: the source had no less. Wall clock, as all times beside it, since a machine may sleep. */
  sourceEndAtMs: number
  /** An end of the source that the mirror is to reach, and when it was seen. */
  endSeen: bigint | undefined
  endSeenAtMs: number
  /** The last moment at which the mirror is known to have had all that the source had; 0 when none is. What it lacks was written later. */
  caughtUpAtMs: number
  /** What was acknowledged since this runner carries it. */
  readonly carried: Carried
}

export interface Carried {
  records: number
  bytes: number
  batches: number
  /** Time of the newest record; undefined before the first batch. */
  untilMs: number | undefined
}

/** With its partitions, none of them positioned. `known` is what a runner before has written down. */
export function newMirrorTopic(record: MirrorRecord, known: PositionRecord | undefined, nowMs: number): MirrorTopic {
  const topic: MirrorTopic = {
    record,
    partitions: [],
    failure: undefined,
    tombstones: new Tombstones(known?.tombstones),
  }
  growTopic(topic, record.partitions, caughtUpBefore(record, known?.tombstones, nowMs))
  // Where the source does not answer any more it is all that is known of what would be lost.
  if (known?.sourceEndsAt !== undefined) takeSourceEnds(topic, known.sourceEnds, Date.parse(known.sourceEndsAt))
  return topic
}

function takeSourceEnds(topic: MirrorTopic, ends: PositionRecord['sourceEnds'], readAtMs: number): void {
  for (const one of topic.partitions) {
    const end = ends[one.partition] ?? undefined
    if (end === undefined) continue
    one.sourceEnd = end
    one.sourceEndAtMs = readAtMs
  }
}

/** Of partitions that come to it, nothing that is older than `caughtUpAtMs` was read. */
export function growTopic(topic: MirrorTopic, count: number, caughtUpAtMs: number): void {
  for (let partition = topic.partitions.length; partition < count; partition++)
    topic.partitions.push(newMirrorPartition(topic, partition, caughtUpAtMs))
}

function newMirrorPartition(topic: MirrorTopic, partition: number, caughtUpAtMs: number): MirrorPartition {
  return {
    topic,
    partition,
    phase: 'positioning',
    sourceLeader: -1,
    sourceLeaderEpoch: -1,
    destinationLeader: -1,
    destinationLeaderEpoch: -1,
    nextFetch: 0n,
    lastFetchedEpoch: -1,
    isFetching: false,
    queue: [],
    queuedBytes: 0,
    inFlight: 0,
    isBusyAlone: false,
    markerEpoch: -1,
    isMarkerLost: false,
    isSealed: false,
    cleanFrom: undefined,
    nextAppend: 0n,
    nextSequence: 0,
    isRemembered: false,
    mustSettleLong: false,
    settledAtMs: undefined,
    appended: 0n,
    sourceEnd: undefined,
    sourceEndAtMs: 0,
    endSeen: undefined,
    endSeenAtMs: 0,
    caughtUpAtMs,
    carried: { records: 0, bytes: 0, batches: 0, untilMs: undefined },
  }
}

/** Something of it is to be appended, or under way. */
export function isBusy(partition: MirrorPartition): boolean {
  const { phase, inFlight, queue } = partition
  return inFlight > 0 || (phase === 'running' && queue.length > 0 && !isHeld(partition))
}

/** What comes next is not to be hidden before it is written down that it was read late: behind it nobody would find that again. */
export function isHeld({ topic, queue: [next] }: MirrorPartition): boolean {
  return topic.tombstones.isUnwritten && next !== undefined && !isBatch(next)
}

/**
 * To be called about once a second. As brokers say it of in-sync replicas (`lastCaughtUpTime`): a mirror that has reached the end which its source had at
 * some time had all of it then. A clock that has gone back takes all times with it: none is of the future.
 */
export function noteCaughtUp(one: MirrorPartition, nowMs: number): void {
  if (one.endSeen !== undefined && one.appended >= one.endSeen) {
    one.caughtUpAtMs = Math.max(one.caughtUpAtMs, one.endSeenAtMs)
    one.endSeen = undefined
  }
  if (one.endSeen === undefined) {
    one.endSeen = one.sourceEnd
    one.endSeenAtMs = one.sourceEndAtMs
  }
  one.sourceEndAtMs = Math.min(one.sourceEndAtMs, nowMs)
  one.endSeenAtMs = Math.min(one.endSeenAtMs, nowMs)
  one.caughtUpAtMs = Math.min(one.caughtUpAtMs, nowMs)
}

/** To be called for a batch that the destination has acknowledged. */
export function noteCarried(carried: Carried, batch: Batch): void {
  carried.records += batch.recordCount
  carried.bytes += batch.bytes.length
  carried.batches++
  carried.untilMs = Math.max(carried.untilMs ?? 0, Number(batch.maxTimestampMs))
}
