import { GeorepError } from '../../core/errors.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel } from '../engine.ts'
import { type BothSides, lookAtSides } from './both-sides.ts'
import type { Mm2Target } from './mm2-target.ts'
import { sourcePlaces, writtenPlaces } from './places.ts'
import { troublesOf } from './topic-troubles.ts'

export interface HeldPlaces {
  /** Up to which offset of the source a mirror holds everything, by the source's partition. */
  readonly places: ReadonlyMap<PartitionKey, bigint>
  /** By the source's partition; empty when the source was not read. */
  readonly sourceEnds: BothSides['sourceEnds']
}

/** How far the mirrors are, as Connect has written it down; nothing of a mirror of which that is not true any more (see `troublesOf`). */
export async function heldPlaces(
  target: Mm2Target,
  records: readonly MirrorRecord[],
  { signal, isSourceReachable }: Cancel & { readonly isSourceReachable: boolean },
): Promise<HeldPlaces> {
  const written = await writtenPlaces(target, { signal })
  const sides = await lookAtSides(target, records, isSourceReachable, { signal })
  const { sourceEnds } = sides
  const places = sides.isSourceRead ? await sourcePlaces(target, records, written, sourceEnds, { signal }) : written
  const untrue = new Set(records.filter((record) => fatalOf(record, written, sides) !== undefined).flatMap(keysOf))
  return { places: new Map([...places].filter(([key]) => !untrue.has(key))), sourceEnds }
}

/** @throws GeorepError "refused" GR-MM2-MIRROR-BROKEN when a mirror is not what Connect's offsets say, and a promote would call it whole */
export async function requireWhole(
  target: Mm2Target,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<void> {
  const written = await writtenPlaces(target, options)
  const sides = await lookAtSides(target, records, true, options)
  for (const record of records) {
    const why = fatalOf(record, written, sides)
    if (why === undefined) continue
    throw new GeorepError('refused', 'GR-MM2-MIRROR-BROKEN', `mirror "${record.mirrorTopic}" is not whole: ${why}`, {
      next: `georep mirror delete ${record.mirrorTopic} --link ${target.link.name}, and create it anew; or mirror failover, to go on with what it holds`,
    })
  }
}

function fatalOf(
  record: MirrorRecord,
  written: ReadonlyMap<PartitionKey, bigint>,
  sides: BothSides,
): string | undefined {
  const positions = keysOf(record).map((key) => written.get(key))
  return troublesOf(record, positions, sides).find(({ isFatal }) => isFatal)?.why
}

function keysOf({ sourceTopic, partitions }: MirrorRecord): readonly PartitionKey[] {
  return Array.from({ length: partitions }, (_, partition) => partitionKey({ topic: sourceTopic, partition }))
}
