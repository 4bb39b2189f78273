import { messageOf } from '../../core/errors.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { deniedError } from '../../kafka/denied.ts'
import { Code, codeName, isDenied, isFenced } from '../../kafka/error-codes.ts'
import type { ProducerIdentity } from '../../kafka/records/batch.ts'
import { byTopic, type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { offsetForLeaderEpoch } from '../../kafka/wire/messages/offset-for-leader-epoch.ts'
import { writeTxnMarkers } from '../../kafka/wire/messages/write-txn-markers.ts'
import { clusterRight } from '../../core/acl.ts'
import { mayHaveLeft } from './may-have-left.ts'
import type { Lease } from './lease.ts'
import { mirrorProducer } from './link-producer.ts'
import type { MirrorPartition } from './mirror-partition.ts'
import type { Hidden } from './pieces.ts'

/** A broker writes so many markers in some tenths of a second. */
const markersInRequest = 1_000
/** A broker answers when the followers have them, or after its own request.timeout.ms of 30 s. */
const timeoutMs = 35_000

/** What came of something that a partition does alone. */
export type DoneAlone =
  | { readonly kind: 'done' }
  | { readonly kind: 'fenced' }
  /** What is in the log is to be read again; more may still come into it. */
  | { readonly kind: 'unsettled'; readonly why: string; readonly mayStillLand: boolean }
  | { readonly kind: 'failed'; readonly why: string }

interface Job {
  readonly partition: MirrorPartition
  readonly until: bigint
  from: bigint
  readonly done: (result: DoneAlone) => void
}

/**
 * Takes offsets up that no consumer is to see: transaction markers of the link's own producer at its present epoch, which a broker stores as one offset
 * each, and which leave sequences and readers alone. KIP-98.
 *
 * Answers to markers prove nothing, and markers have no sequence. So a partition has nothing else in flight while its offsets are hidden, its log end is
 * read after each request, and only an end that is the wanted one is success. After a lost answer the coordinator epoch is raised (by whoever positions
 * the partition anew): the broker then refuses what comes late.
 */
export class Hider {
  readonly #destination: Cluster
  readonly #producer: ProducerIdentity
  readonly #lease: Lease
  readonly #signal: AbortSignal
  readonly #waiting = new Map<number, Job[]>()

  constructor(options: {
    readonly destination: Cluster
    readonly producer: ProducerIdentity
    readonly lease: Lease
    readonly signal: AbortSignal
  }) {
    this.#destination = options.destination
    this.#producer = options.producer
    this.#lease = options.lease
    this.#signal = options.signal
  }

  /** Of a partition with nothing in flight, whose log ends where the offsets begin. Never rejects. */
  async hide(partition: MirrorPartition, { from, until }: Hidden): Promise<DoneAlone> {
    return await new Promise<DoneAlone>((done) => {
      const job = { partition, from, until, done }
      const leader = partition.destinationLeader
      const waiting = this.#waiting.get(leader)
      if (waiting !== undefined) waiting.push(job)
      else {
        this.#waiting.set(leader, [job])
        void this.#work(leader)
      }
    })
  }

  /** One request at a time to a broker: what has come meanwhile goes into the next. */
  async #work(leader: number): Promise<void> {
    // What this turn hides goes together.
    await Promise.resolve()
    for (let jobs = this.#waiting.get(leader) ?? []; jobs.length > 0; jobs = this.#waiting.get(leader) ?? []) {
      const some = takeSome(jobs)
      const results = await this.#round(leader, some)
      for (const [job] of some) {
        const result = results.get(job)
        if (result === undefined) jobs.push(job)
        else job.done(result)
      }
    }
    this.#waiting.delete(leader)
  }

  /** Returns the result of each job that has one; the others have come nearer to their end, and go on. */
  async #round(leader: number, some: readonly (readonly [Job, number])[]): Promise<ReadonlyMap<Job, DoneAlone>> {
    const all = (result: DoneAlone): ReadonlyMap<Job, DoneAlone> => new Map(some.map(([job]) => [job, result]))
    let refusals: ReadonlyMap<PartitionKey, number>
    try {
      refusals = await this.#write(leader, some)
    } catch (error) {
      const mayStillLand = mayHaveLeft(error)
      for (const [{ partition }] of some) if (mayStillLand) partition.isMarkerLost = true
      return all({ kind: 'unsettled', why: messageOf(error), mayStillLand })
    }
    let ends: ReadonlyMap<PartitionKey, bigint | string>
    try {
      ends = await this.#ends(leader, some.map(([job]) => job)) // prettier-ignore
    } catch (error) {
      return all({ kind: 'unsettled', why: messageOf(error), mayStillLand: false })
    }
    const results = new Map<Job, DoneAlone>()
    for (const [job] of some) {
      const result = this.#resultOf(job, ends.get(keyOf(job)), refusals.get(keyOf(job)) ?? 0)
      if (result !== undefined) results.set(job, result)
    }
    return results
  }

  #resultOf(job: Job, end: bigint | string | undefined, refusal: number): DoneAlone | undefined {
    const unsettled = (why: string): DoneAlone => ({ kind: 'unsettled', why, mayStillLand: false })
    if (typeof end !== 'bigint') return unsettled(end ?? 'the destination left it out of its answer')
    if (end > job.until) {
      return {
        kind: 'failed',
        why: `the mirror ends at ${end.toString()} where offsets up to ${job.until.toString()} were hidden: something else wrote to the mirror topic`,
      }
    }
    if (end === job.until) return { kind: 'done' }
    if (isFenced(refusal)) return { kind: 'fenced' }
    if (isDenied(refusal)) return unsettled(deniedError(this.#destination, refusal, clusterRight('Alter')).message)
    if (refusal !== 0) return unsettled(`hiding offsets: ${codeName(refusal)}`)
    if (end <= job.from) return unsettled('offsets were to be hidden, and the log has not grown')
    job.from = end
    return undefined
  }

  async #write(leader: number, some: readonly (readonly [Job, number])[]): Promise<ReadonlyMap<PartitionKey, number>> {
    const coordinatorEpoch = Math.max(...some.map(([{ partition }]) => partition.markerEpoch))
    for (const [{ partition }] of some) partition.markerEpoch = coordinatorEpoch
    const length = Math.max(...some.map(([, count]) => count))
    const markers = byEpoch(this.#producer, some).flatMap(([producer, own]) =>
      Array.from({ length }, (_, index) => own.flatMap(([job, count]) => (count > index ? [job] : [])))
        .filter((jobs) => jobs.length > 0)
        .map((jobs) => ({ ...producer, isCommit: false, coordinatorEpoch, topics: topicsOf(jobs) })),
    )
    const answer = await this.#destination.sendTo(leader, writeTxnMarkers, { markers }, {
      signal: this.#signal,
      timeoutMs,
      lane: 'hide',
      beforeWrite: () => {
        this.#lease.assertFresh()
      },
    }) // prettier-ignore
    const errors = new Map<PartitionKey, number>()
    for (const { name, partitions } of answer.markers.flatMap(({ topics }) => topics)) {
      for (const { partition, error } of partitions) if (error !== 0) errors.set(partitionKey({ topic: name, partition }), error) // prettier-ignore
    }
    return errors
  }

  /** The true log ends, of the leader alone that has just written: KIP-320. */
  async #ends(leader: number, jobs: readonly Job[]): Promise<ReadonlyMap<PartitionKey, bigint | string>> {
    const epochs = new Map(jobs.map((job) => [keyOf(job), job.partition.destinationLeaderEpoch]))
    const topics = topicsOf(jobs).map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => {
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
}

