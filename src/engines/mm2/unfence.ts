import type { Outcome } from '../../core/outcome.ts'
import type { Cancel, LinkTarget, UnfenceAct } from '../engine.ts'
import { unfenceTopics } from '../unfence-topics.ts'
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
  return await unfenceTopics(
    {
      carryAgain: async (session, { signal }) => {
        await target.state.refresh({ signal, link: target.link.name })
        await carry(mm2Of(target), session, { signal })
      },
    },
    target,
    topics,
    by,
    options,
  )
}
