import { topicRight } from '../../../core/acl.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { BrokerError, Code, isDenied } from '../../../kafka/error-codes.ts'
import { type Fetched, type FetchOne, fetchOne, type LedPlace } from '../../../kafka/fetch-one.ts'
import { LastBatch } from '../../../kafka/last-batch.ts'
import { committedOnly } from '../../../kafka/read.ts'
import { type Batch, batchLayout } from '../../../kafka/records/batch.ts'
import { storedRecordsOf } from '../../../kafka/records/record.ts'
import type { MirrorRecord } from '../../../links/records.ts'

/** A partition, where it is led. */
export interface LogPlace extends LedPlace {
  readonly topic: string
  readonly cluster: Cluster
}

/** How far before its end a mirror is looked through for a record: what comes after the last one is hidden, and that is seldom more. */
const tailOffsets = 64n
const tailBytes = 1024 * 1024
/** What the source has where the mirror ends with hidden offsets: markers mostly. */
const behindHiddenBytes = 16 * 1024

/**
 * Why the mirror up to `end` is not what the source has there, as far as its last record tells, and what is hidden behind it; undefined when it is, or when
 * nothing can be compared: retention or compaction has taken the record on one side, or there is none shortly before the end.
 *
 * Log ends alone tell nothing: someone else's records, or a source that lost its tail and grew again, may bring both to any length.
 *
 * @param options.ownFrom what stands before this offset is not of the link: the mirror was a source, or another mirror, before
 * @param options.historyFrom what stands before this offset is not of the source: the mirror is to begin there
 * @throws BrokerError, TransportError: it could not be looked at; MalformedError when what was stored cannot be read
 */
export async function mirrorMismatch(
  mirror: LogPlace,
  source: LogPlace,
  end: bigint,
  options: { readonly producerId: bigint; readonly ownFrom?: bigint; readonly historyFrom?: bigint; readonly signal: AbortSignal }, // prettier-ignore
): Promise<string | undefined> {
  const { historyFrom = 0n, ownFrom = 0n } = options
  if (end <= historyFrom) return undefined
  const last = new LastBatch()
  const hidden: Batch[] = []
  for await (const batch of tailOf(mirror, end, options.signal)) {
    // What was aborted before the link wrote here is hidden in the source: that had it from here.
    const isDecided = !batch.isTransactional || batch.lastOffset >= ownFrom
    if (batch.isControl || batch.lastOffset >= historyFrom) last.read(batch, { isDecided })
    if (mayBeTooMany(batch, options.producerId) && batch.baseOffset >= ownFrom && batch.baseOffset >= historyFrom)
      hidden.push(batch)
  }
  const lost = await recordUnder(hidden, source, options.signal)
  if (lost !== undefined) return `the mirror hides offset ${lost.toString()}, where the source has a record: a marker was written twice, or something else wrote to the mirror topic` // prettier-ignore
  const here = last.batch
  if (here === undefined) return undefined
  if (here.lastOffset >= ownFrom && here.producerId !== options.producerId) {
    return `the mirror's last batch, at offset ${here.baseOffset.toString()}, is not of this link: something else wrote to the mirror topic`
  }
  const there = await batchAt(source, here.baseOffset, options.signal)
  if (there === undefined || isSame(here, there)) return undefined
  const record = storedRecordsOf(here).at(-1)
  if (record === undefined) return undefined
  const origin = record.offset <= there.lastOffset ? there : await batchAt(source, record.offset, options.signal)
  if (origin === undefined || origin.baseOffset > record.offset) return undefined
  const isOther = `the source log is not the one that was mirrored: the record at source offset ${record.offset.toString()} is another one`
  if (origin.isControl) return isOther
  const same = storedRecordsOf(origin).find(({ offset }) => offset === record.offset)
  return same === undefined || (same.timestampMs === record.timestampMs && same.body.equals(record.body)) ? undefined : isOther // prettier-ignore
}

/**
 * A marker of a transaction, which its coordinator may have written twice, or of somebody else. Those of the link's own producer were ordered, and never twice; a
 * source whose replicas are not compacted alike may show a record again where one of them stands.
 */
function mayBeTooMany({ isControl, producerId }: Batch, own: bigint): boolean {
  return isControl && producerId !== own
}

/**
 * The first offset that one of these markers takes up and where the source has a record that consumers see. Whoever goes on behind a marker too many would leave
 * it out.
 *
 * @param hidden in the order of the mirror's log
 * @throws BrokerError OFFSET_NOT_AVAILABLE when a transaction is still open there on the source
 */
