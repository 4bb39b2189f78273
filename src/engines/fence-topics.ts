import { GeorepError } from '../core/errors.ts'
import type { Outcome } from '../core/outcome.ts'
import { topicAcls } from '../kafka/acls.ts'
import { actingLongOn } from '../links/acting.ts'
import { withWhatWasDone } from '../links/held.ts'
import type { Cancel, FenceAct, FencePlan, LinkTarget } from './engine.ts'
import { fenceSource, planSourceFence } from './source-fence.ts'

/** See `ReplicationEngine.planFence`. */
export async function planFence(
  target: LinkTarget,
  topics: readonly string[],
  how: FenceAct['sourceFence']['how'],
  options: Cancel,
): Promise<FencePlan> {
  await target.state.glance(options)
  const plan = await planSourceFence(target, topics, how, options)
  return { ...plan, fenced: await fencedNow(target, topics, options) }
}

/** See `ReplicationEngine.fence`. */
export async function fence(
  target: LinkTarget,
  topics: readonly string[],
  by: FenceAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  await using acting = await actingLongOn(target.state, target.link.name, by, options)
  const { session, signal } = acting
  const { blockers } = await planSourceFence(target, topics, by.sourceFence.how, { signal })
  if (blockers.length > 0) {
    throw new GeorepError('refused', 'GR-FENCE-BLOCKED', blockers.join('; '), { stateNow: 'nothing was changed' })
  }
  const before = await fencedNow(target, topics, { signal })
  const open = topics.filter((topic) => !before.includes(topic))
  try {
    if (open.length > 0) await fenceSource(target, session, open, by, { signal })
  } catch (error) {
    throw withWhatWasDone(error, 'the source may be fenced: mirror unfence frees it')
  }
  return new Map(
    topics.map((topic): [string, Outcome] => [
      topic,
      open.includes(topic) ? { kind: 'applied' } : { kind: 'unchanged', why: 'it is fenced already' },
    ]),
  )
}

/** By ACLs, and by the word of every broker. What a hook has done cannot be looked at: asked for again, it is run again, as it must bear. */
async function fencedNow(
  { source, link, state }: LinkTarget,
  topics: readonly string[],
  options: Cancel,
): Promise<readonly string[]> {
  const byAcl = topics.filter((topic) => state.fence(link.name, topic)?.fence.how === 'acl')
  if (byAcl.length === 0) return []
  const { brokers } = await source.metadata([], options)
  const denied = await Promise.all(
    byAcl.map(async (topic) => {
      const words = await Promise.all(brokers.map(async ({ nodeId }) => await topicAcls(source, topic, { ...options, nodeId }))) // prettier-ignore
      return words.every(({ isWriteDenied }) => isWriteDenied)
    }),
  )
  return byAcl.filter((_, index) => denied[index] === true)
}
