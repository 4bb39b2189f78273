import { topicRight } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { deniedError } from './denied.ts'
import { BrokerError, Code, isDenied, isLeaderMoved } from './error-codes.ts'
import { fetchOne, type Fetched, type FetchOne } from './fetch-one.ts'
import { findLeaders, type LedPartition } from './leaders.ts'
import type { Batch } from './records/batch.ts'
import { type KafkaRecord, recordsOf } from './records/record.ts'
import type { TopicPartition } from './topic-partition.ts'
import { TransportError } from './wire/connection.ts'
import { MalformedError } from './wire/reader.ts'

const maxBytes = 4 * 1024 * 1024
const maxWaitMs = 500
const againMs = 100

/**
 * The records of one partition that a read-committed consumer sees, in [from, to). A moved leader is followed; the end is reached or the signal
 * ends it.
 *
 * @throws BrokerError OFFSET_OUT_OF_RANGE when `from` is not in the log
 * @throws CompressedError for a codec that Kafka does not have
 * @throws MalformedError when the answer does not hold the records that were asked for
 */
export async function* readRange(
  cluster: Cluster,
  from: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  options: { readonly signal: AbortSignal },
): AsyncGenerator<KafkaRecord> {
  for await (const { record } of readWithTimes(cluster, from, range, options)) yield record
}

/** As `readRange`, with whose time it is that each record has. */
export async function* readWithTimes(
  cluster: Cluster,
  from: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  options: { readonly signal: AbortSignal; readonly pageBytes?: number },
): AsyncGenerator<{ readonly record: KafkaRecord; readonly isLogAppendTime: boolean }> {
  for await (const batch of readCommitted(cluster, from, range, options)) {
    const { isLogAppendTime } = batch
    for (const record of recordsOf(batch)) {
      if (record.offset >= range.from && record.offset < range.to) yield { record, isLogAppendTime }
    }
  }
}

export interface ReadOptions {
  readonly signal: AbortSignal
  readonly pageBytes?: number
  /** Who leads it, as was told a moment ago: asked for again when that is not so any more. */
  readonly led?: LedPartition | undefined
}

/** The batches that a read-committed consumer sees records of, from the one on that holds `range.from` to the one that ends behind `range.to`; as `readRange`. */
export async function* readCommitted(
  cluster: Cluster,
  from: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  options: ReadOptions,
): AsyncGenerator<Batch> {
  // One batch after another: together they may hold far more than they take up.
  for await (const { batches, aborted } of pages(cluster, from, range, 'committed', options)) yield* committedOnly(batches, aborted) // prettier-ignore
}

/**
 * The batches of one partition as they are stored, markers and what is not decided yet included, from the one on that holds `range.from` to the one
 * that ends behind `range.to`. Otherwise as `readRange`.
 */
export async function* readStored(
  cluster: Cluster,
  from: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  options: ReadOptions,
): AsyncGenerator<Batch> {
  for await (const { batches } of pages(cluster, from, range, 'uncommitted', options)) yield* batches
}

interface Page {
  readonly batches: readonly Batch[]
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
  readonly next: bigint
}

async function* pages(
  cluster: Cluster,
  from: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  isolation: FetchOne['isolation'],
  options: ReadOptions,
): AsyncGenerator<Page> {
  let position = range.from
  let { led } = options
  while (position < range.to) {
    const page = await readPage(cluster, from, position, isolation, { ...options, led })
    if (page === undefined) {
      led = undefined
      await cluster.wait(againMs, options.signal)
      continue
    }
    if (page.next <= position) {
      throw new MalformedError(`records before ${page.next.toString()} were answered for offset ${position.toString()}`)
    }
    yield page
    position = page.next
  }
}

/** One fetch. `undefined` when the leader moved or has nothing: ask again. */
async function readPage(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  position: bigint,
  isolation: FetchOne['isolation'],
  options: ReadOptions,
): Promise<Page | undefined> {
  const told = { signal: options.signal, needs: 'Read' } as const
  const { led, leaderless } = options.led === undefined ? await findLeaders(cluster, [{ topic, partition }], told) : { led: [options.led], leaderless: [] } // prettier-ignore
  const what = `partition ${partition} of topic "${topic}" on cluster "${cluster.name}"`
  const missing = leaderless[0]
  if (missing?.denied !== undefined) throw missing.denied
  if (missing !== undefined && !isLeaderMoved(missing.error)) throw new BrokerError(what, missing.error)
  const [at] = led
  if (at === undefined) return undefined
  let fetched: Fetched
  try {
    const asked = { offset: position, maxBytes: options.pageBytes ?? maxBytes, maxWaitMs, isolation }
    fetched = await fetchOne(cluster, at, asked, options)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof TransportError) return undefined
    throw error
  }
  if (!('batches' in fetched)) {
    const { error } = fetched
    if (isDenied(error)) throw deniedError(cluster, error, topicRight('Read', topic))
    if (isLeaderMoved(error) || error === Code.unknownTopicId || error === Code.inconsistentTopicId) return undefined
    throw new BrokerError(what, error)
  }
  const last = fetched.batches.at(-1)
  if (last === undefined) return undefined
  return { batches: fetched.batches, aborted: fetched.aborted, next: last.lastOffset + 1n }
}

/** Leaves out markers and what was aborted, as KIP-98 asks of a read-committed reader. */
export function committedOnly(
  batches: readonly Batch[],
  aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[],
): readonly Batch[] {
  const waiting = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const abortedNow = new Set<bigint>()
  return batches.filter((batch) => {
    while (waiting[0] !== undefined && waiting[0].firstOffset <= batch.lastOffset) {
      abortedNow.add((waiting.shift() as { producerId: bigint }).producerId)
    }
    if (batch.isControl) {
      if (!isCommitMarker(batch)) abortedNow.delete(batch.producerId)
      return false
    }
    return !(batch.isTransactional && abortedNow.has(batch.producerId))
  })
}

/** A marker's key is two int16: version and type, 0 abort, 1 commit. */
export function isCommitMarker(batch: Batch): boolean {
  const key = recordsOf(batch)[0]?.key
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(2) === 1
}
