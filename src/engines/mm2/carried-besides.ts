import { placeOfKey, type PartitionKey } from '../../kafka/topic-partition.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { LinkState } from '../../links/state.ts'
import type { UnmirroredTopic } from '../engine.ts'
import { isHeartbeats } from './carried-topics.ts'

/**
 * Topics of the source that the tasks of an adopted connector are told to carry and that no mirror of the link is: they came after the connector was adopted,
 * by its pattern. Where the connector's list is written they are not carried any more. Of connectors that georep has made the list is georep's.
 */
export function carriedBesides(
  state: Pick<LinkState, 'mirrors'>,
  { name, mm2 }: Pick<Mm2LinkRecord, 'name' | 'mm2'>,
  assigned: Iterable<PartitionKey>,
): readonly string[] {
  if (!mm2.isAdopted) return []
  const mirrored = new Set(state.mirrors(name).map(({ sourceTopic }) => sourceTopic))
  const carried = new Set([...assigned].map((key) => placeOfKey(key).topic))
  return [...carried].filter((topic) => !mirrored.has(topic) && !isHeartbeats(topic, mm2.naming.separator)).toSorted()
}

/** As `carriedBesides`, for who looks at the link. */
export function unmirroredBesides(topics: readonly string[], link: Pick<Mm2LinkRecord, 'name' | 'mm2'>): readonly UnmirroredTopic[] {
  return topics.map((topic) => ({ topic, why: `connector "${link.mm2.connectors.source}" carries it, and it is no mirror of the link; what makes it one: ${adoption(link)}` }))
} // prettier-ignore

/** Why the list of the connector is not to be written; none where it carries nothing besides. */
export function besidesBlockers(topics: readonly string[], link: Pick<Mm2LinkRecord, 'name' | 'mm2'>): readonly string[] {
  if (topics.length === 0) return []
  const names = topics.map((topic) => `"${topic}"`).join(', ')
  return [`connector "${link.mm2.connectors.source}" carries ${names} besides, and would not any more; what makes mirrors of them: ${adoption(link)}`]
} // prettier-ignore

function adoption({ name, mm2 }: Pick<Mm2LinkRecord, 'name' | 'mm2'>): string {
  const { source, checkpoint, heartbeat, returnHeartbeat } = mm2.connectors
  const names = [source, checkpoint, heartbeat, returnHeartbeat].filter((one) => one !== null)
  return `georep link adopt ${name} --connect ${mm2.connectUrl} --connectors ${names.join(' ')}`
}
