import type { Cluster } from './cluster.ts'
import { metadata } from './wire/messages/metadata.ts'
import { noUuid } from './wire/schema.ts'

export interface PartitionCount {
  readonly topicId: string
  readonly partitions: number
}

/**
 * What each broker knows of a topic: those that have not heard of a change yet answer as before. Only when all say the same it is safe to let any of
 * them be asked.
 *
 * @returns undefined while they differ, or one does not know the topic
 * @throws TransportError when a broker does not answer
 */
export async function agreedPartitionCount(
  cluster: Cluster,
  topic: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<PartitionCount | undefined> {
  const { brokers } = await cluster.metadata([], { signal })
  const request = {
    topics: [{ topicId: noUuid, name: topic }],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
  }
  const answers = await Promise.all(
    brokers.map(async ({ nodeId }) => (await cluster.sendTo(nodeId, metadata, request, { signal })).topics[0]),
  )
  const [first] = answers
  if (first === undefined || answers.some((one) => one?.topicId !== first.topicId)) return undefined
  if (answers.some((one) => one?.partitions.length !== first.partitions.length)) return undefined
  return { topicId: first.topicId, partitions: first.partitions.length }
}
