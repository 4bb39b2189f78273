import { GeorepError } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError, Code } from '../kafka/error-codes.ts'
import { logBounds } from '../kafka/offsets.ts'
import { readStored } from '../kafka/read.ts'
import type { Batch } from '../kafka/records/batch.ts'
import { createTopic } from '../kafka/topics.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import {
  type AclRecord,
  type FailureRecord,
  type FenceRecord,
  type LinkRecord,
  type LockKind,
  type LockRecord,
  type MirrorRecord,
  type PositionRecord,
  type ProtectionRecord,
  type RunnerRecord,
  stateKey,
  type StateRecord,
  stateRecordFrom,
} from './records.ts'
import type {
  LeftGroupsRecord,
  UnmirroredRecord,
  UnprotectedRecord,
  UnsyncedAclsRecord,
  UnsyncedRecord,
} from './runner-notes.ts'
import { statePartition, stateTopic } from './state-topic.ts'
import { type OpenTransaction, Undecided } from './undecided.ts'

/** Longer than a transaction that its writer left open stays so: its time-out, and the ten seconds in which a broker looks for such ones. */
const openDeadlineMs = 22_000
const lookEveryMs = 20
const readDeadlineMs = 20_000
/** The last moment that a date can be. */
const maxTimeMs = 8_640_000_000_000_000n

/** A value with its place in the topic. */
export interface StateEntry<T extends StateRecord = StateRecord> {
  readonly value: T
  readonly offset: bigint
  /** By the clock of the broker that led the topic then. */
  readonly appendedAt: Date
}

/** A lock with the time at which it was taken, by the brokers' clock. */
export type HeldLock = Omit<StateEntry<LockRecord>, 'value'> & {
  readonly value: LockRecord & { readonly since: string }
}

