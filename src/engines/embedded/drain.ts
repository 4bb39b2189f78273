import { GeorepError, messageOf } from '../../core/errors.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logEnds } from '../../kafka/offsets.ts'
import { producerStates } from '../../kafka/producers.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Act, LinkTarget } from '../engine.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'

const lookEveryMs = 200
const tellEveryMs = 2_000

/** Both logs of the mirrors' partitions as one look found them. */
interface Look {
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

/**
 * Waits until the mirrors hold everything that the source has: in two looks one after the other the source's log ends are the same, the mirrors' are
 * equal to them, and no transaction is open on the source. Log ends, not high watermarks: what followers have not yet is still to come.
 *
 * @throws GeorepError "failed" when a mirror cannot go on; the signal's reason
 */
export async function drain(
  target: LinkTarget,
  records: readonly MirrorRecord[],
  by: Pick<Act, 'time'> & { readonly onProgress: (text: string) => void; readonly status: DrainStatus },
  signal: AbortSignal,
): Promise<void> {
  let before: Look | undefined
  let toldAt = Number.NEGATIVE_INFINITY
  for (;;) {
    // The link's state as well as the logs: brokers that go away are not the end of it, others lead what they led after some seconds.
    const look = await lookAgain(target, records, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      by.status.text = messageOf(error)
    })
    requireCarried(target, records)
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

/** One look: is everything of the source still on the mirrors? */
export async function areEqual(
  target: LinkTarget,
  records: readonly MirrorRecord[],
  signal: AbortSignal,
): Promise<boolean> {
  return isDrained(await lookAt(target, records, signal))
}

async function lookAgain(target: LinkTarget, records: readonly MirrorRecord[], signal: AbortSignal): Promise<Look> {
  await target.state.glance({ signal })
  return await lookAt(target, records, signal)
}

/** By the state as it was read last. */
function requireCarried({ state, link }: LinkTarget, records: readonly MirrorRecord[]): void {
  for (const { mirrorTopic: topic } of records) {
    const reason = state.failure(link.name, topic)?.reason
    if (reason !== undefined) {
      throw new GeorepError('failed', 'GR-MIRROR-FAILED', `mirror "${topic}" has FAILED and does not drain: ${reason}`)
    }
  }
}

/** @throws BrokerError, TransportError, GeorepError when an end could not be read */
async function lookAt(
  { source, destination }: LinkTarget,
  records: readonly MirrorRecord[],
  signal: AbortSignal,
): Promise<Look> {
  const sourcePartitions = partitionsOfMirrors(records, 'sourceTopic')
  const mirrorPartitions = partitionsOfMirrors(records, 'mirrorTopic')
  const mirrored = await logEnds(destination, mirrorPartitions, { signal })
  const producers = await producerStates(source, sourcePartitions, { signal })
  // The source's ends last: what is found equal to them was equal when they were read.
  const ends = await logEnds(source, sourcePartitions, { signal })
  const sourceEnds = new Map<PartitionKey, bigint>()
  const openTransactions: string[] = []
  let behind = 0n
  for (const [index, partition] of sourcePartitions.entries()) {
    const key = partitionKey(partition)
    const end = ends.get(key)
    const mirrorEnd = mirrored.get(partitionKey(mirrorPartitions[index] ?? partition))
    const states = producers.get(key)
    for (const answer of [end, mirrorEnd, states]) if (answer instanceof BrokerError) throw answer
    if (!isRead(end) || !isRead(mirrorEnd) || !isRead(states)) throw new Error(`no answer for partition ${key}`)
    sourceEnds.set(key, end.offset)
    // A mirror that is ahead of its source is not drained either.
    behind += end.offset >= mirrorEnd.offset ? end.offset - mirrorEnd.offset : mirrorEnd.offset - end.offset
    const open = states.filter(({ hasOpenTransaction }) => hasOpenTransaction)
    openTransactions.push(...open.map(({ producerId }) => `${key} (producer id ${producerId.toString()})`))
  }
  return { sourceEnds, behind, openTransactions }
}

function isRead<T>(answer: T | BrokerError | undefined): answer is T {
  return answer !== undefined && !(answer instanceof BrokerError)
}

function isDrained({ behind, openTransactions }: Look): boolean {
  return behind === 0n && openTransactions.length === 0
}

function haveSameEnds(one: Look, other: Look): boolean {
  return [...one.sourceEnds].every(([key, end]) => other.sourceEnds.get(key) === end)
}

function textOf({ behind, openTransactions }: Look): string {
  const lag = `${behind.toString()} ${behind === 1n ? 'record' : 'records'} behind`
  const shown = openTransactions.slice(0, 3).join(', ')
  const more = openTransactions.length > 3 ? ` and ${openTransactions.length - 3} more` : ''
  if (openTransactions.length > 0) return `${lag}; a transaction is open on the source: ${shown}${more}`
  return behind === 0n ? 'equal; whether it stays so is looked at once more' : lag
}
