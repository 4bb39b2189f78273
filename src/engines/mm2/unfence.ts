import type { Outcome } from '../../core/outcome.ts'
import { actingLongOn } from '../../links/acting.ts'
import { withWhatWasDone } from '../../links/held.ts'
import type { Cancel, LinkTarget, UnfenceAct } from '../engine.ts'
import { withdraw } from '../pending.ts'
import { unfencedOutcome, unfenceSource } from '../source-fence.ts'
import { carry } from './carry.ts'
import { mm2Of } from './mm2-target.ts'

/**
 * See `ReplicationEngine.unfence`. A promote that was left in the middle can be given up as long as its mirrors are not STOPPED: the connector goes on with
 * them from where it was.
 */
export async function unfence(
  target: LinkTarget,
  topics: readonly string[],
  by: UnfenceAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const pending = state
    .mirrors(link.name)
    .filter(({ sourceTopic, state: is }) => topics.includes(sourceTopic) && is.state === 'PENDING_STOPPED' && is.by === 'promote') // prettier-ignore
  const fenced = topics.filter((topic) => state.fence(link.name, topic) !== undefined)
  try {
    if (pending.length > 0) {
      await withdraw(session, pending, { signal })
      await state.refresh({ signal, link: link.name })
      await carry(mm2Of(target), session, { signal })
    }
    const left = await unfenceSource(target, session, fenced, by.sourceFence, { signal })
    return new Map(topics.map((topic) => [topic, unfencedOutcome(topic, fenced, left)]))
  } catch (error) {
    throw withWhatWasDone(error, 'the source may be fenced still')
  }
}
