import { type Offset, offset } from '../../core/offset.ts'
import type { OffsetSync } from '../../core/sync-runs.ts'
import type { TopicPartition } from '../../kafka/topic-partition.ts'
import { MalformedError, Reader } from '../../kafka/wire/reader.ts'

// What MirrorMaker 2 writes into its own topics: values of Kafka's protocol types one behind the other, without tags. Whoever may write to these topics may
// have written anything: what is not of the form is told, and taken for nothing.

/** A record of an internal topic as it stands there. */
export interface InternalRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/**
 * What a record tells.
 *
 * - deleted: a tombstone, of what has this key
 * - malformed: it is not of the form, and why
 */
export type Decoded<Key, Value> =
  | ({ readonly kind: 'told' } & Key & Value)
  | ({ readonly kind: 'deleted' } & Key)
  | { readonly kind: 'malformed'; readonly why: string }

/** The topic as the source calls it. */
type SyncKey = TopicPartition

/** Where the record that stands at `up` on the source stands on the destination. */
export function decodeOffsetSync(record: InternalRecord): Decoded<SyncKey, OffsetSync> {
  return decoded(record, topicPartition, (reader) => ({ up: place(reader), down: place(reader) }))
}

export interface CheckpointKey extends TopicPartition {
  readonly group: string
}

/** Where a group stood on the source, and where that is on the destination; the key's topic is as the destination calls it. */
export interface Checkpoint extends OffsetSync {
  readonly metadata: string
}

export function decodeCheckpoint(record: InternalRecord): Decoded<CheckpointKey, Checkpoint> {
  const key = (reader: Reader): CheckpointKey => ({ group: text(reader), ...topicPartition(reader) })
  return decoded(record, key, (reader) => {
    versionZero(reader)
    return { up: place(reader), down: place(reader), metadata: text(reader) }
  })
}

export interface HeartbeatKey {
  readonly sourceAlias: string
  readonly targetAlias: string
}

export function decodeHeartbeat(record: InternalRecord): Decoded<HeartbeatKey, { readonly timestampMs: bigint }> {
  const key = (reader: Reader): HeartbeatKey => ({ sourceAlias: text(reader), targetAlias: text(reader) })
  return decoded(record, key, (reader) => {
    versionZero(reader)
    return { timestampMs: reader.int64() }
  })
}

function decoded<Key, Value>(
  { key, value }: InternalRecord,
  readKey: (reader: Reader) => Key,
  readValue: (reader: Reader) => Value,
): Decoded<Key, Value> {
  try {
    if (key === null) throw new MalformedError('it has no key')
    const of = whole(key, readKey)
    return value === null ? { kind: 'deleted', ...of } : { kind: 'told', ...of, ...whole(value, readValue) }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { kind: 'malformed', why: error.message }
  }
}

function whole<T>(bytes: Buffer, read: (reader: Reader) => T): T {
  const reader = new Reader(bytes)
  const value = read(reader)
  if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes are too many`)
  return value
}

function topicPartition(reader: Reader): TopicPartition {
  const topic = text(reader)
  const partition = reader.int32()
  if (partition < 0) throw new MalformedError(`a partition is ${partition}`)
  return { topic, partition }
}

function place(reader: Reader): Offset {
  const value = reader.int64()
  if (value < 0n) throw new MalformedError(`an offset is ${value.toString()}`)
  return offset(value)
}

/** A later version may be anything. */
function versionZero(reader: Reader): void {
  const version = reader.int16()
  if (version !== 0) throw new MalformedError(`the version is ${version}, and 0 is known`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function text(reader: Reader): string {
  const bytes = reader.bytes(reader.int16())
  try {
    return utf8.decode(bytes)
  } catch {
    throw new MalformedError('a text is not UTF-8')
  }
}
