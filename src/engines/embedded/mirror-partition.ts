import type { MirrorRecord } from '../../links/records.ts'
import type { Batch } from '../../kafka/records/batch.ts'
import type { Piece } from './pieces.ts'

/**
 * - positioning: the destination's log end is to be read before anything else
 * - running: fetched and appended
 * - settling: an answer was lost or a leader moved; what is in flight is waited for, then the log end is read again
 * - stopped: nothing more is appended; see `MirrorTopic.failure`, or the mirror was taken off the runner
 */
export type Phase = 'positioning' | 'running' | 'settling' | 'stopped'

/** A mirror that the runner carries. */
export interface MirrorTopic {
  record: MirrorRecord
  /** They grow with the source's. */
  readonly partitions: MirrorPartition[]
  /** Why nothing more is appended to any of its partitions. */
  failure: string | undefined
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

export function newMirrorPartition(topic: MirrorTopic, partition: number): MirrorPartition {
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
    carried: { records: 0, bytes: 0, batches: 0, untilMs: undefined },
  }
}

/** Something of it is to be appended, or under way. */
export function isBusy({ phase, inFlight, queue }: MirrorPartition): boolean {
  return inFlight > 0 || (phase === 'running' && queue.length > 0)
}

/** To be called for a batch that the destination has acknowledged. */
export function noteCarried(carried: Carried, batch: Batch): void {
  carried.records += batch.recordCount
  carried.bytes += batch.bytes.length
  carried.batches++
  carried.untilMs = Math.max(carried.untilMs ?? 0, Number(batch.maxTimestampMs))
}
