import { clusterRight } from '../../../core/acl.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { codeName, isDenied, isFenced } from '../../../kafka/error-codes.ts'
import type { ProducerIdentity } from '../../../kafka/records/batch.ts'
import { byTopic, type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import { writeTxnMarkers } from '../../../kafka/wire/messages/write-txn-markers.ts'
import type { Lease } from './lease.ts'
import { mirrorProducer } from './link-producer.ts'
import { type DoneAlone, type MarkerJob, type MarkerWriter, placeOf, unsettled } from './marker-writer.ts'
import { mayHaveLeft } from './may-have-left.ts'
import type { MirrorPartition } from './mirror-partition.ts'

/** A broker writes so many markers in some tenths of a second. */
const markersInRequest = 1_000
/** A broker answers when the followers have them, or after its own request.timeout.ms of 30 s. */
const timeoutMs = 35_000

/**
 * Markers of the link's own producer at its present epoch, by order of whoever has a right on the cluster: they leave sequences and readers alone. KIP-98.
 *
 * After a lost answer the coordinator epoch is raised (by whoever positions the partition anew): the broker then refuses what comes late.
 */
export class ClusterMarkers implements MarkerWriter {
  readonly tooMany = 'something else wrote to the mirror topic'
  readonly mustSeal = true
  readonly #destination: Cluster
  readonly #producer: ProducerIdentity
  readonly #lease: Lease
  readonly #signal: AbortSignal

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

  /** Each broker has a queue of its own. */
  queueOf({ destinationLeader }: MirrorPartition): number {
    return destinationLeader
  }

  takeSome<J extends MarkerJob>(jobs: J[]): readonly (readonly [J, number])[] {
    const some: (readonly [J, number])[] = []
    for (let room = markersInRequest; room > 0 && jobs.length > 0;) {
      const job = jobs.shift() as J
      const left = job.until - job.from
      const count = left > BigInt(room) ? room : Number(left)
      some.push([job, count])
      room -= count
    }
    return some
  }

  async write(
    some: readonly (readonly [MarkerJob, number])[],
  ): Promise<ReadonlyMap<PartitionKey, DoneAlone> | DoneAlone> {
    try {
      return await this.#write(some)
    } catch (error) {
      const mayStillLand = mayHaveLeft(error)
      for (const [{ partition }] of some) if (mayStillLand) partition.isMarkerLost = true
      return { kind: 'unsettled', why: messageOf(error), mayStillLand }
    }
  }

  async #write(some: readonly (readonly [MarkerJob, number])[]): Promise<ReadonlyMap<PartitionKey, DoneAlone>> {
    const leader = some[0]?.[0].partition.destinationLeader ?? -1
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
    const refusals = new Map<PartitionKey, DoneAlone>()
    for (const { name, partitions } of answer.markers.flatMap(({ topics }) => topics)) {
      for (const { partition, error } of partitions) if (error !== 0) refusals.set(partitionKey({ topic: name, partition }), this.#refusal(error)) // prettier-ignore
    }
    return refusals
  }

  #refusal(error: number): DoneAlone {
    if (isFenced(error)) return { kind: 'fenced' }
    if (isDenied(error)) return unsettled(deniedError(this.#destination, error, clusterRight('Alter')).message)
    return unsettled(`hiding offsets: ${codeName(error)}`)
  }
}

/** The jobs by the epoch at which the producer appends to their mirrors. */
function byEpoch(
  producer: ProducerIdentity,
  some: readonly (readonly [MarkerJob, number])[],
): readonly (readonly [ProducerIdentity, readonly (readonly [MarkerJob, number])[]])[] {
  const epochOf = ({ partition }: MarkerJob): number => mirrorProducer(producer, partition.topic.record).producerEpoch
  const epochs = new Set(some.map(([job]) => epochOf(job)))
  return [...epochs].map((producerEpoch) => [
    { ...producer, producerEpoch },
    some.filter(([job]) => epochOf(job) === producerEpoch),
  ])
}

function topicsOf(
  jobs: readonly MarkerJob[],
): readonly { readonly name: string; readonly partitions: readonly number[] }[] {
  return byTopic(jobs.map(placeOf)).map(([name, some]) => ({
    name,
    partitions: some.map(({ partition }) => partition),
  }))
}