/** The links kept on one destination cluster, as last read. `refresh` and `glance` read on from where it was. */
export class LinkState {
  readonly cluster: Cluster
  readonly #entries = new Map<string, StateEntry>()
  /** Where each key was written last: transactions may end in another order than that of their records. */
  readonly #offsets = new Map<string, bigint>()
  readonly #undecided = new Undecided()
  #position = 0n
  #queue: Promise<unknown> = Promise.resolve()

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  /**
   * A value that was committed before the call is seen after it: where a transaction is open, its end is waited for, because it may have been committed
   * and not say so in the log yet.
   *
   * @param options.link all that matters is this link: open transactions that are about others are not waited for
   * @returns false when the cluster has no state topic
   * @throws GeorepError "unreachable"; "failed" for a value that cannot be read; "timedOut" when a transaction stays open
   */
  async refresh(options: { readonly signal: AbortSignal; readonly link?: string }): Promise<boolean> {
    return await this.#inTurn(async () => {
      const isThere = await this.#readOn(options)
      const open = this.#undecided.transactions.filter((one) => isAbout(one, options.link))
      const deadline = withDeadline(options.signal, openDeadlineMs)
      while (open.some((one) => this.#undecided.has(one))) {
        await this.cluster.wait(lookEveryMs, deadline).catch((error: unknown) => {
          options.signal.throwIfAborted()
          throw this.#notRead('a transaction on it is open', error)
        })
        await this.#readOn(options)
      }
      return isThere
    })
  }

  /**
   * As `refresh`, without waiting: what was committed in the last moments may be missing. For looking, and for deciding what `LinkSession.claim`
   * then decides again.
   */
  async glance(options: { readonly signal: AbortSignal }): Promise<boolean> {
    return await this.#inTurn(async () => await this.#readOn(options))
  }

  links(): readonly LinkRecord[] {
    return this.#all('link/').map(({ value }) => value as LinkRecord)
  }

  link(name: string): LinkRecord | undefined {
    return this.#get(stateKey.link(name)) as LinkRecord | undefined
  }

  mirrors(link: string): readonly MirrorRecord[] {
    return this.#all(`mirror/${link}/`).map(({ value }) => value as MirrorRecord)
  }

  mirror(link: string, topic: string): MirrorRecord | undefined {
    return this.#get(stateKey.mirror(link, topic)) as MirrorRecord | undefined
  }

  failure(link: string, topic: string): FailureRecord | undefined {
    return this.#get(stateKey.failure(link, topic)) as FailureRecord | undefined
  }

  /** What was done to the link's source topics so that they take no writes. */
  fences(link: string): readonly FenceRecord[] {
    return this.#all(`fence/${link}/`).map(({ value }) => value as FenceRecord)
  }

  fence(link: string, sourceTopic: string): FenceRecord | undefined {
    return this.#get(stateKey.fence(link, sourceTopic)) as FenceRecord | undefined
  }

  /** ACLs of the source that the destination has, or is to have, because of the link. */
  acls(link: string): readonly AclRecord[] {
    return this.#all(`acl/${link}/`).map(({ value }) => value as AclRecord)
  }

  /** Whom georep denies Write on mirror topics of the link. */
  protections(link: string): readonly ProtectionRecord[] {
    return this.#all(`protection/${link}/`).map(({ value }) => value as ProtectionRecord)
  }

  protection(link: string, topic: string): ProtectionRecord | undefined {
    return this.#get(stateKey.protection(link, topic)) as ProtectionRecord | undefined
  }

  /** Why the runner does not keep others from writing to mirror topics, or not all. */
  unprotected(link: string): UnprotectedRecord | undefined {
    return this.#get(stateKey.unprotected(link)) as UnprotectedRecord | undefined
  }

  position(link: string, topic: string): PositionRecord | undefined {
    return this.#get(stateKey.position(link, topic)) as PositionRecord | undefined
  }

  runner(link: string): RunnerRecord | undefined {
    return this.#get(stateKey.runner(link)) as RunnerRecord | undefined
  }

  unmirrored(link: string): readonly UnmirroredRecord[] {
    return this.#all(`unmirrored/${link}/`).map(({ value }) => value as UnmirroredRecord)
  }

  /** Why mirror topics cannot be made as their sources', by the mirror topic. */
  unsynced(link: string): ReadonlyMap<string, UnsyncedRecord> {
    const prefix = stateKey.unsynced(link, '')
    const own = [...this.#entries].filter(([key]) => key.startsWith(prefix))
    return new Map(own.map(([key, { value }]) => [key.slice(prefix.length), value as UnsyncedRecord]))
  }

  /** Why the runner does not bring over ACLs, or not all. */
  unsyncedAcls(link: string): UnsyncedAclsRecord | undefined {
    return this.#get(stateKey.unsyncedAcls(link)) as UnsyncedAclsRecord | undefined
  }

  /** Groups with members on the destination, as the runner last found them. */
  leftGroups(link: string): LeftGroupsRecord | undefined {
    return this.#get(stateKey.leftGroups(link)) as LeftGroupsRecord | undefined
  }

  /** Whether a runner of the link has ever hidden offsets in transactions. */
  isHidingInTransactions(link: string): boolean {
    return this.#get(stateKey.hiding(link)) !== undefined
  }

  /** Keys of the link's own that hold a value now, the locks' among them. */
  keysOf(link: string): readonly string[] {
    return [...this.#entries.keys()].filter((key) => key.split('/')[1] === link)
  }

  /** Where what holds under the key was written, or deleted; undefined when nothing ever was, as far as is read. */
  writtenAt(key: string): bigint | undefined {
    return this.#offsets.get(key)
  }

  /** Was something written under the key of which it is not known yet whether it holds? As after a commit whose marker is on its way. */
  isOpen(key: string): boolean {
    return this.#undecided.isOpen(key)
  }

  /** Everything about the link before this offset is read and decided. */
  decidedBefore(link: string): bigint {
    const open = this.#undecided.transactions.filter((one) => isAbout(one, link)).flatMap(({ records }) => records)
    return open.reduce((first, { offset }) => (offset < first ? offset : first), this.#position)
  }

  lock(link: string, kind: LockKind): HeldLock | undefined {
    const entry = this.#entries.get(stateKey.lock(link, kind)) as StateEntry<LockRecord> | undefined
    if (entry === undefined) return undefined
    return { ...entry, value: { ...entry.value, since: entry.value.since ?? entry.appendedAt.toISOString() } }
  }

  async #inTurn(work: () => Promise<boolean>): Promise<boolean> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return await turn
  }

  async #readOn(options: { readonly signal: AbortSignal }): Promise<boolean> {
    const bounds = await logBounds(this.cluster, [statePartition], 'highWatermark', {
      signal: options.signal,
      needs: 'Read',
    })
    const end = bounds.get(partitionKey(statePartition))
    if (end === undefined || (end instanceof BrokerError && end.errorCode === Code.unknownTopicOrPartition))
      return false
    if (end instanceof BrokerError) throw end
    const deadline = withDeadline(options.signal, readDeadlineMs)
    try {
      const range = { from: this.#position, to: end }
      for await (const batch of readStored(this.cluster, statePartition, range, { signal: deadline })) this.#read(batch)
    } catch (error) {
      options.signal.throwIfAborted()
      throw deadline.aborted ? this.#notRead('its leader does not answer with what it has', error) : error
    }
    return true
  }

  #read(batch: Batch): void {
    if (batch.lastOffset < this.#position) return
    for (const record of this.#undecided.read(batch)) {
      if (record.key !== null) this.#apply(record.key.toString('utf8'), record)
    }
    this.#position = batch.lastOffset + 1n
  }

  #notRead(stateNow: string, cause: unknown): GeorepError {
    return new GeorepError(
      'timedOut',
      'GR-STATE-HELD',
      `the state topic on cluster "${this.cluster.name}" could not be read to its end`,
      {
        stateNow,
        next: 'wait ten seconds, then run the command again',
        cause,
      },
    )
  }

  #get(key: string): StateRecord | undefined {
    return this.#entries.get(key)?.value
  }

  #all(prefix: string): readonly StateEntry[] {
    return [...this.#entries]
      .filter(([key]) => key.startsWith(prefix))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, entry]) => entry)
  }

  #apply(key: string, record: { value: Buffer | null; offset: bigint; timestampMs: bigint }): void {
    if (record.offset < (this.#offsets.get(key) ?? 0n)) return
    this.#offsets.set(key, record.offset)
    if (record.value === null) {
      this.#entries.delete(key)
      return
    }
    const value = stateRecordFrom(key, record.value)
    if (value !== undefined)
      this.#entries.set(key, { value, offset: record.offset, appendedAt: timeOf(record.timestampMs) })
  }
}

