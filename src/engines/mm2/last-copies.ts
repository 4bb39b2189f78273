import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import type { SeenRecord } from '../../core/fingerprint.ts'
import { minOffset, type Offset, offset } from '../../core/offset.ts'
import { portionsOf } from '../../core/portions.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { withDeadline } from '../../core/time.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { leadersOf } from '../../kafka/leaders.ts'
import { type StableLogSpan, stableLogSpans } from '../../kafka/log-spans.ts'
import { isOfCluster } from '../../kafka/of-cluster.ts'
import { offsetsForTimes } from '../../kafka/offset-at-time.ts'
import { logBounds } from '../../kafka/offsets.ts'
import type { ReadOptions } from '../../kafka/read.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import { topicConfigsOrWhy } from '../../kafka/topics.ts'
import { isUncompacted, seenRecords } from '../../links/seen-records.ts'
import type { Cancel } from '../engine.ts'
import { isInOrder, type LastLook, placeByLastCopy } from './last-copy.ts'

/** A partition that may be further than Connect has written down. */
export interface LateLook extends Pick<LastLook, 'written'> {
  readonly here: TopicPartition
  readonly there: TopicPartition
  /** Where the source's log begins, and where it was seen to end: no place is told behind that. */
  readonly start: Offset
  readonly end: Offset
}

/** All of them together: what was not looked at by then stays as Connect tells it. */
const looksMs = 5_000
const together = 64
const portionsAtOnce = 2
/** Behind the last record there may be markers. */
const tail = 16n
const pageBytes = 64 * 1024
const maxBytes = 8 * 1024 * 1024

/**
 * Up to where these partitions hold everything, at least, as the last record of each on the destination shows; missing where it does not, or may not be
 * read. By source partition.
 */
export async function lastCopies(
  { source, destination }: { readonly source: Cluster; readonly destination: Cluster },
  config: ConnectorConfig,
  late: readonly LateLook[],
  { signal }: Cancel,
): Promise<ReadonlyMap<PartitionKey, Offset>> {
  const found = new Map<PartitionKey, Offset>()
  const told = late.filter(({ written }) => isInOrder(config, written))
  if (told.length === 0) return found
  const within = { signal: withDeadline(signal, looksMs) }
  /** What is not answered, or not in time, tells nothing. */
  const orNothing = async <T>(look: Promise<T>): Promise<T | undefined> => {
    try {
      return await look
    } catch (error) {
      signal.throwIfAborted()
      if (!within.signal.aborted && !isOfCluster(error)) throw error
      return undefined
    }
  }
  const asked = { ...within, keepDenied: true, needs: 'Read' } as const
  const mirrors = told.map(({ there }) => there)
  // Not to be found for each question anew.
  const [leadersHere, leadersThere, deletedOnly] = await Promise.all([
    orNothing(
      leadersOf(
        source,
        told.map(({ here }) => here),
        asked,
      ),
    ),
    orNothing(leadersOf(destination, mirrors, asked)),
    orNothing(deletedOnlyOf(source, told, within)),
  ])
  const spans = await orNothing(stableLogSpans(destination, mirrors, { ...asked, leaders: leadersThere }))
  await sideBySide(portionsOf(told, together), portionsAtOnce, async (some) => {
    const lasts = new Map<PartitionKey, SeenRecord | undefined>()
    await sideBySide(some, together, async ({ here, there }) => {
      const span = spans?.get(partitionKey(there))
      if (span === undefined || span instanceof BrokerError) return
      lasts.set(
        partitionKey(here),
        await orNothing(lastOf(destination, there, span, { ...within, led: leadersThere?.get(partitionKey(there)) })),
      )
    })
    const places = some.flatMap(({ here }) => {
      const last = lasts.get(partitionKey(here))
      return last === undefined || last.timestampMs < 0n ? [] : [{ ...here, timestampMs: last.timestampMs }]
    })
    // After what was copied: all of it is before these ends.
    const [ends, firsts] = await Promise.all([
      orNothing(logBounds(source, places, 'highWatermark', { ...asked, leaders: leadersHere })),
      orNothing(offsetsForTimes(source, places, { ...asked, leaders: leadersHere })),
    ])
    await sideBySide(some, together, async ({ here, written, start, end }) => {
      const key = partitionKey(here)
      const [last, to, first] = [lasts.get(key), ends?.get(key), firsts?.get(key)]
      if (last === undefined || typeof to !== 'bigint' || typeof first !== 'bigint') return
      const reading = { ...within, led: leadersHere?.get(key) }
      const look: LastLook = {
        written,
        source: { from: start, to },
        isDeletedOnly: deletedOnly?.has(here.topic) ?? false,
        last,
        first,
        read: async (range, isLast) => await seenRecords(source, here, range, { ...reading, isAllWritten: true, isLast, pageBytes: 4 * pageBytes, maxBytes }), // prettier-ignore
        isWhole: async (range) => await isUncompacted(source, here, range, reading),
      }
      const place = await orNothing(placeByLastCopy(look))
      if (place !== undefined) found.set(partitionKey(here), minOffset(offset(place), end))
    })
  })
  return found
}

/** The topics that are known not to be compacted. */
async function deletedOnlyOf(source: Cluster, late: readonly LateLook[], options: Cancel): Promise<ReadonlySet<string>> {
  const topics = [...new Set(late.map(({ here }) => here.topic))]
  const configs = await topicConfigsOrWhy(source, topics, options)
  return new Set(
    topics.filter((topic) => {
      const own = configs.get(topic)
      return own !== undefined && !(own instanceof Error) && own.get('cleanup.policy')?.value === 'delete'
    }),
  )
} // prettier-ignore

/** What a reader of what is committed reads last. */
async function lastOf(
  destination: Cluster,
  at: TopicPartition,
  { start, stable }: StableLogSpan,
  options: ReadOptions,
): Promise<SeenRecord | undefined> {
  const from = stable - tail > start ? stable - tail : start
  const read = await seenRecords(destination, at, { from, to: stable }, { ...options, pageBytes, maxBytes })
  return 'none' in read ? undefined : read.records.at(-1)
}
