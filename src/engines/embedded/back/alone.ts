import { portionsOf } from '../../../core/portions.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logBounds } from '../../../kafka/offsets.ts'
import { readStored } from '../../../kafka/read.ts'
import { partitionKey, type TopicPartition } from '../../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { AloneIn, Cancel, LinkTarget } from '../../engine.ts'
import { type Log, logDifference } from './log-difference.ts'
import { partingOf } from './parting.ts'

const atOnce = 8

/**
 * What the mirror topic holds that the source has not, as far as comparing last records tells: up to where these are the same, so is what stands before.
 * What the mirror has behind that, or before the source's log begins, is counted whole, though records of it may be on the source at other offsets.
 *
 * @returns by partition; those that the source has not are the mirror's alone
 * @throws BrokerError, MalformedError: a log could not be looked at
 */
export async function aloneIn(
  { source, destination }: Pick<LinkTarget, 'source' | 'destination'>,
  { mirrorTopic, sourceTopic }: Pick<MirrorRecord, 'mirrorTopic' | 'sourceTopic'>,
  counts: { readonly mirror: number; readonly source: number },
  options: Cancel,
): Promise<readonly AloneIn[]> {
  const needs = { ...options, needs: 'Read' } as const
  const here = placesOf(mirrorTopic, counts.mirror)
  const there = placesOf(sourceTopic, counts.source)
  const bounds = {
    here: await spansOf(destination, here, needs),
    there: await spansOf(source, there, needs),
  }
  const found: AloneIn[] = []
  for (const portion of portionsOf(here, atOnce)) {
    const some = portion.map(async ({ partition }): Promise<AloneIn> => {
      const [mirror, other] = [bounds.here[partition], bounds.there[partition]]
      const span = other ?? { start: 0n, end: 0n }
      if (mirror === undefined) throw new TypeError(`partition ${partition} of "${mirrorTopic}" was not looked at`)
      const logs = {
        mirror: { cluster: destination, topic: mirrorTopic, partition, ...mirror },
        source: { cluster: source, topic: sourceTopic, partition, ...span },
      }
      return { partition, mirror, source: span, stretches: await stretchesOf(logs.mirror, logs.source, options) }
    })
    found.push(...(await Promise.all(some)))
  }
  return found
}

interface Span {
  readonly start: bigint
  readonly end: bigint
}

async function stretchesOf(mirror: Log & Span, source: Log & Span, options: Cancel): Promise<AloneIn['stretches']> {
  const shared = mirror.start > source.start ? mirror.start : source.start
  // The source's log begins behind the mirror's: nothing can be compared.
  if (shared >= mirror.end || source.end <= shared) return stretch(mirror.start, mirror.end)
  return [...stretch(mirror.start, shared), ...stretch(await partedAt(mirror, source, shared, options), mirror.end)]
}

function stretch(from: bigint, to: bigint): AloneIn['stretches'] {
  return from < to ? [{ from, to }] : []
}

/** The first offset of the mirror from which on it is not shown that the source has the same. */
async function partedAt(mirror: Log & Span, source: Log & Span, shared: bigint, options: Cancel): Promise<bigint> {
  return await partingOf(
    { shared, end: mirror.end, sourceEnd: source.end },
    {
      isSame: async (end) => (await logDifference(mirror, source, end, options)) === undefined,
      baseOf: async (at) => await baseOfBatchAt(mirror, at, options),
    },
  )
}

async function baseOfBatchAt(log: Log, at: bigint, options: Cancel): Promise<bigint> {
  for await (const { baseOffset, lastOffset } of readStored(log.cluster, log, { from: at, to: at + 1n }, options)) {
    if (lastOffset >= at) return baseOffset < at ? baseOffset : at
  }
  return at
}

function placesOf(topic: string, count: number): readonly TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
}

async function spansOf(
  cluster: LinkTarget['source'],
  places: readonly TopicPartition[],
  options: Parameters<typeof logBounds>[3],
): Promise<readonly Span[]> {
  const starts = await logBounds(cluster, places, 'logStart', options)
  const ends = await logBounds(cluster, places, 'highWatermark', options)
  return places.map((place) => {
    const [start, end] = [starts.get(partitionKey(place)), ends.get(partitionKey(place))]
    for (const bound of [start, end]) if (bound instanceof BrokerError) throw bound
    return { start: start as bigint, end: end as bigint }
  })
}
