import { protectionOf, TopicBindings } from '../../../core/protection.ts'
import { allAcls } from '../../../kafka/acl-bindings.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { newProducerId } from '../../../kafka/producers.ts'
import { type LinkRecord, stateKey } from '../../../links/records.ts'
import { actingOn } from '../../../links/acting.ts'
import { LinkState } from '../../../links/state.ts'
import type { Act, Cancel, LinkPlan, LinkRequest } from '../../engine.ts'
import { lookAtEnds, newLinkBase, refuseBlockedLink, withStateTopic } from '../../new-link.ts'
import { fenceRight } from '../../rights.ts'

/** See `ReplicationEngine.planLink`. */
export async function planLink(request: LinkRequest, options: Cancel): Promise<LinkPlan> {
  const { state: _, ...ends } = await lookAtEnds(request, 'embedded', options)
  const { destination, protectFor } = request
  const everybody = protectFor === undefined ? [] : await blockersOfEvery(destination, protectFor, options)
  const blockers = [...ends.blockers, ...everybody]
  return { request, ...ends, blockers, fence: await fenceRight(destination, options) }
}

/** What would stand in the way of protecting any mirror, whatever it is called. */
async function blockersOfEvery(destination: Cluster, principal: string, options: Cancel): Promise<readonly string[]> {
  const { bindings } = await allAcls(destination, options)
  const one = protectionOf('', new TopicBindings(bindings), { principal, isOpenByDefault: false })
  return one.kind === 'notPossible' ? [`no mirror could be protected: ${one.why}`] : []
}

/** See `ReplicationEngine.createLink`. A link that is there as planned is returned as it is. */
export async function createLink(plan: LinkPlan, by: Act, options: Cancel): Promise<LinkRecord> {
  refuseBlockedLink(plan)
  if (plan.existing !== undefined) return plan.existing
  return await withStateTopic(plan.request, async () => await writeLink(plan, by, options), options)
}

async function writeLink(plan: LinkPlan, by: Act, options: Cancel): Promise<LinkRecord> {
  const { request } = plan
  const state = new LinkState(request.destination)
  await using acting = await actingOn(state, request.name, by, options)
  const { session } = acting
  const there = state.link(request.name)
  if (there !== undefined) return there
  const producer = await newProducerId(request.destination, options)
  const record: LinkRecord = {
    ...newLinkBase(plan, by),
    engine: 'embedded',
    producer: { id: producer.producerId, epoch: producer.producerEpoch },
  }
  await session.write(new Map([[stateKey.link(request.name), record]]), options)
  return record
}
