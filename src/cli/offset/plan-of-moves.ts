import type { OffsetPlan } from '../../core/offset-plan.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import { topicsNow } from '../../links/plan-moves.ts'
import type { Context } from '../context.ts'
import { newPlan } from './new-plan.ts'

/** Moves of groups on a link's destination as a plan file has them. */
export async function planOfMoves(
  { link, destination }: LinkTarget,
  { act, groups, maySkip }: Pick<OffsetPlan, 'groups' | 'maySkip'> & { readonly act: 'clamp' | 'import' },
  context: Context,
): Promise<OffsetPlan> {
  const names = new Set(groups.flatMap(({ moves }) => moves.map(({ topic }) => topic)))
  const topics = [...(await topicsNow(destination, names, context))].map(([topic, one]) => ({ topic, ...one }))
  const { clusterId } = link.destination
  const cluster = { name: destination.name, clusterId }
  return newPlan({ act, cluster, link: link.name, maySkip, topics, groups }, context)
}
