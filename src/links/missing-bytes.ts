import { type StretchBytes, type StretchPart, totalBytes } from '../core/stretch-bytes.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import { fetchStretches } from '../kafka/stretch.ts'
import { partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'

/** What is fetched at most to learn how many bytes there are, and for how long. */
const maxBytes = 64 * 1024 * 1024
const deadlineMs = 10_000

/** What a mirror does not have of one partition of the source. */
export interface Missing extends TopicPartition {
  /** Undefined when it is not known what is missing, with the reason. */
  readonly stretch: { readonly from: bigint; readonly to: bigint } | undefined
  readonly why: string | undefined
  /** Not all of the stretch need be missing, with the reason in `why`. */
  readonly isUpperBound?: boolean
}

/**
 * How many bytes the source has that the mirrors have not: of the batches as they are stored, compressed as they are. They are fetched for that, up to
 * 64 MiB and for 10 s; what is beyond that is estimated, and said to be.
 */
export async function missingBytes(
  source: Cluster,
  missing: readonly Missing[],
  { signal }: { readonly signal: AbortSignal },
): Promise<StretchBytes> {
  const stretches = missing.flatMap(({ topic, partition, stretch }) => stretch === undefined ? [] : [{ topic, partition, ...stretch }]) // prettier-ignore
  try {
    const ask = { signal, keepDenied: true, maxBytes, deadline: withDeadline(signal, deadlineMs) } as const
    const { stretches: found, endedBy } = await fetchStretches(source, stretches, ask)
    const ended = { limit: `only ${maxBytes / 1024 ** 2} MiB of them were read`, time: `they were read for ${deadlineMs / 1000} s only` } // prettier-ignore
    const parts = missing.map(({ topic, partition, stretch, why, isUpperBound = false }): StretchPart => {
      if (stretch === undefined) return { topic, offsets: undefined, fetched: undefined, why }
      const answer = found.get(partitionKey({ topic, partition }))
      const offsets = stretch.to > stretch.from ? stretch.to - stretch.from : 0n
      if (answer instanceof BrokerError) return { topic, offsets, fetched: undefined, why: answer.message }
      const isCut = answer === undefined || answer.offsets < offsets
      return { topic, offsets, fetched: answer, isUpperBound, why: isCut && endedBy !== undefined ? ended[endedBy] : isUpperBound ? why : undefined } // prettier-ignore
    })
    return totalBytes(parts)
  } catch (error) {
    signal.throwIfAborted()
    if (!isOfCluster(error)) throw error
    return { kind: 'unknown', why: error.message }
  }
}
