import { isUtf8 } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'
import type { AclBinding } from '../core/acl-binding.ts'
import type { KafkaRecord, RecordHeader } from '../kafka/records/record.ts'
import type { LinkSession } from '../links/session.ts'
import type { Cancel } from './target.ts'

// How records are kept whose topic is about to be deleted: what they look like as text, and what an engine asks of whoever stores them.

/** Keeps what a topic has that nothing else has. */
export interface SalvageStore {
  /**
   * Looks whether the place of one topic can be had, and what it needs is permitted. Changes nothing.
   *
   * @throws as `open`
   */
  look(about: SalvageAbout, options: Cancel): Promise<void>
  /**
   * Makes the place for one topic ready; what an earlier, interrupted salvage of the same topic has left there is gone on with.
   *
   * @param options.session of the link on whose destination a store may write to
   * @throws GeorepError "refused" GR-SALVAGE-TAKEN when something else is there, or records that the topic does not have any more; DeniedError
   */
  open(about: SalvageAbout, options: Cancel & { readonly session: SalvageSession }): Promise<TopicSalvage>
}

/** Under which a store writes to a cluster. */
export type SalvageSession = Pick<LinkSession, 'guarded'>

/** Absent where nothing is saved, or it is not known yet where. */
export interface SalvageLook {
  readonly salvage?: SalvageStore | undefined
}

/** Of which topic, and what of it. */
export interface SalvageAbout {
  /** The link that was stopped. */
  readonly link: string
  readonly cluster: { readonly name: string; readonly clusterId: string }
  readonly topic: string
  readonly topicId: string
  /** On the destination of the link: it goes on where the topic does not. */
  readonly mirrorTopic: string
  /** Where the logs part, up to where the log is saved, by partition. */
  readonly partitions: readonly SalvageRange[]
  /** What is saved of a partition, from its log, anew with each call. */
  readonly recordsOf: (partition: number) => AsyncGenerator<KafkaRecord, undefined, undefined>
}

export interface SalvageRange {
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

/** The place of one topic. Everything is on disk, or wherever it is kept, when the promise resolves. Digests are over the lines of the records. */
export interface TopicSalvage {
  /** What the topic has beside its records. */
  readonly keep: (beside: BesideRecords) => Promise<void>
  /** Writes the records of one partition: in place of what was there, or behind those of them that were. */
  readonly write: (partition: number, records: AsyncIterable<KafkaRecord>) => Promise<Digest>
  /** Reads what was written of one partition again. */
  readonly read: (partition: number) => Promise<Digest>
  /** Says that what is there was compared, and found equal. */
  readonly verified: (partitions: readonly SavedPartition[]) => Promise<void>
}

/** What is told of a partition that was saved. */
export interface SavedPartition extends SalvageRange, Digest {}

/** Equal for the same lines, and for no others. */
export interface Digest {
  readonly records: bigint
  readonly sha256: string
}

export interface BesideRecords {
  /** Its own settings. */
  readonly settings: ReadonlyMap<string, string>
  /** ACLs on its name; null where the cluster has no authorizer. They stay when the topic goes. */
  readonly acls: readonly AclBinding[] | null
  readonly offsets: readonly {
    readonly group: string
    readonly topic: string
    readonly partition: number
    readonly offset: bigint
    readonly metadata: string
  }[]
}

/**
 * One record as a line of JSON: bytes as base64, which are null where the record has none, and "" where they are empty. Keys of headers are text; one that is
 * not UTF-8 is `keyBase64`, and its `key` null.
 */
export function lineOf({ offset, timestampMs, key, value, headers }: KafkaRecord): string {
  const fields = {
    offset: offset.toString(),
    timestampMs: timestampMs.toString(),
    key: bytes(key),
    value: bytes(value),
    headers: headers.map((header) => ({ ...headerKey(header), value: bytes(header.value) })),
  }
  return `${JSON.stringify(fields)}\n`
}

function bytes(one: Buffer | null): string | null {
  return one?.toString('base64') ?? null
}

function headerKey({
  key,
}: RecordHeader): { readonly key: string } | { readonly key: null; readonly keyBase64: string } {
  return isUtf8(key) ? { key: key.toString() } : { key: null, keyBase64: key.toString('base64') }
}

export async function* linesOf(records: AsyncIterable<KafkaRecord>): AsyncGenerator<string> {
  for await (const record of records) yield lineOf(record)
}

/** Counts lines and hashes them as they go by. */
export class Digester {
  #records = 0n
  readonly #hash: Hash = createHash('sha256')

  /** @param bytes any part of the lines, wherever it is cut */
  take(bytes: Buffer): void {
    for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) this.#records++
    this.#hash.update(bytes)
  }

  /** Once, at the end. */
  digest(): Digest {
    return { records: this.#records, sha256: this.#hash.digest('hex') }
  }
}

const lineEnd = 0x0a

export async function digestOf(lines: AsyncIterable<string>): Promise<Digest> {
  const digester = new Digester()
  for await (const line of lines) digester.take(Buffer.from(line))
  return digester.digest()
}

export function isSameDigest(one: Digest, other: Digest): boolean {
  return one.records === other.records && one.sha256 === other.sha256
}
