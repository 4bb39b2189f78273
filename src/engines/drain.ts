import { messageOf } from '../core/errors.ts'
import { isRefusal } from '../kafka/of-cluster.ts'
import type { PartitionKey } from '../kafka/topic-partition.ts'
import type { Act } from './engine.ts'

const lookEveryMs = 200
const tellEveryMs = 2_000
/** A cluster that refuses us for so long, be it the credentials or a right, goes on with it: a file of secrets is changed in less. */
const refusedMs = 5_000

/** Both sides of the mirrors' partitions as one look found them. */
export interface DrainLook {
  /** By the source's partition: its log end. */
  readonly sourceEnds: ReadonlyMap<PartitionKey, bigint>
  /** Records that the mirrors have not yet. */
  readonly behind: bigint
  /** Of the source, `topic/partition (producer id)`. */
  readonly openTransactions: readonly string[]
}

/** What stood in the way when it was last looked at; for the message when there is no time left. */
export interface DrainStatus {
  text: string
}

export type DrainAct = Pick<Act, 'time'> & {
  readonly onProgress: (text: string) => void
  readonly status: DrainStatus
}

/**
 * Waits until the mirrors hold everything that the source has: in two looks one after the other the source's log ends are the same, nothing is missing
 * on the mirrors, and no transaction is open on the source.
 *
 * @param seen `requireCarried` throws when the mirrors cannot go on
 * @throws what `requireCarried` does; the signal's reason; why a cluster does not let us look any more
 */
export async function drainUntilStill(
  seen: { readonly look: () => Promise<DrainLook>; readonly requireCarried: () => void },
  by: DrainAct,
  signal: AbortSignal,
): Promise<void> {
  let before: DrainLook | undefined
  let toldAt = Number.NEGATIVE_INFINITY
  let refusedSince: number | undefined
  for (;;) {
    // Brokers that go away are not the end of it, others lead what they led after some seconds.
    const look = await seen.look().catch((error: unknown) => {
      signal.throwIfAborted()
      by.status.text = messageOf(error)
      const now = by.time.monotonic()
      refusedSince = isRefusal(error) ? (refusedSince ?? now) : undefined
      if (refusedSince !== undefined && now - refusedSince >= refusedMs) throw error
    })
    if (look !== undefined) refusedSince = undefined
    seen.requireCarried()
    if (look !== undefined) {
      by.status.text = textOf(look)
      if (isDrained(look) && before !== undefined && haveSameEnds(look, before)) return
    }
    if (by.time.monotonic() - toldAt >= tellEveryMs) {
      by.onProgress(`draining: ${by.status.text}`)
      toldAt = by.time.monotonic()
    }
    before = look ?? undefined
    await by.time.wait(lookEveryMs, signal)
  }
}

/** Is everything of the source on the mirrors? */
export function isDrained({ behind, openTransactions }: DrainLook): boolean {
  return behind === 0n && openTransactions.length === 0
}

function haveSameEnds(one: DrainLook, other: DrainLook): boolean {
  return [...one.sourceEnds].every(([key, end]) => other.sourceEnds.get(key) === end)
}

function textOf({ behind, openTransactions }: DrainLook): string {
  const lag = `${behind.toString()} ${behind === 1n ? 'record' : 'records'} behind`
  const shown = openTransactions.slice(0, 3).join(', ')
  const more = openTransactions.length > 3 ? ` and ${openTransactions.length - 3} more` : ''
  if (openTransactions.length > 0) return `${lag}; a transaction is open on the source: ${shown}${more}`
  return behind === 0n ? 'equal; whether it stays so is looked at once more' : lag
}
