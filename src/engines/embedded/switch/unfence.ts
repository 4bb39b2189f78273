import { GeorepError } from '../../../core/errors.ts'
import type { Outcome } from '../../../core/outcome.ts'
import type { Cancel, LinkTarget, UnfenceAct } from '../../engine.ts'
import { unfenceTopics } from '../../unfence-topics.ts'
import { findInterrupted } from './interrupted.ts'

/** See `ReplicationEngine.unfence`. */
export async function unfence(
  target: LinkTarget,
  topics: readonly string[],
  by: UnfenceAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  return await unfenceTopics(
    {
      takeable: async (left, { signal }) => {
        const { past, before } = await findInterrupted(target, left, { signal })
        if (past.length === 0) return before
        const names = past.map(({ mirrorTopic }) => `"${mirrorTopic}"`).join(', ')
        throw new GeorepError('refused', 'GR-PROMOTE-PAST-RETURN', `the promote of ${names} can only be finished`, {
          stateNow: 'the brokers of the destination refuse the runner already; nothing was changed',
          next: `georep mirror promote --link ${target.link.name} with these topics`,
        })
      },
    },
    target,
    topics,
    by,
    options,
  )
}