async function recordUnder(hidden: readonly Batch[], source: LogPlace, signal: AbortSignal): Promise<bigint | undefined> {
  const end = (hidden.at(-1)?.lastOffset ?? -1n) + 1n
  for (let from = hidden[0]?.baseOffset ?? end; from < end; ) {
    const how = { maxBytes: behindHiddenBytes, maxWaitMs: 0, isolation: 'committed' } as const
    const there = await fetched(source, { offset: from, ...how }, signal)
    if (there === undefined) {
      // Retention has taken that.
      from = hidden.find(({ baseOffset }) => baseOffset > from)?.baseOffset ?? end
      continue
    }
    const { batches, aborted, lastStableOffset } = there
    const records = committedOnly(batches, aborted).filter(({ lastOffset, baseOffset }) => lastOffset >= from && baseOffset < end) // prettier-ignore
    const under = records.flatMap(storedRecordsOf).find(({ offset }) => hidden.some((one) => one.baseOffset <= offset && offset <= one.lastOffset)) // prettier-ignore
    if (under !== undefined) return under.offset
    const next = (batches.at(-1)?.lastOffset ?? -1n) + 1n
    if (next <= from) {
      if (lastStableOffset >= end) return undefined
      const what = `partition ${source.partition} on cluster "${source.cluster.name}"`
      throw new BrokerError(what, Code.offsetNotAvailable, 'what the mirror hides is not decided there yet')
    }
    from = next
  }
  return undefined
} // prettier-ignore

/** From where on a partition of the mirror is what the link has written, and what the source has. */
export function comparedFrom(
  { reversed, historyFrom }: Pick<MirrorRecord, 'reversed' | 'historyFrom'>,
  partition: number,
): { readonly ownFrom: bigint; readonly historyFrom: bigint } {
  return { ownFrom: reversed?.ends[partition] ?? 0n, historyFrom: historyFrom?.[partition] ?? 0n }
}

/** The batches shortly before the end, as far as they are there: the last one alone where it is of records that hold. */
async function* tailOf(place: LogPlace, end: bigint, signal: AbortSignal): AsyncGenerator<Batch> {
  const last = await batchesAt(place, end - 1n, 1, signal)
  if (end <= 1n || last.some(({ isControl, isTransactional }) => !isControl && !isTransactional)) return yield* last
  let from = end > tailOffsets ? end - tailOffsets : 0n
  for (let isFirst = true; from < end; isFirst = false) {
    const tail = await batchesAt(place, from, tailBytes, signal)
    // The log begins later than that.
    if (isFirst && tail.length === 0) return yield* last
    yield* tail
    const next = (tail.at(-1)?.lastOffset ?? -1n) + 1n
    if (next <= from) return
    from = next
  }
}

/** The batch that holds the offset; undefined when it is not in the log. */
export async function batchAt(place: LogPlace, offset: bigint, signal: AbortSignal): Promise<Batch | undefined> {
  const batches = await batchesAt(place, offset, 1, signal)
  return batches.find(({ lastOffset }) => offset <= lastOffset)
}

async function batchesAt(
  place: LogPlace,
  offset: bigint,
  maxBytes: number,
  signal: AbortSignal,
): Promise<readonly Batch[]> {
  return (await fetched(place, { offset, maxBytes, maxWaitMs: 0, isolation: 'uncommitted' }, signal))?.batches ?? []
}

/** Undefined where the log does not reach to. */
async function fetched(
  place: LogPlace,
  one: FetchOne,
  signal: AbortSignal,
): Promise<Extract<Fetched, { readonly error: 0 }> | undefined> {
  const answer = await fetchOne(place.cluster, place, one, { signal })
  if ('batches' in answer) return answer
  if (answer.error === Code.offsetOutOfRange) return undefined
  if (isDenied(answer.error)) throw deniedError(place.cluster, answer.error, topicRight('Read', place.topic))
  throw new BrokerError(`partition ${place.partition} on cluster "${place.cluster.name}"`, answer.error)
}

/** Where the source's batch was taken over as it is, no record has to be looked at. */
function isSame(here: Batch, there: Batch): boolean {
  return (
    here.baseOffset === there.baseOffset &&
    here.lastOffset === there.lastOffset &&
    here.recordCount === there.recordCount &&
    here.baseTimestampMs === there.baseTimestampMs &&
    here.compression === there.compression &&
    here.bytes.subarray(batchLayout.records).equals(there.bytes.subarray(batchLayout.records))
  )
}
