import { GeorepError } from '../../core/errors.ts'
import { DeniedError } from '../../kafka/denied.ts'
import { newProducerId } from '../../kafka/producers.ts'
import { type LinkRecord, stateKey } from '../../links/records.ts'
import { actingOn } from '../../links/acting.ts'
import { ensureStateTopic, LinkState, stateTopic } from '../../links/state.ts'
import type { Act, Cancel, LinkPlan, LinkRequest } from '../engine.ts'
import { fenceRight } from '../rights.ts'

/** See `ReplicationEngine.planLink`. */
export async function planLink(request: LinkRequest, options: Cancel): Promise<LinkPlan> {
  const { source, destination, name } = request
  const [{ clusterId: sourceId }, { clusterId: destinationId }] = await Promise.all([
    source.metadata([], options),
    destination.metadata([], options),
  ])
  const state = new LinkState(destination)
  await state.glance(options)
  const existing = state.link(name)
  const blockers: string[] = []
  if (sourceId === destinationId) {
    blockers.push(`"${source.name}" and "${destination.name}" are the same cluster, id ${sourceId}`)
  }
  if (
    existing !== undefined &&
    (existing.source.clusterId !== sourceId || existing.destination.clusterId !== destinationId)
  ) {
    blockers.push(
      `link "${name}" exists between clusters ${existing.source.clusterId} and ${existing.destination.clusterId}, and these are ${sourceId} and ${destinationId}`,
    )
  }
  return { request, sourceId, destinationId, existing, fence: await fenceRight(destination, options), blockers }
}

/** See `ReplicationEngine.createLink`. A link that is there as planned is returned as it is. */
export async function createLink(plan: LinkPlan, by: Act, options: Cancel): Promise<LinkRecord> {
  const { request, blockers, existing } = plan
  if (blockers.length > 0) {
    throw new GeorepError(
      'refused',
      'GR-LINK-BLOCKED',
      `link "${request.name}" cannot be created: ${blockers.join('; ')}`,
      {
        stateNow: 'nothing was changed',
        next: 'georep config show',
      },
    )
  }
  if (existing !== undefined) return existing
  const isTopicMade = await ensureStateTopic(request.destination, options)
  try {
    return await writeLink(plan, by, options)
  } catch (error) {
    if (!isTopicMade || !(error instanceof DeniedError)) throw error
    const stateNow = `topic "${stateTopic}" was created on cluster "${request.destination.name}"; the link was not`
    throw new GeorepError('denied', 'GR-DENIED', error.message, { stateNow, next: error.next, cause: error })
  }
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
    v: 1,
    kind: 'link',
    name: request.name,
    engine: 'embedded',
    source: { name: request.source.name, clusterId: plan.sourceId },
    destination: { name: request.destination.name, clusterId: plan.destinationId },
    producer: { id: producer.producerId, epoch: producer.producerEpoch },
    groups: [...request.groups],
    patterns: [],
    pausedAt: null,
    throttleBytesPerSecond: request.throttleBytesPerSecond ?? null,
    createdAt: by.time.now().toISOString(),
    createdBy: { owner: by.actor.owner, host: by.actor.host },
  }
  await session.write(new Map([[stateKey.link(request.name), record]]), options)
  return record
}
