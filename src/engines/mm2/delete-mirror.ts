import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../kafka/offsets.ts'
import { partitionKey, partitionsOf } from '../../kafka/topic-partition.ts'
import { deleteTopic } from '../../kafka/topics.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type MirrorRecord, stateKey, withoutMirror } from '../../links/records.ts'
import type { Act, Blocker, Cancel, LinkTarget, MirrorDeletionPlan } from '../engine.ts'
import { deletingPhase, planDeletions, refuseBlocked, stateBlockers, whileLeaving } from '../mirror-deletion.ts'
import { isReachable } from '../reachable.ts'
import { besidesBlockers, carriedBesides } from './carried-besides.ts'
import { carry, endTasks, writeTopics } from './carry.ts'
import { connectSeen, requireConnect } from './connect-look.ts'
import type { ConnectSeen } from './connector.ts'
import { type Mm2Target, mm2Of } from './mm2-target.ts'

/** See `ReplicationEngine.planMirrorDeletion`. */
export async function planMirrorDeletion(
  target: LinkTarget,
  topics: readonly string[],
  options: Cancel & { readonly withTopics: boolean },
): Promise<readonly MirrorDeletionPlan[]> {
  let seen: Promise<ConnectSeen> | undefined
  return await planDeletions(target, topics, options, async (record) => {
    const { records, blockers } = options.withTopics ? await lookAtTopic(target, record, options) : { records: undefined, blockers: [] } // prettier-ignore
    if (record.state.state === 'STOPPED') return { records, blockers, pattern: undefined }
    seen ??= connectSeen(mm2Of(target), options)
    return { records, blockers: [...blockers, ...untoldBlockers(target, await seen)], pattern: undefined }
  })
}

/** A mirror is taken off when the tasks that carry it have ended, which its connector is told to do. */
function untoldBlockers(target: LinkTarget, seen: ConnectSeen): readonly Blocker[] {
  if ('why' in seen) return [`the tasks that carry it cannot be ended: ${seen.why}`]
  const { state, link } = mm2Of(target)
  return besidesBlockers(carriedBesides(state, link, seen.assigned), link)
}

/**
 * What the mirror topic holds, and why it may not be deleted. Whether somebody else has written to it is not looked at: its offsets are not the source's.
 */
async function lookAtTopic(
  { source, destination, link }: LinkTarget,
  record: MirrorRecord,
  { signal }: Cancel,
): Promise<{ readonly records: bigint | undefined; readonly blockers: readonly Blocker[] }> {
  const { mirrorTopic: name, sourceTopic, state } = record
  const options = { signal, needs: 'Read' } as const
  const topic = (await destination.metadata([name], options)).topics.get(name)
  if (topic === undefined) return { records: undefined, blockers: [] }
  const partitions = partitionsOf([topic])
  const starts = await logBounds(destination, partitions, 'logStart', options)
  const ends = await logEnds(destination, partitions, options)
  const spans = partitions.map(partitionKey).map((key) => {
    const [start, end] = [starts.get(key), ends.get(key)]
    return typeof start === 'bigint' && end !== undefined && !(end instanceof BrokerError) ? end.offset - start : undefined // prettier-ignore
  })
  const records = spans.reduce<bigint | undefined>((sum, span) => (sum === undefined || span === undefined ? undefined : sum + span), 0n) // prettier-ignore
  const blocked = (...blockers: readonly Blocker[]): { readonly records: bigint | undefined; readonly blockers: readonly Blocker[] } => ({ records, blockers }) // prettier-ignore
  if (state.state === 'STOPPED') return blocked(`topic "${name}" was opened for writes at ${state.at}; what clients wrote is in it`) // prettier-ignore
  if (!record.isTopicMade) return blocked(`topic "${name}" was there before it became a mirror`)
  if (record.mirrorTopicId !== '' && topic.topicId !== record.mirrorTopicId) return blocked(`topic "${name}" is not the one that was mirrored to`) // prettier-ignore
  if (records === 0n) return blocked()
  if (!(await isReachable(source, link, { signal }))) return blocked(`whether the source has all that topic "${name}" holds is not known: cluster "${source.name}" does not answer`) // prettier-ignore
  const origin = (await source.metadata([sourceTopic], options)).topics.get(sourceTopic)
  if (origin === undefined) return blocked(`topic "${name}" is the only copy: the source topic "${sourceTopic}" is gone`) // prettier-ignore
  if (origin.topicId !== record.sourceTopicId) return blocked(`topic "${name}" is the only copy: the source topic "${sourceTopic}" was deleted and created anew`) // prettier-ignore
  return blocked()
}

/** See `ReplicationEngine.deleteMirror`. The mirror is PENDING until the tasks that carried it have ended. */
export async function deleteMirror(
  target: LinkTarget,
  plan: MirrorDeletionPlan,
  by: Act,
  options: Cancel,
): Promise<void> {
  const { state, link, destination } = target
  const { topic } = plan
  refuseBlocked(topic, plan.blockers)
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const record = state.mirror(link.name, topic)
  if (record === undefined) return
  refuseBlocked(topic, stateBlockers(record))
  const key = stateKey.mirror(link.name, topic)
  const gone = withoutMirror(link.name, topic)
  const mm2 = mm2Of(target)
  const isOpen = record.state.state !== 'STOPPED'
  if (isOpen) {
    requireConnect(mm2, await connectSeen(mm2, { signal }))
    const leaving: MirrorRecord = { ...record, state: { state: 'PENDING', phase: deletingPhase } }
    await session.write(new Map([[key, leaving]]), { signal })
  }
  const takeOff = async (): Promise<void> => {
    if (isOpen) {
      await state.refresh({ signal, link: link.name })
      await letGo(mm2, session, { signal })
    }
    if (plan.withTopic) {
      const { blockers } = await lookAtTopic(target, record, { signal })
      refuseBlocked(topic, blockers)
      const mirror = { name: topic, topicId: record.mirrorTopicId }
      if (record.mirrorTopicId !== '') await session.guarded(async (effect) => await deleteTopic(destination, mirror, effect), { signal }) // prettier-ignore
    }
    await session.write(gone, { signal })
  }
  await (isOpen ? whileLeaving(topic, takeOff) : takeOff())
}

/** Without its source the connector is left stopped: it would find no topics. */
async function letGo(target: Mm2Target, session: Parameters<typeof carry>[1], options: Cancel): Promise<void> {
  if (await isReachable(target.source, target.link, options)) {
    await carry(target, session, options)
    return
  }
  await endTasks(target, session, options)
  await writeTopics(target, session, ['source', 'checkpoint'], options)
}
