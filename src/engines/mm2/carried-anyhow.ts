import { partitionKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord, Mm2LinkRecord } from '../../links/records.ts'
import type { ConnectorsSeen } from './connectors-seen.ts'

type Mirror = Pick<MirrorRecord, 'mirrorTopic' | 'sourceTopic' | 'partitions' | 'state'>

/**
 * What Kafka Connect does that by the link's state is not to be done: it could not be told when the topics were opened or the link was paused, or somebody else
 * has told it otherwise. One sentence each, with the command that tells it. Nothing where Connect does not answer, or its connector does not run.
 */
export function carriedAnyhow(
  { name, pausedAt }: Pick<Mm2LinkRecord, 'name' | 'pausedAt'>,
  mirrors: readonly Mirror[],
  seen: ConnectorsSeen | { readonly why: string },
): readonly string[] {
  if ('why' in seen) return []
  const source = seen.connectors.find(({ role }) => role === 'source')
  if (source?.state !== 'RUNNING') return []
  const isTold = ({ sourceTopic: topic, partitions }: Mirror): boolean =>
    Array.from({ length: partitions }, (_, partition) => partitionKey({ topic, partition })).some((key) => seen.taskOf.has(key)) // prettier-ignore
  const told = mirrors.filter((one) => (one.state.state === 'STOPPED' || one.state.state === 'PAUSED') && isTold(one)) // prettier-ignore
  return [
    ...(pausedAt === null ? [] : [`the link is paused, and connector "${source.name}" runs; what tells it: georep link pause ${name}`]), // prettier-ignore
    ...told.map(({ mirrorTopic, state: { state } }) => `mirror "${mirrorTopic}" is ${state}, and tasks of connector "${source.name}" append to it; what takes it from them: ${['georep', ...listAnew(mirrors)].join(' ')} --link ${name}`), // prettier-ignore
  ]
}

/** A command that changes no mirror, and with which the connector's list is written anew: its words, without the link. */
export function listAnew(mirrors: readonly Pick<MirrorRecord, 'mirrorTopic' | 'state'>[]): readonly string[] {
  const paused = mirrors.find(({ state }) => state.state === 'PAUSED')
  return paused === undefined ? ['mirror', 'resume', '--all'] : ['mirror', 'pause', paused.mirrorTopic]
}
