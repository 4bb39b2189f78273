import { DeniedError } from '../../../kafka/denied.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../../kafka/offsets.ts'
import { partitionKey, partitionsOf } from '../../../kafka/topic-partition.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { Blocker, Cancel, LinkTarget } from '../../engine.ts'
import { comparedFrom, mirrorMismatch } from '../carry/evidence.ts'
import { isReachable } from '../../reachable.ts'
import { linkProducer } from '../carry/link-producer.ts'

/** What a mirror topic holds, as the span of its offsets; undefined when it is not there, or is not the mirror's any more. */
export async function recordsOf(
  { destination }: LinkTarget,
  record: MirrorRecord,
  { signal }: Cancel,
): Promise<bigint | undefined> {
  const options = { signal, needs: 'Read' } as const
  const topic = (await destination.metadata([record.mirrorTopic], options)).topics.get(record.mirrorTopic)
  if (topic === undefined || topic.topicId !== record.mirrorTopicId) return undefined
  const partitions = partitionsOf([topic])
  const starts = await logBounds(destination, partitions, 'logStart', options)
  const ends = await logEnds(destination, partitions, options)
  let sum = 0n
  for (const key of partitions.map(partitionKey)) {
    const [start, end] = [starts.get(key), ends.get(key)]
    if (start === undefined || end === undefined || start instanceof BrokerError || end instanceof BrokerError) return undefined // prettier-ignore
    sum += end.offset - start
  }
  return sum
}

/**
 * Why the mirror topic may not be deleted: georep did not make it, clients may have written to it, or it may hold records that the source has not.
 * The last batch of each partition is compared with the source's in its place: after a foreign write, every batch stands where the source has another.
 *
 * @throws DeniedError when we may not look
 */
export async function whyTopicStays(
  target: LinkTarget,
  record: MirrorRecord,
  { signal }: Cancel,
): Promise<readonly Blocker[]> {
  const options = { signal, needs: 'Read' } as const
  const { destination, source, link } = target
  const { mirrorTopic: name, sourceTopic, state } = record
  if (state.state === 'STOPPED') return [`topic "${name}" was opened for writes at ${state.at}; what clients wrote is in it`] // prettier-ignore
  const topic = (await destination.metadata([name], options)).topics.get(name)
  if (topic === undefined) return []
  if (!record.isTopicMade) return [`topic "${name}" is not known to be made by georep`]
  if (topic.topicId !== record.mirrorTopicId) return [`topic "${name}" is not the one that georep made`]
  const partitions = partitionsOf([topic])
  const ends = await logEnds(destination, partitions, options)
  if (partitions.every((one) => endOf(ends.get(partitionKey(one))) === 0n)) return []

  const unknown = (why: string): readonly Blocker[] => [`whether the source has all that topic "${name}" holds is not known: ${why}`] // prettier-ignore
  if (!(await isReachable(source, link, { signal }))) return unknown(`cluster "${source.name}" does not answer`)
  const origin = (await source.metadata([sourceTopic], options)).topics.get(sourceTopic)
  if (origin === undefined) return [`topic "${name}" is the only copy: the source topic "${sourceTopic}" is gone`]
  if (origin.topicId !== record.sourceTopicId) return [`topic "${name}" is the only copy: the source topic "${sourceTopic}" was deleted and created anew`] // prettier-ignore
  const marks = await logBounds(source, partitionsOf([origin]), 'highWatermark', options)
  for (const one of partitions) {
    const { partition } = one
    const end = endOf(ends.get(partitionKey(one)))
    const mark = marks.get(partitionKey({ topic: sourceTopic, partition }))
    const [here, there] = [topic.partitions[partition], origin.partitions[partition]]
    if (end === undefined || mark === undefined || mark instanceof BrokerError || here === undefined || there === undefined) return unknown(`partition ${partition} could not be read`) // prettier-ignore
    if (end > mark) return [`partition ${partition} of topic "${name}" ends at ${end.toString()}, the source's at ${mark.toString()}`] // prettier-ignore
    try {
      const why = await mirrorMismatch(
        { cluster: destination, topic: name, topicId: topic.topicId, ...here },
        { cluster: source, topic: sourceTopic, topicId: origin.topicId, ...there },
        end,
        { producerId: linkProducer(link).producerId, ...comparedFrom(record, partition), signal },
      )
      if (why !== undefined) return [`partition ${partition} of topic "${name}": ${why}`]
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof DeniedError || !(error instanceof BrokerError || error instanceof TransportError))
        throw error
      return unknown(error.message)
    }
  }
  return []
}

function endOf(end: { readonly offset: bigint } | BrokerError | undefined): bigint | undefined {
  return end === undefined || end instanceof BrokerError ? undefined : end.offset
}
