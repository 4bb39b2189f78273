import { GeorepError, messageOf } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import { hasAuthorizer } from '../../kafka/rights.ts'
import type { Blocker, Cancel, FenceAct, FencePlan, LinkTarget, SourceFence } from '../engine.ts'
import * as shared from '../fence-topics.ts'
import { sourceConnector } from './connector.ts'
import { mm2Of } from './mm2-target.ts'

/**
 * Why the source must not be fenced by ACLs: MirrorMaker copies denials to the mirror topics, where they keep off the worker that drains them, and after the
 * promote every producer. It takes them away never.
 */
export async function copiedFence(
  target: LinkTarget,
  how: SourceFence['how'],
  options: Cancel,
): Promise<Blocker | undefined> {
  if (how !== 'acl') return undefined
  const { connect, link, destination } = mm2Of(target)
  const name = link.mm2.connectors.source
  try {
    const { config } = await sourceConnector({ connect, link }, options)
    if (!copiesAcls(config) || !(await hasAuthorizer(destination, options))) return undefined
    return `connector "${name}" would copy the denial to cluster "${destination.name}", where it would keep all producers off as well: set sync.topic.acls.enabled=false in its configuration (georep acl sync copies ACLs without that), or fence in another way`
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof GeorepError)) throw error
    return `whether connector "${name}" would copy the denial to the destination is not known: ${messageOf(error)}`
  }
}

/** MirrorMaker does unless it is told not to. */
export function copiesAcls(config: Readonly<Record<string, string>>): boolean {
  return config['sync.topic.acls.enabled']?.trim().toLowerCase() !== 'false'
}

/** See `ReplicationEngine.planFence`. */
export async function planFence(
  target: LinkTarget,
  topics: readonly string[],
  how: FenceAct['sourceFence']['how'],
  options: Cancel,
): Promise<FencePlan> {
  const plan = await shared.planFence(target, topics, how, options)
  const copied = await copiedFence(target, how, options)
  return copied === undefined ? plan : { ...plan, blockers: [...plan.blockers, copied] }
}

/** See `ReplicationEngine.fence`. */
export async function fence(
  target: LinkTarget,
  topics: readonly string[],
  by: FenceAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const copied = await copiedFence(target, by.sourceFence.how, options)
  if (copied !== undefined)
    throw new GeorepError('refused', 'GR-FENCE-BLOCKED', copied, { stateNow: 'nothing was changed' })
  return await shared.fence(target, topics, by, options)
}
