import { messageOf } from '../../core/errors.ts'
import { lossOf } from '../../core/loss.ts'
import type { MirrorState } from '../../core/mirror-state.ts'
import { type Offset, offset } from '../../core/offset.ts'
import { withDeadline } from '../../core/time.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds } from '../../kafka/offsets.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel, MirrorView, PartitionView } from '../engine.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'
import { failureOf, type SourceConnector } from './connector.ts'
import type { Mm2Target } from './mm2-target.ts'
import { sourcePlaces, writtenPlaces } from './places.ts'

const sourceMs = 8_000

/** What Kafka Connect tells of a link's connector, or why it tells nothing. */
export type ConnectSeen = SourceConnector | { readonly why: string }

/**
 * The mirrors as they are now, their places in offsets of the source. What Connect, or the source, does not tell is as it was known last, when a mirror
 * was stopped, or unknown.
 */
export async function viewsOf(
  target: Mm2Target,
  records: readonly MirrorRecord[],
  seen: { readonly connector: ConnectSeen; readonly isSourceReachable: boolean },
  options: Cancel & { readonly keepDenied?: true },
): Promise<readonly MirrorView[]> {
  const open = records.filter(({ state }) => state.state !== 'STOPPED')
  const { written, why } = await placesNow(target, open, seen.connector, options)
  const ends = seen.isSourceReachable ? await endsNow(target, records, options) : undefined
  const places = ends === undefined || written === undefined ? written : await sourcePlaces(target, open, written, ends, options) // prettier-ignore
  return records.map((record): MirrorView => {
    const known = target.state.position(target.link.name, record.mirrorTopic)
    const isStopped = record.state.state === 'STOPPED'
    const partitions = Array.from({ length: record.partitions }, (_, partition): PartitionView => {
      const key = partitionKey({ topic: record.sourceTopic, partition })
      const last = known?.mirrored[partition] ?? undefined
      const mirrored = isStopped ? last : (places?.get(key) ?? last)
      const live = ends?.get(key)
      const lastEnd = known?.sourceEnds[partition] ?? undefined
      const sourceEnd =
        typeof live === 'bigint'
          ? { offset: offset(live), isCurrent: true }
          : lastEnd === undefined
            ? undefined
            : { offset: offset(lastEnd), isCurrent: false }
      const reason = live instanceof BrokerError ? live.message : isStopped ? undefined : why
      const place = mirrored === undefined ? undefined : offset(mirrored)
      return { partition, sourceEnd, mirrored: place, loss: lossOf(sourceEnd, place, reason) }
    })
    return {
      record,
      state: shownState(target, record, seen),
      partitions,
      sourceSeenAt: ends === undefined ? undefined : 'now',
    }
  })
}

async function placesNow(
  target: Mm2Target,
  open: readonly MirrorRecord[],
  connector: ConnectSeen,
  options: Cancel,
): Promise<{ readonly written?: ReadonlyMap<PartitionKey, bigint>; readonly why?: string }> {
  if ('why' in connector) return { why: connector.why }
  if (open.length === 0) return { written: new Map() }
  try {
    return { written: await writtenPlaces(target, options) }
  } catch (error) {
    options.signal.throwIfAborted()
    return { why: messageOf(error) }
  }
}

/** Undefined when the source went away since it was found to answer. */
async function endsNow(
  { source }: Mm2Target,
  records: readonly MirrorRecord[],
  { signal, keepDenied }: Cancel & { readonly keepDenied?: true },
): Promise<ReadonlyMap<PartitionKey, Offset | BrokerError> | undefined> {
  const partitions = partitionsOfMirrors(records, 'sourceTopic')
  const more = keepDenied === undefined ? {} : { keepDenied }
  try {
    return await logBounds(source, partitions, 'highWatermark', { signal: withDeadline(signal, sourceMs), ...more })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DeniedError) throw error
    return undefined
  }
}

function shownState(
  { link }: Mm2Target,
  { state }: MirrorRecord,
  { connector, isSourceReachable }: { readonly connector: ConnectSeen; readonly isSourceReachable: boolean },
): MirrorState {
  if (state.state !== 'ACTIVE' && state.state !== 'PENDING') return state
  const failure = 'why' in connector ? undefined : failureOf(connector)
  if (failure !== undefined) return { state: 'FAILED', reason: failure }
  if (state.state === 'PENDING') return state
  if (link.pausedAt !== null) return { state: 'PAUSED' }
  return isSourceReachable ? state : { state: 'SOURCE_UNAVAILABLE' }
}
