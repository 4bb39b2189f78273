import { messageOf } from '../core/errors.ts'
import type { Offset } from '../core/offset.ts'
import { withDeadline } from '../core/time.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { logEnds } from '../kafka/offsets.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Cancel, LinkTarget, Stopped } from './engine.ts'
import { partitionsOfMirrors } from './mirror-partitions.ts'
import { placesOf } from './stopped-places.ts'

const readTimeoutMs = 15_000

/** Where the source of a stopped mirror ends now, by partition. */
export type SourceEnds =
  { readonly kind: 'read'; readonly ends: readonly Offset[] } | { readonly kind: 'unknown'; readonly why: string }

/**
 * The log ends of the source topics of these mirrors, of those that are stopped, by the mirror topic. A source topic that was made anew, or a log that ends
 * before its mirror, tells nothing about what was lost: unknown. Never throws for what could not be read.
 */
export async function sourceEndsOf(
  { source }: LinkTarget,
  stopped: Iterable<Stopped>,
  ofMirrors: readonly MirrorRecord[],
  { signal }: Cancel,
): Promise<ReadonlyMap<string, SourceEnds>> {
  const ended = [...stopped].flatMap((one) => {
    const record = ofMirrors.find(({ mirrorTopic }) => mirrorTopic === one.topic)
    const places = placesOf(one)
    return record === undefined || places === undefined ? [] : [{ record, places }]
  })
  const records = ended.map(({ record }) => record)
  const unknown = (why: string): SourceEnds => ({
    kind: 'unknown',
    why: `stopped, and the source could not be read again, so that it is not known whether it took records since: ${why}`,
  })
  if (records.length === 0) return new Map()
  try {
    const deadline = withDeadline(signal, readTimeoutMs)
    const names = records.map(({ sourceTopic }) => sourceTopic)
    const { topics } = await source.metadata(names, { signal: deadline })
    const ends = await logEnds(source, partitionsOfMirrors(records, 'sourceTopic'), { signal: deadline })
    return new Map(
      ended.map(({ record, places }): [string, SourceEnds] => {
        const { sourceTopic: topic, mirrorTopic, sourceTopicId, partitions } = record
        if (topics.get(topic)?.topicId !== sourceTopicId) return [mirrorTopic, unknown(`topic "${topic}" was deleted or made anew`)] // prettier-ignore
        const read: Offset[] = []
        for (let partition = 0; partition < partitions; partition++) {
          const end = ends.get(partitionKey({ topic, partition }))
          if (end === undefined || end instanceof BrokerError) {
            return [mirrorTopic, unknown(end?.message ?? `no answer for partition ${partition}`)]
          }
          if (end.offset < (places[partition] ?? 0n)) {
            return [mirrorTopic, unknown(`partition ${partition} of topic "${topic}" ends before its mirror does`)]
          }
          read.push(end.offset)
        }
        return [mirrorTopic, { kind: 'read', ends: read }]
      }),
    )
  } catch (error) {
    return new Map(records.map(({ mirrorTopic }) => [mirrorTopic, unknown(messageOf(error))]))
  }
}
