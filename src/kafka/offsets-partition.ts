import type { Cluster } from './cluster.ts'

const topic = '__consumer_offsets'

/** How many partitions the topic of committed offsets has; undefined when we may not see it, or it is not there yet. */
export async function offsetsPartitions(
  cluster: Cluster,
  options: { readonly signal: AbortSignal },
): Promise<number | undefined> {
  const { topics } = await cluster.metadata([topic], { ...options, keepDenied: true })
  return topics.get(topic)?.partitions.length
}

/**
 * The partition that holds a group's offsets: Java's hash of the name, by which brokers find the coordinator of a group (Utils.abs of hashCode, modulo the
 * number of partitions).
 */
export function offsetsPartitionOf(group: string, partitions: number): number {
  let hash = 0
  for (let index = 0; index < group.length; index++) hash = (Math.imul(31, hash) + group.charCodeAt(index)) | 0
  // Java has no positive number for the lowest of all.
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions
}
