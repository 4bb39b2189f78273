import { messageOf } from '../../../core/errors.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { Code, codeName } from '../../../kafka/error-codes.ts'
import type { ProducerIdentity } from '../../../kafka/records/batch.ts'
import { byTopic, type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import { offsetForLeaderEpoch } from '../../../kafka/wire/messages/offset-for-leader-epoch.ts'
import { ClusterMarkers } from './cluster-markers.ts'
import type { Hiding } from '../holes/hiding.ts'
import type { Lease } from './lease.ts'
import { type DoneAlone, keyOf, type MarkerJob, type MarkerWriter, placeOf, unsettled } from './marker-writer.ts'
import type { MirrorPartition } from './mirror-partition.ts'
import type { Hidden } from './pieces.ts'
import { TransactionMarkers } from './transaction-markers.ts'

/** A broker that is at another's request adds to the log all the time; one that stands still does not answer either. */
const quietMs = 1_000

interface Job extends MarkerJob {
  readonly done: (result: DoneAlone) => void
}

/**
 * Takes offsets up that no consumer is to see: transaction markers, which a broker stores as one offset each, and which leave the link's sequences and readers
 * alone. KIP-98. What has them written is the `MarkerWriter`.
 *
 * Answers to markers prove nothing, and markers have no sequence. So a partition has nothing else in flight while its offsets are hidden, its log end is
 * read after each request, and only an end that is the wanted one is success.
 */
export class Hider {
  readonly #destination: Cluster
  readonly #signal: AbortSignal
  readonly #writer: MarkerWriter
  readonly #waiting = new Map<number, Job[]>()
  readonly #onTrouble: (why: string) => void
  /** What the way costs, to be told when there is something to hide. */
  #warning: string | undefined

  constructor(options: {
    readonly destination: Cluster
    readonly producer: ProducerIdentity
    readonly hiding: Hiding
    readonly lease: Lease
    readonly signal: AbortSignal
    /** Something holds hidden offsets up, and is tried again; or the first of them come, and will be slow. */
    readonly onTrouble: (why: string) => void
  }) {
    this.#destination = options.destination
    this.#signal = options.signal
    this.#onTrouble = options.onTrouble
    this.#warning = options.hiding.warning
    this.#writer = options.hiding.way === 'markers' ? new ClusterMarkers(options) : new TransactionMarkers(options)
  }

  /** Of a partition with nothing in flight, whose log ends where the offsets begin. Never rejects. */
  async hide(partition: MirrorPartition, { from, until }: Hidden): Promise<DoneAlone> {
    if (this.#warning !== undefined) this.#onTrouble(this.#warning)
    this.#warning = undefined
    return await new Promise<DoneAlone>((done) => {
      const job = { partition, from, until, done }
      const queue = this.#writer.queueOf(partition)
      const waiting = this.#waiting.get(queue)
      if (waiting !== undefined) waiting.push(job)
      else {
        this.#waiting.set(queue, [job])
        void this.#work(queue)
      }
    })
  }

  /** One request of a queue at a time: what has come meanwhile goes into the next. */
  async #work(queue: number): Promise<void> {
    // What this turn hides goes together.
    await Promise.resolve()
    for (let jobs = this.#waiting.get(queue) ?? []; jobs.length > 0; jobs = this.#waiting.get(queue) ?? []) {
      const taken = this.#writer.takeSome(jobs)
      const restless = await this.#restless(taken.map(([job]) => job))
      const some = taken.filter(([job]) => !restless.has(job)).map(([job, count]) => [job, this.#isOpen(job) ? 1 : count] as const) // prettier-ignore
      const results = new Map([...restless, ...(await this.#round(some))])
      for (const [job] of taken) {
        const result = results.get(job)
        if (result === undefined) jobs.push(job)
        else job.done(result)
      }
    }
    this.#waiting.delete(queue)
  }

  #isOpen({ partition }: Job): boolean {
    return this.#writer.mustSeal && !partition.isSealed
  }

  /**
   * Jobs whose log grows by what this runner has not ordered, or that could not be looked at. A broker that works off a request of another runner, or one whose
   * answer was lost, adds its markers in front of ours until one of ours stands, at a higher coordinator epoch: so the first comes alone, and when it is quiet.
   */
  async #restless(jobs: readonly Job[]): Promise<ReadonlyMap<Job, DoneAlone>> {
    const open = jobs.filter((job) => this.#isOpen(job))
    if (open.length === 0) return new Map()
    try {
      await this.#destination.wait(quietMs, this.#signal)
    } catch (error) {
      return new Map(open.map((job) => [job, unsettled(messageOf(error))]))
    }
    const found = new Map<Job, DoneAlone>()
    for (const [job, end] of await this.#endsOf(open)) {
      if (end !== job.from) found.set(job, unsettled(typeof end === 'bigint' ? 'offsets of an earlier request are still being hidden' : end)) // prettier-ignore
    }
    return found
  }

  /** The true log end of each, or why it is not known. */
  async #endsOf(jobs: readonly Job[]): Promise<ReadonlyMap<Job, bigint | string>> {
    const leaders = new Set(jobs.map(({ partition }) => partition.destinationLeader))
    const found = new Map<Job, bigint | string>()
    await Promise.all(
      [...leaders].map(async (leader) => {
        const own = jobs.filter(({ partition }) => partition.destinationLeader === leader)
        const ends = await this.#ends(leader, own).catch((error: unknown) => messageOf(error))
        for (const job of own) found.set(job, typeof ends === 'string' ? ends : (ends.get(keyOf(job)) ?? 'the destination left it out of its answer')) // prettier-ignore
      }),
    )
    return found
  }

  /** Returns the result of each job that has one; the others have come nearer to their end, and go on. */
  async #round(some: readonly (readonly [Job, number])[]): Promise<ReadonlyMap<Job, DoneAlone>> {
    if (some.length === 0) return new Map()
    const written = await this.#writer.write(some)
    if ('kind' in written) return new Map(some.map(([job]) => [job, written]))
    const results = new Map<Job, DoneAlone>()
    for (const [job, end] of await this.#endsOf(some.map(([one]) => one))) {
      const result = this.#resultOf(job, end, written.get(keyOf(job)))
      if (result !== undefined) results.set(job, result)
    }
    return results
  }

  /** The true log ends, of the leader alone that has just written: KIP-320. */
  async #ends(leader: number, jobs: readonly Job[]): Promise<ReadonlyMap<PartitionKey, bigint | string>> {
    const epochs = new Map(jobs.map((job) => [keyOf(job), job.partition.destinationLeaderEpoch]))
    const topics = byTopic(jobs.map(placeOf)).map(([name, some]) => ({
      name,
      partitions: some.map(({ partition }) => {
        const epoch = epochs.get(partitionKey({ topic: name, partition })) ?? -1
        return { partition, currentLeaderEpoch: epoch, leaderEpoch: epoch }
      }),
    }))
    const answer = await this.#destination.sendTo(leader, offsetForLeaderEpoch, { replicaId: -1, topics }, { signal: this.#signal, lane: 'hide' }) // prettier-ignore
    return new Map(
      answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partition, error, endOffset }): readonly [PartitionKey, bigint | string] => [
          partitionKey({ topic: name, partition }),
          error === 0 && endOffset >= 0n ? endOffset : codeName(error === 0 ? Code.leaderNotAvailable : error),
        ]),
      ),
    )
  }

  /** What came of a job by where its log ends, if it has come to an end. */
  #resultOf(job: Job, end: bigint | string, refusal: DoneAlone | undefined): DoneAlone | undefined {
    if (typeof end !== 'bigint') return unsettled(end)
    if (refusal === undefined && end > job.from) job.partition.isSealed = true
    if (end > job.until) {
      return {
        kind: 'failed',
        why: `the mirror ends at ${end.toString()} where offsets up to ${job.until.toString()} were hidden: ${this.#writer.tooMany}`,
      }
    }
    if (end === job.until) return { kind: 'done' }
    if (refusal !== undefined) return refusal
    if (end <= job.from) return unsettled('offsets were to be hidden, and the log has not grown')
    job.from = end
    return undefined
  }
}
