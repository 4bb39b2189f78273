import type { Offset } from '../../core/offset.ts'
import type { OffsetSync } from '../../core/sync-runs.ts'
import { count, type Translated, unknown } from '../../core/translation.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { StableLogSpan } from '../../kafka/log-spans.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import { type CheckpointKey, decodeCheckpoint } from './internal-records.ts'
import { readInternal } from './internal-log.ts'

/** What MirrorMaker said last of one group in one partition of the destination. */
export interface ToldCheckpoint extends CheckpointKey, OffsetSync {
  /** When it had looked at the group, by the clock of its worker. */
  readonly at: Date
}

export type CheckpointId = `${string}\n${PartitionKey}`

function checkpointId({ group, ...at }: CheckpointKey): CheckpointId {
  return `${group}\n${partitionKey(at)}`
}

export type ToldCheckpoints =
  | {
      /** The last one of each group and partition. */
      readonly latest: ReadonlyMap<CheckpointId, ToldCheckpoint>
      /** By partition of the destination, of whatever group, those that tell most and do not speak against each other: the offsets rise along them. */
      readonly pairs: ReadonlyMap<PartitionKey, readonly OffsetSync[]>
    }
  | { readonly none: string }

/**
 * All checkpoints, in one reading of the topic. What is none is passed over.
 *
 * @throws DeniedError when the topic may not be read
 */
export async function toldCheckpoints(
  cluster: Cluster,
  topic: string,
  options: { readonly signal: AbortSignal },
): Promise<ToldCheckpoints> {
  const latest = new Map<CheckpointId, ToldCheckpoint>()
  const pairs = new Map<PartitionKey, OffsetSync[]>()
  const none = await readInternal(
    cluster,
    topic,
    (record) => {
      const checkpoint = decodeCheckpoint(record)
      if (checkpoint.kind === 'malformed') return
      const { group, topic: of, partition } = checkpoint
      const id = checkpointId({ group, topic: of, partition })
      if (checkpoint.kind === 'deleted') {
        latest.delete(id)
        return
      }
      const { up, down } = checkpoint
      latest.set(id, { group, topic: of, partition, up, down, at: new Date(Number(record.timestampMs)) })
      const key = partitionKey({ topic: of, partition })
      const known = pairs.get(key) ?? []
      pairs.set(key, known)
      addPair(known, { up, down })
    },
    options,
  )
  return none === undefined ? { latest, pairs } : { none }
}

/**
 * What is not so far on the source, and further on the destination, is of a topic that was made anew, or was told when less was known: it is left out. So is what
 * is further on the source, and no further on the destination.
 */
export function addPair(pairs: OffsetSync[], { up, down }: OffsetSync): void {
  const behind = pairs.findLastIndex((one) => one.up < up) + 1
  let [from, to] = [behind, behind]
  while (from > 0 && (pairs[from - 1]?.down ?? 0n) > down) from--
  while (to < pairs.length && (pairs[to]?.up === up || (pairs[to]?.down ?? 0n) <= down)) to++
  pairs.splice(from, to - from, { up, down })
}

/**
 * The place by checkpoints alone, of whatever group: each is a place from which nothing is skipped by whoever has read as far on the source. How far it is from the
 * best place is not known, so that all that is behind it may be read again.
 */
export function placeByCheckpoints(
  pairs: readonly OffsetSync[],
  place: Offset,
  destination: StableLogSpan,
): Translated {
  const best = pairs.findLast(({ up, down }) => up <= place && down <= destination.end)
  if (best === undefined) return unknown('no checkpoint of MirrorMaker is at or before the place')
  const { up, down } = best
  if (down < destination.start) {
    return unknown(`the destination's log starts at ${destination.start.toString()}: what is unread may be among ${count(destination.start - down, 'offset')} before that`) // prettier-ignore
  }
  const [there, read] = [destination.end - down, place - up]
  const why = `not compared: by a checkpoint of MirrorMaker for offset ${up.toString()} of the source, since its offset syncs cannot be read` // prettier-ignore
  return { kind: 'bounded', to: down, reread: there > read ? there : read, why }
}
