import { topicRight } from '../../../core/acl.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { deniedError } from '../../../kafka/denied.ts'
import { codeName, isDenied } from '../../../kafka/error-codes.ts'
import { deleteRecords } from '../../../kafka/wire/messages/delete-records.ts'
import type { DoneAlone } from './marker-writer.ts'
import type { Lease } from './lease.ts'
import { mayHaveLeft } from './may-have-left.ts'
import type { MirrorPartition } from './mirror-partition.ts'
import type { Trim } from './pieces.ts'

const timeoutMs = 10_000

/** Deletes the fillers at the start of a mirror. Doing it twice is as good as once: KIP-107 sets where the log begins. */
export class Trimmer {
  readonly #destination: Cluster
  readonly #lease: Lease
  readonly #signal: AbortSignal

  constructor(options: { readonly destination: Cluster; readonly lease: Lease; readonly signal: AbortSignal }) {
    this.#destination = options.destination
    this.#lease = options.lease
    this.#signal = options.signal
  }

  /** Never rejects. */
  async trim({ topic, partition, destinationLeader }: MirrorPartition, { trimTo }: Trim): Promise<DoneAlone> {
    const unsettled = (why: string, mayStillLand = false): DoneAlone => ({ kind: 'unsettled', why, mayStillLand })
    const name = topic.record.mirrorTopic
    const request = { topics: [{ name, partitions: [{ partition, offset: trimTo }] }], timeoutMs }
    try {
      const answer = await this.#destination.sendTo(destinationLeader, deleteRecords, request, {
        signal: this.#signal,
        timeoutMs: timeoutMs + 2_000,
        lane: 'hide',
        beforeWrite: () => {
          this.#lease.assertFresh()
        },
      })
      const result = answer.topics[0]?.partitions[0]
      if (result === undefined) return unsettled('the destination left it out of its answer')
      if (isDenied(result.error)) return unsettled(deniedError(this.#destination, result.error, topicRight('Delete', name)).message) // prettier-ignore
      if (result.error !== 0) return unsettled(`deleting what stands before the source's log start: ${codeName(result.error)}`) // prettier-ignore
      return { kind: 'done' }
    } catch (error) {
      return unsettled(messageOf(error), mayHaveLeft(error))
    }
  }
}
