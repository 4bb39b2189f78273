import { partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { BothSides } from './both-sides.ts'

/** What is wrong with the topics of a mirror though its tasks run: MirrorMaker says nothing of these, and goes on from a place that means something else now. */
export interface Trouble {
  readonly why: string
  /** The mirror is not what the source has, and will not become so by itself. */
  readonly isFatal: boolean
}

/** @param positions where each partition goes on, in the source's offsets */
export function troublesOf(
  record: MirrorRecord,
  positions: readonly (bigint | undefined)[],
  sides: BothSides,
): readonly Trouble[] {
  const { sourceTopic, sourceTopicId, mirrorTopic, mirrorTopicId, state } = record
  if (state.state === 'STOPPED' || state.state === 'PENDING') return []
  const found: Trouble[] = []
  const fatal = (why: string): void => { found.push({ why, isFatal: true }) } // prettier-ignore
  const source = sides.sourceTopics.get(sourceTopic)
  if (source !== undefined && sourceTopicId !== '' && source.topicId !== sourceTopicId) {
    fatal(`source topic "${sourceTopic}" was deleted and made anew: its offsets begin again, and Kafka Connect goes on from those of the old one`) // prettier-ignore
  }
  const mirror = sides.topics.get(mirrorTopic)
  const isRebuilt = mirror !== undefined && mirrorTopicId !== '' && mirror.topicId !== mirrorTopicId
  positions.forEach((position, partition) => {
    if (position === undefined || position === 0n) return
    const where = `partition ${partition}`
    const sourceEnd = sides.sourceEnds.get(partitionKey({ topic: sourceTopic, partition }))
    if (typeof sourceEnd === 'bigint' && position > sourceEnd) {
      fatal(`source topic "${sourceTopic}" was truncated: ${where} ends at ${sourceEnd.toString()}, and Kafka Connect goes on from ${position.toString()}`) // prettier-ignore
    }
    const end = sides.ends.get(partitionKey({ topic: mirrorTopic, partition }))
    if (typeof end !== 'bigint' || !(isRebuilt || end === 0n)) return
    const what = isRebuilt ? `mirror topic "${mirrorTopic}" was deleted and made anew` : `${where} of mirror topic "${mirrorTopic}" is empty` // prettier-ignore
    fatal(`${what}, and Kafka Connect's offsets are stale: it goes on from ${position.toString()} of ${where}, and what is before that is not mirrored`) // prettier-ignore
  })
  const start = positions.findIndex((position, partition) => {
    const at = sides.sourceStarts.get(partitionKey({ topic: sourceTopic, partition }))
    return position !== undefined && typeof at === 'bigint' && at > position
  })
  if (start >= 0) {
    found.push({ why: `source topic "${sourceTopic}" has lost records that were not mirrored: partition ${start} begins behind the place from which Kafka Connect goes on`, isFatal: false }) // prettier-ignore
  }
  return found
}
