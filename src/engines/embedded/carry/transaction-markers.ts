import { topicRight } from '../../../core/acl.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { codeName, isDenied } from '../../../kafka/error-codes.ts'
import { type PartitionKey, placeOfKey } from '../../../kafka/topic-partition.ts'
import { FencedError } from '../../../kafka/held-id.ts'
import type { Hiding } from '../holes/hiding.ts'
import type { Lease } from './lease.ts'
import { type DoneAlone, keyOf, type MarkerJob, type MarkerWriter, placeOf, unsettled } from './marker-writer.ts'

/** All go into the next transaction: each waits for the slowest of them. */
const partitionsInTransaction = 1_000

/**
 * Markers of aborted transactions: who may write to the mirrors and to the link's id for it needs no right on the cluster. One marker a partition in each
 * transaction, of all partitions that wait, whoever leads them.
 *
 * A transaction that was begun ends with its markers whatever happens then, so that the lease is looked at before it begins; and it is waited for, so that nothing
 * of it comes late.
 */
export class TransactionMarkers implements MarkerWriter {
  readonly tooMany =
    'something else wrote to the mirror topic, or the coordinator of the transaction wrote a marker twice'
  /** Of the id's holder before nothing comes any more. */
  readonly mustSeal = false
  readonly #destination: Cluster
  readonly #hiding: Hiding
  readonly #lease: Lease
  readonly #signal: AbortSignal
  readonly #onTrouble: (why: string) => void

  constructor(options: {
    readonly destination: Cluster
    readonly hiding: Hiding
    readonly lease: Lease
    readonly signal: AbortSignal
    readonly onTrouble: (why: string) => void
  }) {
    this.#destination = options.destination
    this.#hiding = options.hiding
    this.#lease = options.lease
    this.#signal = options.signal
    this.#onTrouble = options.onTrouble
  }

  /** The id has one transaction at a time. */
  queueOf(): number {
    return -1
  }

  takeSome<J extends MarkerJob>(jobs: J[]): readonly (readonly [J, number])[] {
    return jobs.splice(0, partitionsInTransaction).map((job) => [job, 1])
  }

  async write(
    some: readonly (readonly [MarkerJob, number])[],
  ): Promise<ReadonlyMap<PartitionKey, DoneAlone> | DoneAlone> {
    const { markers } = this.#hiding
    if (markers === undefined) return { kind: 'fenced' }
    try {
      const refused = await markers.append(some.map(([job]) => placeOf(job)), {
        signal: this.#signal,
        onTrouble: (why) => { this.#onTrouble(`a transaction that hides offsets has not ended yet: ${why}`) },
        beforeWrite: () => {
          this.#lease.assertFresh()
        },
      }) // prettier-ignore
      return new Map([...refused].map(([key, error]) => [key, this.#refusal(key, error)]))
    } catch (error) {
      if (error instanceof FencedError) {
        this.#hiding.lose(markers)
        return { kind: 'fenced' }
      }
      // Of what is not waited for any more something may still come.
      if (this.#signal.aborted) return { kind: 'unsettled', why: messageOf(error), mayStillLand: true }
      return new Map(some.map(([job]) => [keyOf(job), unsettled(`hiding offsets: ${messageOf(error)}`)]))
    }
  }

  #refusal(key: PartitionKey, error: number): DoneAlone {
    const { topic } = placeOfKey(key)
    const why = isDenied(error) ? deniedError(this.#destination, error, topicRight('Write', topic)).message : `hiding offsets: ${codeName(error)}` // prettier-ignore
    return unsettled(why)
  }
}
