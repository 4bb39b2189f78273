import { type Offset, offset } from '../../core/offset.ts'
import type { BrokerError } from '../../kafka/error-codes.ts'
import { nextUnreadOf, atPosition } from '../../kafka/next-unread.ts'
import { logBounds } from '../../kafka/offsets.ts'
import { type PartitionKey, partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel } from '../engine.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'
import { nextOffsets } from './carried-topics.ts'
import { connectorGone } from './connector.ts'
import type { Mm2Target } from './mm2-target.ts'

/**
 * Up to which offset of the source the mirrors hold everything, by the source's partition, as Connect has written it down: it may lag behind what was
 * appended, and is never ahead of it. Missing where nothing is written down.
 */
export async function writtenPlaces(
  { connect, link }: Pick<Mm2Target, 'connect' | 'link'>,
  options: Cancel,
): Promise<ReadonlyMap<PartitionKey, bigint>> {
  const { connectors, aliases } = link.mm2
  const offsets = await connect.offsets(connectors.source, options)
  if (offsets === undefined) throw connectorGone(link, connect)
  return nextOffsets(offsets, aliases.source)
}

/**
 * As `writtenPlaces`, where the source answers: where nothing was carried yet the start of its log; and its end where from there on it has no record that
 * a connector would carry, but markers of transactions, or what was aborted.
 */
export async function sourcePlaces(
  { source }: Pick<Mm2Target, 'source'>,
  records: readonly MirrorRecord[],
  written: ReadonlyMap<PartitionKey, bigint>,
  ends: ReadonlyMap<PartitionKey, Offset | bigint | BrokerError>,
  options: Cancel,
): Promise<ReadonlyMap<PartitionKey, Offset>> {
  const partitions = partitionsOfMirrors(records, 'sourceTopic')
  const untold = partitions.filter((one) => !written.has(partitionKey(one)))
  const starts = untold.length === 0 ? new Map<PartitionKey, never>() : await logBounds(source, untold, 'logStart', options) // prettier-ignore
  const places = new Map<PartitionKey, Offset>()
  for (const key of partitions.map(partitionKey)) {
    const place = written.get(key) ?? starts.get(key)
    if (typeof place === 'bigint') places.set(key, offset(place))
  }
  const behind = partitions.flatMap((one) => {
    const [place, end] = [places.get(partitionKey(one)), ends.get(partitionKey(one))]
    return place !== undefined && typeof end === 'bigint' && place < end ? [{ ...one, offset: place }] : []
  })
  const unread = behind.length === 0 ? new Map<never, never>() : await nextUnreadOf(source, behind, { ...options, isCommittedOnly: true }) // prettier-ignore
  for (const one of behind) {
    const end = ends.get(partitionKey(one))
    if (atPosition(unread, one) === 'none' && typeof end === 'bigint') places.set(partitionKey(one), offset(end))
  }
  return places
}
