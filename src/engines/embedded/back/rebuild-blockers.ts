import { nextMirrorState, type MirrorStateName } from '../../../core/mirror-state.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { Blocker } from '../../engine.ts'
import { deletingPhase } from '../../mirror-deletion.ts'
import { anewBy } from '../mirrors/plan-mirror.ts'

/** Why a mirror is in a state in which its topic is not made anew. */
export function stateBlocker(record: MirrorRecord, name: MirrorStateName): Blocker | undefined {
  const { state } = record
  if (state.state === 'STOPPED') return 'it is STOPPED, and its topic is written to: mirror reverse or mirror restore makes the old source its mirror' // prettier-ignore
  if (state.state === 'PENDING_STOPPED') return `it is being stopped by a ${state.by}, which is to be ended first`
  if (state.state === 'PENDING') {
    if (state.phase === deletingPhase) return 'it is being taken off the link: mirror delete goes on with that'
    if (record.rebuilding !== undefined) return undefined
    return anewBy(record) ?? 'it is being created, which mirror create goes on with'
  }
  return nextMirrorState(name, 'rebuild') === undefined ? `it is ${name}` : undefined
}

/** A topic as the destination has it under the mirror's name. */
interface TopicThere {
  readonly topicId: string
  readonly partitions: number
  readonly isEmpty: boolean
}

/** Why what is there under the mirror's name is neither georep's to delete nor to be taken for the new topic. */
export function topicBlocker(
  { mirrorTopic: name, isTopicMade }: Pick<MirrorRecord, 'mirrorTopic' | 'isTopicMade'>,
  oldTopicId: string,
  there: TopicThere | undefined,
  partitions: number | undefined,
): Blocker | undefined {
  if (there === undefined) return undefined
  const byHand = 'it has to be deleted by hand, with what is in it'
  if (there.topicId === oldTopicId) return isTopicMade ? undefined : `topic "${name}" is not known to be made by georep: ${byHand}` // prettier-ignore
  const isNew = there.isEmpty && there.partitions === partitions
  return isNew ? undefined : `topic "${name}" is not the one that was mirrored to, and not an empty one: ${byHand}`
}

/** Why the topic could be deleted and not be made anew: as many replicas as it has need as many brokers. */
export function replicasBlocker(replicationFactor: number, brokers: number, cluster: string): Blocker | undefined {
  if (replicationFactor <= brokers) return undefined
  return `it is to have ${replicationFactor} replicas, and "${cluster}" has ${brokers} brokers up`
}
