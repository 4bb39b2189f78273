import { GeorepError } from '../../core/errors.ts'
import type { TopicPartition } from '../../kafka/topic-partition.ts'
import { groupsNow } from '../../links/plan-moves.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel, LinkPair, RestoreAct, SalvageStore, SavedPartition } from '../engine.ts'
import { partedAt } from './parted-at.ts'
import { readerBlockers } from './reader-blockers.ts'
import { besideRecords, saveCompared, settledLogs } from './salvaging.ts'

/** Saves what the old source alone has, reads it again, and compares it with a second look at the log. Producers are kept off it by now. */
export async function saveNeverArrived(
  pair: LinkPair,
  record: MirrorRecord,
  by: RestoreAct & { readonly salvage: SalvageStore },
  options: Cancel,
): Promise<readonly SavedPartition[]> {
  const { from, onto } = pair
  const { destination } = onto
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
  const cluster = { name: destination.name, clusterId: onto.link.destination.clusterId }
  const about = { link: from.link.name, cluster, topic, topicId: record.sourceTopicId, partitions }
  return await saveCompared(destination, about, await besideRecords(destination, topic, groups, options), by, options)
}

function placesOf(record: MirrorRecord): readonly TopicPartition[] {
  return partedAt(record).map((_, partition) => ({ topic: record.sourceTopic, partition }))
}
