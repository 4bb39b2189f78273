import { GeorepError } from '../../../core/errors.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logEnds } from '../../../kafka/offsets.ts'
import { producerStates } from '../../../kafka/producers.ts'
import { type PartitionKey, partitionKey } from '../../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { LinkTarget } from '../../engine.ts'
import { type DrainAct, type DrainLook, drainUntilStill, isDrained } from '../../drain.ts'
import { whyNotWhole } from '../mirrors/partition-growth.ts'
import { partitionsOfMirrors } from '../../mirror-partitions.ts'

/** See `drainUntilStill`; equal is what has equal log ends: what followers have not yet is still to come. */
export async function drain(
  target: LinkTarget,
  records: readonly MirrorRecord[],
  by: DrainAct,
  signal: AbortSignal,
): Promise<void> {
  let part: string | undefined
  const look = async (): Promise<DrainLook> => {
    const seen = await lookAgain(target, records, signal)
    part = await partlyMirrored(target, records, signal)
    return seen
  }
  const require = (): void => {
    requireCarried(target, records)
    if (part !== undefined) throw new GeorepError('failed', 'GR-PARTITIONS-ADDED', part)
  }
  await drainUntilStill({ look, requireCarried: require }, by, signal)
}

/** One look: is everything of the source still on the mirrors? */
export async function areEqual(
  target: LinkTarget,
  records: readonly MirrorRecord[],
  signal: AbortSignal,
): Promise<boolean> {
  return isDrained(await lookAt(target, records, signal)) && (await partlyMirrored(target, records, signal)) === undefined // prettier-ignore
}

/** Partitions that were added to a source since: the runner adds them to its mirror when the link is not held. */
async function partlyMirrored(
  { source }: LinkTarget,
  records: readonly MirrorRecord[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { topics } = await source.metadata(records.map(({ sourceTopic }) => sourceTopic), { signal }) // prettier-ignore
  return records
    .map((record) => whyNotWhole(record, topics.get(record.sourceTopic)?.partitions.length ?? 0))
    .find((why) => why !== undefined)
}

async function lookAgain(
  target: LinkTarget,
  records: readonly MirrorRecord[],
  signal: AbortSignal,
): Promise<DrainLook> {
  await target.state.glance({ signal })
  return await lookAt(target, records, signal)
}

/** By the state as it was read last. */
function requireCarried({ state, link }: LinkTarget, records: readonly MirrorRecord[]): void {
  for (const { mirrorTopic: topic } of records) {
    const reason = state.failure(link.name, topic)?.reason
    if (reason !== undefined) {
      throw new GeorepError(
        'failed',
        'GR-MIRROR-FAILED',
        `mirror "${topic}" has FAILED and does not drain: ${reason}`,
        {
          next: `georep mirror rebuild ${topic} --link ${link.name} --dry-run`,
        },
      )
    }
  }
}

/** @throws BrokerError, TransportError, GeorepError when an end could not be read */
async function lookAt(
  { source, destination }: LinkTarget,
  records: readonly MirrorRecord[],
  signal: AbortSignal,
): Promise<DrainLook> {
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
    const open = states.filter(({ openFrom }) => openFrom !== undefined)
    openTransactions.push(...open.map(({ producerId }) => `${key} (producer id ${producerId.toString()})`))
  }
  return { sourceEnds, behind, openTransactions }
}

function isRead<T>(answer: T | BrokerError | undefined): answer is T {
  return answer !== undefined && !(answer instanceof BrokerError)
}
