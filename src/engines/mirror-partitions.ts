import type { TopicPartition } from '../kafka/topic-partition.ts'
import type { MirrorRecord } from '../links/records.ts'

/** Every partition of the mirrors, by the names that they have on that side. */
export function partitionsOfMirrors(
  records: readonly MirrorRecord[],
  side: 'sourceTopic' | 'mirrorTopic',
): readonly TopicPartition[] {
  return records.flatMap((record) =>
    Array.from({ length: record.partitions }, (_, partition) => ({ topic: record[side], partition })),
  )
}
