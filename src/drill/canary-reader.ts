import { canaryFromBytes } from '../core/canary-record.ts'
import { messageOf } from '../core/errors.ts'
import { type Offset, offset } from '../core/offset.ts'
import type { DrainedPartition } from '../core/rpo.ts'
import { orAborted, withDeadline } from '../core/time.ts'

export interface RecordRead {
  readonly offset: bigint
  readonly value: Uint8Array | null
}

/** Where one partition's log begins and where what a consumer may read ends, now. */
export interface LogRange {
  readonly start: bigint
  readonly end: bigint
}

export interface DrainOptions {
  readonly topic: string
  readonly partitions: readonly number[]
  readonly runId: string
  /** Runs whose records are neither counted nor foreign: the canary that writes to the destination. */
  readonly otherRunIds: readonly string[]
  readonly logRange: (topic: string, partition: number, options: { readonly signal: AbortSignal }) => Promise<LogRange>
  /** The records in [from, to), and then the end. */
  readonly readRange: (
    topic: string,
    partition: number,
    range: { readonly from: bigint; readonly to: bigint },
    options: { readonly signal: AbortSignal },
  ) => AsyncIterable<RecordRead>
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Reads each partition from its start to the end that it has now, and says where each canary record is.
 *
 * A partition that fails or is not finished in time comes back with what was seen of it and `incomplete` saying why. Rejects only when `signal`
 * is aborted.
 */
export async function drainCanary(options: DrainOptions): Promise<readonly DrainedPartition[]> {
  const deadline = withDeadline(options.signal, options.timeoutMs)
  const drained = await Promise.all(
    options.partitions.map(async (partition) => await drainPartition(partition, options, deadline)),
  )
  options.signal.throwIfAborted()
  return drained
}

async function drainPartition(
  partition: number,
  { topic, runId, otherRunIds, logRange, readRange, timeoutMs }: DrainOptions,
  deadline: AbortSignal,
): Promise<DrainedPartition> {
  const offsetsBySeq = new Map<number, Offset[]>()
  let foreign = 0
  let incomplete: string | undefined
  const scan = async (): Promise<void> => {
    const { start, end } = await logRange(topic, partition, { signal: deadline })
    for await (const record of readRange(topic, partition, { from: start, to: end }, { signal: deadline })) {
      deadline.throwIfAborted()
      const canary = canaryFromBytes(record.value)
      if (canary?.runId === runId && canary.partition === partition) {
        const seen = offsetsBySeq.get(canary.seq)
        if (seen === undefined) offsetsBySeq.set(canary.seq, [offset(record.offset)])
        else seen.push(offset(record.offset))
      } else if (canary === undefined || !otherRunIds.includes(canary.runId)) foreign++
    }
  }
  try {
    // Raced, since a reader that does not heed the signal must not hold up the drill.
    await orAborted(scan(), deadline)
  } catch (error) {
    incomplete = deadline.aborted ? `not finished within ${timeoutMs} ms` : messageOf(error)
  }
  return { partition, offsetsBySeq: new Map(offsetsBySeq), foreign, incomplete }
}
