import { topicRight } from '../../core/acl.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { deniedError } from '../../kafka/denied.ts'
import { BrokerError, Code, isDenied } from '../../kafka/error-codes.ts'
import { fetchOne, type LedPlace } from '../../kafka/fetch-one.ts'
import { type Batch, batchLayout } from '../../kafka/records/batch.ts'

/** A partition, where it is led. */
export interface LogPlace extends LedPlace {
  readonly topic: string
  readonly cluster: Cluster
}

/**
 * Why the mirror up to `end` is not what the source has there, as far as its last batch tells; undefined when it is, or when retention has taken
 * that batch on one side. Source and mirror hold the same batches, so that no record has to be looked at.
 *
 * Log ends alone tell nothing: someone else's records, or a source that lost its tail and grew again, may bring both to any length.
 *
 * @throws BrokerError, TransportError: it could not be looked at
 */
export async function mirrorMismatch(
  mirror: LogPlace,
  source: LogPlace,
  end: bigint,
  options: { readonly producerId: bigint; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (end === 0n) return undefined
  const here = await batchAt(mirror, end - 1n, options.signal)
  if (here === undefined) return undefined
  if (here.producerId !== options.producerId) {
    return `the mirror's last batch, at offset ${here.baseOffset.toString()}, is not of this link: something else wrote to the mirror topic`
  }
  if (here.isControl) return undefined
  const there = await batchAt(source, here.baseOffset, options.signal)
  if (there === undefined || isSame(here, there)) return undefined
  return `the source log is not the one that was mirrored: the batch at source offset ${here.baseOffset.toString()} is another one`
}

/** The batch that holds the offset; undefined when it is not in the log. */
async function batchAt(place: LogPlace, offset: bigint, signal: AbortSignal): Promise<Batch | undefined> {
  const one = { offset, maxBytes: 1, maxWaitMs: 0, isolation: 'uncommitted' } as const
  const fetched = await fetchOne(place.cluster, place, one, { signal })
  if ('batches' in fetched) {
    return fetched.batches.find(({ baseOffset, lastOffset }) => baseOffset <= offset && offset <= lastOffset)
  }
  if (fetched.error === Code.offsetOutOfRange) return undefined
  if (isDenied(fetched.error)) throw deniedError(place.cluster, fetched.error, topicRight('Read', place.topic))
  throw new BrokerError(`partition ${place.partition} on cluster "${place.cluster.name}"`, fetched.error)
}

function isSame(here: Batch, there: Batch): boolean {
  return (
    here.baseOffset === there.baseOffset &&
    here.lastOffset === there.lastOffset &&
    here.recordCount === there.recordCount &&
    here.baseTimestampMs === there.baseTimestampMs &&
    // An operator may have given the mirror topic a compression of its own.
    (here.compression !== there.compression ||
      here.bytes.subarray(batchLayout.records).equals(there.bytes.subarray(batchLayout.records)))
  )
}
