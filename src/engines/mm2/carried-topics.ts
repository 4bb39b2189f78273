import type { ConnectorConfig, ConnectorTask, SourceOffset } from '../../connect/connect-cluster.ts'
import { partitionKey, type PartitionKey } from '../../kafka/topic-partition.ts'
import type { LinkRecord, MirrorRecord } from '../../links/records.ts'
import type { LinkState } from '../../links/state.ts'
import type { ConnectorRole } from '../connectors.ts'
import { deletingPhase } from '../mirror-deletion.ts'

// What a connector of MirrorMaker 2 is told to carry, and tells of it.

/** By the link's state: what is ACTIVE, and what is to become so. */
export function carriedMirrors(state: LinkState, { name }: Pick<LinkRecord, 'name'>): readonly MirrorRecord[] {
  return state
    .mirrors(name)
    .filter(({ state: { state: is, ...more } }) => is === 'ACTIVE' || (is === 'PENDING' && 'phase' in more && more.phase !== deletingPhase)) // prettier-ignore
}

/** No topic has a name that matches. */
const nothing = '^$'

/** The `topics` of a connector that carries these and no others: regular expressions, each of one name. */
export function topicsSetting(topics: readonly string[]): string {
  if (topics.length === 0) return nothing
  return [...new Set(topics)]
    .toSorted()
    .map((topic) => `^${topic.replaceAll('.', '\\.')}$`)
    .join(',')
}

/** MirrorMaker's, of a connector that is not told. */
export const topicsByDefault = '.*'

/**
 * Whether the `topics` of a connector has it carry a topic; undefined where that takes a regular expression of more than names, which is not georep's. Dots that
 * are not quoted match any character there.
 */
export function isOnList(topics: string | undefined, topic: string): boolean | undefined {
  const elements = elementsOf(topics)
  return areNames(elements) ? elements.some((text) => new RegExp(`^(?:${text})$`).test(topic)) : undefined
}

/** Whether the `topics` of a connector may have it carry topics that come later, under names that nobody has said. */
export function isPattern(topics: string | undefined): boolean {
  return !areNames(elementsOf(topics))
}

function elementsOf(topics = topicsByDefault): readonly string[] {
  return topics.split(',').map((text) => text.trim())
}

function areNames(elements: readonly string[]): boolean {
  return elements.every((text) => /^\^?(?:[\w.-]|\\\.)*\$?$/.test(text))
}

/** Connectors of a link that are made when it has mirrors: told to carry these. */
export function asCarried<T extends { readonly role: ConnectorRole; readonly config: ConnectorConfig }>(
  connectors: readonly T[],
  state: LinkState,
  link: Pick<LinkRecord, 'name'>,
): readonly T[] {
  const topics = topicsSetting(carriedMirrors(state, link).map(({ sourceTopic }) => sourceTopic))
  return connectors.map((one) => (one.config['topics'] === undefined ? one : { ...one, config: { ...one.config, topics } })) // prettier-ignore
}

const assigned = 'task.assigned.partitions'

/** The source's partitions that the tasks are told to carry, by key. */
export function assignedPartitions(tasks: readonly ConnectorTask[]): ReadonlySet<PartitionKey> {
  return new Set(
    tasks
      .flatMap(({ config }) => (config[assigned] ?? '').split(','))
      .map((text) => /^(.+)-(\d+)$/.exec(text.trim()))
      .filter((match) => match !== null)
      .map(([, topic = '', partition]) => partitionKey({ topic, partition: Number(partition) })),
  )
}

/** MirrorMaker carries them besides, whatever `topics` says. */
export function isHeartbeats(topic: string, separator: string): boolean {
  return topic === 'heartbeats' || topic.endsWith(`${separator}heartbeats`)
}

/**
 * The source offset that each partition goes on from, by the source's partition.
 *
 * @param alias of the source: a connector that had another before has written down places under it as well
 */
export function nextOffsets(offsets: readonly SourceOffset[], alias: string): ReadonlyMap<PartitionKey, bigint> {
  return new Map(
    offsets.flatMap(({ partition: { cluster, topic, partition }, offset }): readonly [PartitionKey, bigint][] => {
      const last = offset?.['offset']
      if (cluster !== alias || typeof topic !== 'string' || typeof partition !== 'number' || typeof last !== 'number') {
        return []
      }
      return [[partitionKey({ topic, partition }), BigInt(last) + 1n]]
    }),
  )
}
