import { topicRight } from '../../../core/acl.ts'
import { messageOf } from '../../../core/errors.ts'
import { isAborted } from '../../../core/time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { Code, codeName, isDenied, isLeaderMoved } from '../../../kafka/error-codes.ts'
import { type Fetched, fetchMany } from '../../../kafka/fetch-one.ts'
import { findLeaders, groupByLeader, type LedPartition } from '../../../kafka/leaders.ts'
import { committedOnly } from '../../../kafka/read.ts'
import { isUnreadable } from '../../../kafka/records/unreadable.ts'
import { partitionKey, type TopicPartition } from '../../../kafka/topic-partition.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { SeenBatch, SeenLog } from './seen-log.ts'

/** How many partitions share a request, and what each may answer with: some two hundred small batches, or one as producers make them by default. */
const partitionsAtOnce = 32
const shareBytes = 16 * 1024
/** Requests under way to a broker: on a long way its answers would be waited for one by one. */
const inFlight = 4
/** How long leaders that have moved, and answers without anything, are asked again. */
const settleMs = 5_000
const againMs = 100

/** One partition with the places at which its log is to be looked at. */
export interface Sampled extends TopicPartition {
  readonly log: SeenLog
  /** Those that were not looked at yet, in order; taken out as they are. */
  readonly places: bigint[]
  /** Places that nothing is known of, and why. */
  readonly unknown: { readonly offset: bigint; readonly why: string }[]
}

/**
 * Looks at the places of the logs, up to the last stable offsets. A place that is known by the answer for another one is not asked for. A fetch has one offset a
 * partition: many partitions share one, and several are under way to each leader.
 *
 * What could not be looked at is in `unknown` afterwards. When the signal ends it, what was not looked at is still in `places`.
 *
 * @throws DeniedError without Read on a topic; GeorepError "unreachable" when no broker of the cluster answers; what the signal is aborted with
 */