/** Whoever may write to the topic may have set any number for a time. */
function timeOf(timestampMs: bigint): Date {
  return new Date(timestampMs < 0n || timestampMs > maxTimeMs ? 0 : Number(timestampMs))
}

/** Keys name their link behind the first slash. */
function isAbout({ records }: OpenTransaction, link: string | undefined): boolean {
  return link === undefined || records.some(({ key }) => key?.toString('utf8').split('/')[1] === link)
}

/**
 * Makes the state topic where there is none. Safe to call again.
 *
 * @returns whether it was made
 */
export async function ensureStateTopic(cluster: Cluster, options: { readonly signal: AbortSignal }): Promise<boolean> {
  const { brokers, topics } = await cluster.metadata([stateTopic], { ...options, needs: 'Read' })
  if (topics.has(stateTopic)) return false
  const replicationFactor = Math.min(3, brokers.length)
  const configs = new Map([
    ['cleanup.policy', 'compact'],
    // Whoever reads the topic with other tools sees the broker's times, whose clock everybody shares.
    ['message.timestamp.type', 'LogAppendTime'],
    ['min.insync.replicas', replicationFactor === 3 ? '2' : '1'],
    ['segment.ms', '3600000'],
    // Only what is in closed segments is compacted, and all that is there is read by every command: 10,000 partitions that move write 0.3 MB a second.
    ['segment.bytes', '8388608'],
    ['min.cleanable.dirty.ratio', '0.1'],
  ])
  return (
    (await createTopic(cluster, { name: stateTopic, partitions: 1, replicationFactor, configs }, options)) !== 'exists'
  )
}
