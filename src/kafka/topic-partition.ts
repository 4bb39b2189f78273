export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** For maps. A slash cannot be part of a topic's name. */
export type PartitionKey = `${string}/${number}`

export function partitionKey({ topic, partition }: TopicPartition): PartitionKey {
  let keys = known.get(topic)
  if (keys === undefined) known.set(topic, (keys = []))
  return (keys[partition] ??= `${topic}/${partition}`)
}

/** The other way. */
export function placeOfKey(key: PartitionKey): TopicPartition {
  const slash = key.lastIndexOf('/')
  return { topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)) }
}

/** A text that was made once need not be hashed again each time it is looked up: of a thousand groups with a place in each partition that is what takes longest. */
const known = new Map<string, PartitionKey[]>()

export function byTopic<T extends TopicPartition>(
  partitions: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  const topics = new Map<string, T[]>()
  for (const one of partitions) {
    const same = topics.get(one.topic)
    if (same === undefined) topics.set(one.topic, [one])
    else same.push(one)
  }
  return [...topics]
}

/** Every partition of the topics, as the metadata has them. */
export function partitionsOf(
  topics: Iterable<{ readonly name: string; readonly partitions: readonly { readonly partition: number }[] }>,
): readonly TopicPartition[] {
  return [...topics].flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })))
}
