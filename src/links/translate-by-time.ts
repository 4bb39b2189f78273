import { messageOf } from '../core/errors.ts'
import type { SeenRecord } from '../core/fingerprint.ts'
import { type Offset, offset } from '../core/offset.ts'
import {
  type Match,
  type MatchBy,
  matchOf,
  type Pass,
  placeByMatches,
  placeWithin,
  type Wanted,
} from '../core/record-match.ts'
import { headStart, Tally } from '../core/record-tally.ts'
import { withDeadline } from '../core/time.ts'
import { count, type Translated, unknown } from '../core/translation.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import { offsetAtTime } from '../kafka/offset-at-time.ts'
import { type StableLogSpan, stableLogSpans } from '../kafka/log-spans.ts'
import { readWithTimes } from '../kafka/read.ts'
import { fingerprintOf } from '../kafka/records/fingerprint.ts'
import { partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'

/** One partition, as it is called on either side. */
export interface CopiedPartition {
  readonly source: TopicPartition
  readonly destination: TopicPartition
}

export interface SearchLimits {
  /** How far times may be apart where a broker gives them, and records are known by their hash alone. */
  readonly windowMs: number
  /** Records that are read of a destination partition for one place. */
  readonly records: number
  /** How long one place may take. */
  readonly placeMs: number
}

/** What is read for a place at the most, on each side, as it is when nothing is compressed. */
const maxBytes = 256 * 1024 * 1024
/** On the source, before the place and from it on: what is alike is looked for among them. */
const around = 1_000
/** Where nothing is left of those before the place (compaction, markers), these are looked at. */
const farBefore = 50_000
/**
 * Where to go on reading on a cluster that has a copy of a topic, whoever made it: the next unread record is looked for there by its time and its hash,
 * and the last one that was read where that does not tell. Works with copies that were given other offsets.
 *
 * @returns unknown with the reason also when a cluster cannot be asked, or the time is up
 */
export async function translateByTime(
  clusters: { readonly source: Cluster; readonly destination: Cluster },
  partition: CopiedPartition,
  place: Offset,
  limits: SearchLimits,
  { signal }: { readonly signal: AbortSignal },
): Promise<Translated> {
  const options = { signal: withDeadline(signal, limits.placeMs) }
  try {
    const source = await spanOf(clusters.source, partition.source, options)
    const destination = await spanOf(clusters.destination, partition.destination, options)
    if (place > source.end) {
      return unknown(
        `the place is ${count(place - source.end, 'offset')} past the end of the source, ${source.end.toString()}`,
      )
    }
    const seen = await sourceRecords({ cluster: clusters.source, at: partition.source, ...source }, place, options)
    const behind = seen.findIndex((one) => one.offset >= place)
    const readTo = behind === -1 ? seen.length : behind
    const search = async (index: number): Promise<Match | undefined> => {
      const record = seen[index]
      if (record === undefined) return undefined
      const wanted = { record, before: seen[index - 1], around: seen }
      return await find(
        wanted,
        { cluster: clusters.destination, at: partition.destination, ...destination },
        limits,
        options,
      )
    }
    const next = await search(readTo)
    const before = next?.kind === 'only' ? undefined : await search(readTo - 1)
    return placeWithin(place, placeByMatches(next, before, destination.stable), { source, destination })
  } catch (error) {
    signal.throwIfAborted()
    if (options.signal.aborted) return unknown(`not found in ${limits.placeMs / 1_000} s`)
    if (!isOfCluster(error)) throw error
    return unknown(messageOf(error))
  }
}

async function spanOf(
  cluster: Cluster,
  at: TopicPartition,
  options: { readonly signal: AbortSignal },
): Promise<StableLogSpan> {
  const span = (await stableLogSpans(cluster, [at], { ...options, needs: 'Read' })).get(partitionKey(at))
  if (span === undefined || span instanceof BrokerError) {
    throw span ?? new BrokerError(`partition ${partitionKey(at)} on cluster "${cluster.name}"`, -1)
  }
  return span
}

type Place = StableLogSpan & { readonly cluster: Cluster; readonly at: TopicPartition }

/** Records before and from the place on, in order: of those before at least two, where there are any close enough. */
async function sourceRecords(
  log: Place,
  place: Offset,
  options: { readonly signal: AbortSignal },
): Promise<readonly SeenRecord[]> {
  for (const back of [around, farBefore]) {
    const from = offset(place - BigInt(back) > log.start ? place - BigInt(back) : log.start)
    const before: SeenRecord[] = []
    const behind: SeenRecord[] = []
    for await (const record of records(log, from, options)) {
      if (record.offset < place) {
        before.push(record)
        if (before.length > around) before.shift()
      } else behind.push(record)
      if (behind.length >= around) break
    }
    if (before.length >= 2 || from === log.start || back === farBefore) return [...before, ...behind]
  }
  return []
}

async function* records(
  { cluster, at, start, stable: to }: Place,
  from: Offset,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<SeenRecord, 'end' | 'limit'> {
  let bytes = 0
  const range = { from: from > start ? from : start, to }
  for await (const { record, isLogAppendTime } of readWithTimes(cluster, at, range, options)) {
    yield fingerprintOf(record, isLogAppendTime)
    bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (bytes > maxBytes) return 'limit'
  }
  return 'end'
}

async function find(
  wanted: Wanted,
  destination: Place,
  limits: SearchLimits,
  options: { readonly signal: AbortSignal },
): Promise<Match> {
  const { timestampMs } = wanted.record
  const sameTime = await passFrom(wanted.record, destination, 'sameTime', timestampMs, limits, options)
  const match = matchOf(wanted, sameTime)
  if (sameTime.found !== undefined) return match
  const earliest = timestampMs - BigInt(limits.windowMs)
  const anyTime = await passFrom(wanted.record, destination, 'anyTime', earliest, limits, options)
  return anyTime.found === undefined && anyTime.ended !== 'limit' ? match : matchOf(wanted, anyTime)
}

/** One pass over the destination, from about the first record of that time. */
async function passFrom(
  wanted: SeenRecord,
  destination: Place,
  by: MatchBy,
  earliestMs: bigint,
  limits: SearchLimits,
  options: { readonly signal: AbortSignal },
): Promise<Pass> {
  const { cluster, at, start, end } = destination
  const first = await offsetAtTime(cluster, at, earliestMs, options)
  const wish = (first ?? end) - BigInt(headStart)
  const from = offset(wish > start ? wish : start)
  const tally = new Tally(wanted, by, limits)
  const reading = records(destination, from, options)
  let ended: Pass['ended'] | undefined
  try {
    while (ended === undefined) {
      const read = await reading.next()
      ended = read.done === true ? read.value : tally.see(read.value)
    }
  } finally {
    await reading.return('end')
  }
  const { found, lastSeen, seen } = tally
  return { by, found, from, lastSeen, seen, isFromStart: from === start, ended }
}
