import { GeorepError } from '../../../core/errors.ts'
import type { TopicPartition } from '../../../kafka/topic-partition.ts'
import { groupsNow } from '../../../links/plan-moves.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { Cancel, LinkPair, RestoreAct, SalvageStore, SavedPartition } from '../../engine.ts'
import { partedAt } from './parted-at.ts'
import { readerBlockers } from './reader-blockers.ts'
import type { SalvageRange } from '../../salvage.ts'
import type { HeldPair } from './reverse.ts'
import { besideRecords, salvageAbout, saveCompared, settledLogs, type ToSave } from './salvaging.ts'

/** Saves what the old source alone has, reads it again, and compares it with a second look at the log. Producers are kept off it by now. */
export async function saveNeverArrived(
  { pair, forth: { session } }: HeldPair,
  record: MirrorRecord,
  by: RestoreAct & { readonly salvage: SalvageStore },
  options: Cancel,
): Promise<readonly SavedPartition[]> {
  const { destination } = pair.onto
  const topic = record.sourceTopic
  const stopped = partedAt(record)
  const logs = await settledLogs(destination, placesOf(record), by, options)
  const partitions = logs.map(({ partition, start, end }) => {
    const partedAt = stopped[partition] ?? 0n
    return { partition, from: start > partedAt ? start : partedAt, to: end }
  })
  by.onProgress(`saving what never arrived of "${topic}"`)
  const groups = await groupsNow(destination, () => true, options)
  const readers = readerBlockers(groups, topic, destination.name)
  if (readers.length > 0) throw new GeorepError('refused', 'GR-RESTORE-BLOCKED', readers.join('; '))
  const beside = await besideRecords(destination, topic, groups, options)
  const about = salvageAbout(destination, neverArrivedOf(pair, record, partitions), options)
  return await saveCompared(about, beside, { ...by, session }, options)
}

/** What is saved of an old source that is to be replaced. */
export function neverArrivedOf(
  { from, onto: { link } }: LinkPair,
  { sourceTopic: topic, sourceTopicId: topicId, mirrorTopic }: MirrorRecord,
  partitions: readonly SalvageRange[],
): ToSave {
  return { link: from.link.name, clusterId: link.destination.clusterId, topic, topicId, mirrorTopic, partitions }
}

function placesOf(record: MirrorRecord): readonly TopicPartition[] {
  return partedAt(record).map((_, partition) => ({ topic: record.sourceTopic, partition }))
}
