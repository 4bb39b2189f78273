import { GeorepError } from '../../../core/errors.ts'
import { isAborted, until, withDeadline } from '../../../core/time.ts'
import { agreedPartitionCount } from '../../../kafka/partition-counts.ts'
import { addPartitions } from '../../../kafka/topics.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'

const knownTimeoutMs = 15_000
const lookEveryMs = 100

/**
 * Gives the mirror topic as many partitions as its source has, when all brokers of the source agree on that, and returns when all of the destination do:
 * whoever asks one of them afterwards is not told of fewer.
 *
 * One that has as many already is taken as it is, as after an act that ended before it was written down; whether a new partition holds what the source has
 * is found when it is positioned, as of every other.
 *
 * @returns the record as it is to be written; undefined when there is nothing to be done yet
 * @throws as `addPartitions`
 */
export async function grownMirror(
  { source, destination }: LinkTarget,
  session: LinkSession,
  record: MirrorRecord,
  { signal }: Cancel,
): Promise<MirrorRecord | undefined> {
  const there = await agreedPartitionCount(source, record.sourceTopic, { signal })
  if (there === undefined || there.topicId !== record.sourceTopicId) return undefined
  const count = there.partitions
  const here = await agreedPartitionCount(destination, record.mirrorTopic, { signal })
  if (here === undefined || here.topicId !== record.mirrorTopicId) return undefined
  if (count <= record.partitions || here.partitions > count) return undefined
  if (here.partitions < count) {
    await session.guarded(async (effect) => { await addPartitions(destination, { name: record.mirrorTopic, count }, effect) }, { signal }) // prettier-ignore
    await untilKnown(destination, record, count, signal)
  }
  return { ...record, partitions: count }
}

async function untilKnown(cluster: LinkTarget['source'], record: MirrorRecord, count: number, signal: AbortSignal): Promise<void> {
  const deadline = withDeadline(signal, knownTimeoutMs)
  const isKnown = async (): Promise<boolean> => {
    const known = await agreedPartitionCount(cluster, record.mirrorTopic, { signal: deadline })
    return known?.topicId === record.mirrorTopicId && known.partitions >= count
  }
  try {
    await until(isKnown, { everyMs: lookEveryMs, wait: cluster.wait, signal: deadline })
  } catch (error) {
    signal.throwIfAborted()
    if (!isAborted(deadline)) throw error
    throw new GeorepError('timedOut', 'GR-PARTITIONS-NOT-READY', `partitions were added to topic "${record.mirrorTopic}" on cluster "${cluster.name}", and not all brokers know of them yet`) // prettier-ignore
  }
} // prettier-ignore

/** What stands in the way of a stop: the source has partitions that are not mirrored yet. */
export function whyNotWhole(record: Pick<MirrorRecord, 'sourceTopic' | 'partitions'>, count: number): string | undefined {
  if (count <= record.partitions) return undefined
  return `the source topic "${record.sourceTopic}" has ${count} partitions, and ${record.partitions} of them are mirrored`
} // prettier-ignore