/** As many jobs as fit into one request, with the number of markers of each. They are taken out. */
function takeSome(jobs: Job[]): readonly (readonly [Job, number])[] {
  const some: (readonly [Job, number])[] = []
  for (let room = markersInRequest; room > 0 && jobs.length > 0;) {
    const job = jobs.shift() as Job
    const left = job.until - job.from
    const count = left > BigInt(room) ? room : Number(left)
    some.push([job, count])
    room -= count
  }
  return some
}

/** The jobs by the epoch at which the producer appends to their mirrors. */
function byEpoch(
  producer: ProducerIdentity,
  some: readonly (readonly [Job, number])[],
): readonly (readonly [ProducerIdentity, readonly (readonly [Job, number])[]])[] {
  const epochOf = ({ partition }: Job): number => mirrorProducer(producer, partition.topic.record).producerEpoch
  const epochs = new Set(some.map(([job]) => epochOf(job)))
  return [...epochs].map((producerEpoch) => [
    { ...producer, producerEpoch },
    some.filter(([job]) => epochOf(job) === producerEpoch),
  ])
}

function keyOf({ partition: { topic, partition } }: Job): PartitionKey {
  return partitionKey({ topic: topic.record.mirrorTopic, partition })
}

function topicsOf(jobs: readonly Job[]): readonly { readonly name: string; readonly partitions: readonly number[] }[] {
  const places = jobs.map(({ partition: { topic, partition } }) => ({ topic: topic.record.mirrorTopic, partition }))
  return byTopic(places).map(([name, some]) => ({ name, partitions: some.map(({ partition }) => partition) }))
}
