import { GeorepError } from '../../../core/errors.ts'
import { topicMatcher } from '../../../core/topic-pattern.ts'
import { alterTopicConfigs, deleteTopic } from '../../../kafka/topics.ts'
import {
  type LinkRecord,
  type MirrorRecord,
  stateKey,
  type StateRecord,
  withoutMirror,
} from '../../../links/records.ts'
import { actingLongOn } from '../../../links/acting.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { Act, Cancel, LinkTarget, MirrorDeletionPlan } from '../../engine.ts'
import { deletingPhase, planDeletions, refuseBlocked, stateBlockers, whileLeaving } from '../../mirror-deletion.ts'
import { requireLetWrite, requireMayLetWrite } from '../../let-write.ts'
import { obedienceTo } from './obedience.ts'
import { requireTopicRights } from '../../rights.ts'
import { recordsOf, whyTopicStays } from './topic-copy.ts'

/** See `ReplicationEngine.planMirrorDeletion`. */
export async function planMirrorDeletion(
  target: LinkTarget,
  topics: readonly string[],
  options: Cancel & { readonly withTopics: boolean },
): Promise<readonly MirrorDeletionPlan[]> {
  const { state, link } = target
  return await planDeletions(target, topics, options, async (record) => ({
    records: options.withTopics ? await recordsOf(target, record, options) : undefined,
    pattern: matching(state.link(link.name) ?? link, record)?.glob,
    blockers: options.withTopics ? await whyTopicStays(target, record, options) : [],
  }))
}

/**
 * See `ReplicationEngine.deleteMirror`.
 *
 * The mirror is PENDING until its runner has let go of it, so that nothing is written under its name afterwards: neither to a topic that is made
 * anew, nor to the state topic.
 */
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
  await requireMayLetWrite(target, [topic], { signal })
  const leftOut = linkWithout(state.link(link.name) ?? link, record)
  if (record.state.state === 'STOPPED') {
    if (plan.withTopic) refuseBlocked(topic, await whyTopicStays(target, record, { signal }))
    await requireLetWrite(target, session, [topic], { signal })
    await session.write(new Map<string, StateRecord | null>([...gone, ...leftOut]), { signal })
    return
  }

  const needed = plan.withTopic ? (['Read', 'Delete'] as const) : (['Describe', 'AlterConfigs'] as const)
  await requireTopicRights(target.destination, [{ record }], needed, { signal })
  const leaving: MirrorRecord = { ...record, state: { state: 'PENDING', phase: deletingPhase } }
  await session.write(new Map<string, StateRecord>([[key, leaving], ...leftOut]), { signal })
  await whileLeaving(topic, async () => {
    const runner = await obedienceTo(state, { link: link.name, keys: [key], time: by.time }, { signal })
    if (runner === 'notYet') {
      throw new GeorepError('timedOut', 'GR-RUNNER-NOT-YET', `the runner of link "${link.name}" has not let go of mirror "${topic}"`, {
        stateNow: 'the mirror is PENDING; nothing is fetched for it any more',
        next: 'run the command again',
      }) // prettier-ignore
    }
    if (plan.withTopic) {
      const stays = await whyTopicStays(target, leaving, { signal })
      refuseBlocked(topic, stays)
      const mirror = { name: topic, topicId: record.mirrorTopicId }
      await session.guarded(async (effect) => await deleteTopic(destination, mirror, effect), { signal })
    } else await closeSettings(target, session, record, { signal })
    // ACLs outlive their topic.
    await requireLetWrite(target, session, [topic], { signal })
    await session.write(gone, { signal })
  })
}

/** The topic that stays is an ordinary one: what was set because it was a mirror is taken back. */
export async function closeSettings(
  { destination }: Pick<LinkTarget, 'destination'>,
  session: LinkSession,
  record: MirrorRecord,
  options: Cancel,
): Promise<void> {
  const configs = Object.entries(record.deferredConfigs).map(([name, value]) => [name, value === '' ? undefined : value] as const) // prettier-ignore
  if (configs.length === 0 || record.mirrorTopicId === '') return
  const topic = (await destination.metadata([record.mirrorTopic], options)).topics.get(record.mirrorTopic)
  if (topic?.topicId !== record.mirrorTopicId) return
  await session.guarded(async (effect) => { await alterTopicConfigs(destination, record.mirrorTopic, new Map(configs), effect) }, options) // prettier-ignore
}

/** The pattern that would have the runner make this mirror again. */
function matching({ patterns }: LinkRecord, { sourceTopic, mirrorTopic }: MirrorRecord): LinkRecord['patterns'][number] | undefined {
  return patterns.find((one) => one.isAutoCreate && `${one.prefix}${sourceTopic}` === mirrorTopic && topicMatcher(one)(sourceTopic))
} // prettier-ignore

function linkWithout(link: LinkRecord, record: MirrorRecord): readonly (readonly [string, LinkRecord])[] {
  const pattern = matching(link, record)
  if (pattern === undefined) return []
  const patterns = link.patterns.map((one) =>
    one === pattern ? { ...one, except: [...one.except, record.sourceTopic] } : one,
  )
  return [[stateKey.link(link.name), { ...link, patterns }]]
}
