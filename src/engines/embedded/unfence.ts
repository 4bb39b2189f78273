import { GeorepError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import { withWhatWasDone } from '../../links/held.ts'
import { actingLongOn } from '../../links/acting.ts'
import type { Cancel, LinkTarget, UnfenceAct } from '../engine.ts'
import { findInterrupted } from './interrupted.ts'
import { unfencedOutcome, unfenceSource } from '../source-fence.ts'
import { withdraw } from '../pending.ts'

/** See `ReplicationEngine.unfence`. */
export async function unfence(
  target: LinkTarget,
  topics: readonly string[],
  by: UnfenceAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const records = state
    .mirrors(link.name)
    .filter(({ sourceTopic, state: { state: name } }) => topics.includes(sourceTopic) && name === 'PENDING_STOPPED')
    .filter((record) => record.state.state === 'PENDING_STOPPED' && record.state.by === 'promote')
  const { past, before } = await findInterrupted(target, records, { signal })
  if (past.length > 0) {
    const names = past.map(({ mirrorTopic }) => `"${mirrorTopic}"`).join(', ')
    throw new GeorepError('refused', 'GR-PROMOTE-PAST-RETURN', `the promote of ${names} can only be finished`, {
      stateNow: 'the brokers of the destination refuse the runner already; nothing was changed',
      next: `georep mirror promote --link ${link.name} with these topics`,
    })
  }
  const fenced = topics.filter((topic) => state.fence(link.name, topic) !== undefined)
  try {
    await withdraw(session, before, { signal })
    const left = await unfenceSource(target, session, fenced, by.sourceFence, { signal })
    return new Map(topics.map((topic) => [topic, unfencedOutcome(topic, fenced, left)]))
  } catch (error) {
    throw withWhatWasDone(error, 'the source may be fenced still')
  }
}