export async function sampleLogs(
  cluster: Cluster,
  partitions: readonly Sampled[],
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const byKey = new Map(partitions.map((one) => [partitionKey(one), one]))
  const why = new Map<Sampled, string>()
  for (let waitedMs = 0; ; waitedMs += againMs) {
    const open = partitions.filter(({ places }) => places.length > 0)
    if (open.length === 0) return
    if (waitedMs > settleMs) {
      for (const one of open) giveUp(one, why.get(one) ?? 'nothing was answered')
      return
    }
    if (waitedMs > 0) await cluster.wait(againMs, options.signal)
    const { led, leaderless } = await findLeaders(cluster, open, { ...options, needs: 'Read' })
    for (const { denied, error, ...at } of leaderless) {
      if (denied !== undefined) throw denied
      const one = byKey.get(partitionKey(at)) as Sampled
      if (isLeaderMoved(error)) why.set(one, codeName(error))
      else giveUp(one, codeName(error))
    }
    const rounds = [...groupByLeader(led)].map(async ([leader, own]) => {
      const asked = own.map((at) => ({ at, sampled: byKey.get(partitionKey(at)) as Sampled }))
      await new LeaderSampler(cluster, leader, asked, why, options.signal).run()
    })
    const failed = (await Promise.allSettled(rounds)).find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

function giveUp({ places, unknown }: Sampled, why: string): void {
  for (const offset of places.splice(0)) unknown.push({ offset, why })
}

interface Place {
  readonly at: LedPartition
  readonly sampled: Sampled
  readonly offset: bigint
}

/** What one leader is asked, once each place. */
class LeaderSampler {
  readonly #cluster: Cluster
  readonly #leader: number
  /** Who was served goes to the back. */
  readonly #partitions: Pick<Place, 'at' | 'sampled'>[]
  readonly #why: Map<Sampled, string>
  readonly #signal: AbortSignal
  /** What its share was too small for, or what another's answer could not be read with. */
  readonly #alone: Place[] = []
  /** To be asked again by whoever finds the leaders again. */
  readonly #again: Place[] = []
  #isGone = false

  constructor(
    cluster: Cluster,
    leader: number,
    partitions: readonly Pick<Place, 'at' | 'sampled'>[],
    why: Map<Sampled, string>,
    signal: AbortSignal,
  ) {
    this.#cluster = cluster
    this.#leader = leader
    this.#partitions = [...partitions]
    this.#why = why
    this.#signal = signal
  }

  async run(): Promise<void> {
    const workers = Array.from({ length: inFlight }, async () => { await this.#work() }) // prettier-ignore
    const failed = (await Promise.allSettled(workers)).find((one) => one.status === 'rejected')
    const left = [...this.#again, ...this.#alone]
    for (const { sampled, offset } of left) sampled.places.push(offset)
    for (const sampled of new Set(left.map((one) => one.sampled))) sampled.places.sort((a, b) => (a < b ? -1 : 1))
    if (failed !== undefined) throw failed.reason
  }

  async #work(): Promise<void> {
    for (let some = this.#next(); some.length > 0; some = this.#next()) {
      let fetched: readonly Fetched[]
      try {
        const places = some.map(({ at, offset }) => ({ ...at, offset }))
        fetched = await fetchMany(this.#cluster, this.#leader, places, { maxBytes: shareBytes, maxWaitMs: 0, isolation: 'committed' }, { signal: this.#signal }) // prettier-ignore
      } catch (error) {
        this.#failed(some, error)
        continue
      }
      for (const [index, one] of some.entries()) this.#take(one, fetched[index] ?? { error: -1 }, some.length === 1)
    }
  }

  #next(): readonly Place[] {
    if (this.#isGone || isAborted(this.#signal)) return []
    const alone = this.#alone.shift()
    if (alone !== undefined) return [alone]
    const some: Place[] = []
    for (let left = this.#partitions.length; left > 0 && some.length < partitionsAtOnce; left--) {
      const one = this.#partitions.shift() as Pick<Place, 'at' | 'sampled'>
      this.#partitions.push(one)
      const { places, log } = one.sampled
      let offset = places.shift()
      while (offset !== undefined && log.isSeen(offset)) offset = places.shift()
      if (offset !== undefined) some.push({ ...one, offset })
    }
    return some
  }

  #take(place: Place, fetched: Fetched, isAlone: boolean): void {
    const { at, sampled, offset } = place
    if (!('batches' in fetched)) {
      const { error } = fetched
      if (isDenied(error)) throw deniedError(this.#cluster, error, topicRight('Read', at.topic))
      if (isLeaderMoved(error) || error === Code.unknownTopicId) this.#later(place, codeName(error))
      else sampled.unknown.push({ offset, why: codeName(error) })
      return
    }
    const batches = seenIn(fetched)
    const [first] = batches
    if (first === undefined) {
      // The first partition of a request gets one whole batch however small its share, KIP-74.
      if (isAlone) this.#later(place, 'nothing is answered from there on')
      else this.#alone.push(place)
    } else if (first.last < offset)
      sampled.unknown.push({ offset, why: `records before ${first.last.toString()} were answered` }) // prettier-ignore
    else sampled.log.add(offset, batches)
  }

  #failed(some: readonly Place[], error: unknown): void {
    if (error instanceof TransportError && !isAborted(this.#signal)) {
      this.#isGone = true
      for (const one of some) this.#later(one, messageOf(error))
      return
    }
    if (!isUnreadable(error)) {
      this.#again.push(...some)
      throw error
    }
    if (some.length > 1) this.#alone.push(...some)
    else for (const { sampled, offset } of some) sampled.unknown.push({ offset, why: error.message })
  }

  #later(place: Place, why: string): void {
    this.#why.set(place.sampled, why)
    this.#again.push(place)
  }
}

function seenIn({
  batches,
  aborted,
}: Extract<Fetched, { readonly error: 0; readonly batches: unknown }>): readonly SeenBatch[] {
  // prettier-ignore
  const visible = new Set(committedOnly(batches, aborted))
  return batches.map((one) => ({
    base: one.baseOffset,
    last: one.lastOffset,
    stored: one.recordCount,
    visible: visible.has(one) ? one.recordCount : 0,
  }))
}
