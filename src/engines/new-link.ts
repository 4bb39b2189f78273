import { GeorepError } from '../core/errors.ts'
import { DeniedError } from '../kafka/denied.ts'
import type { LinkRecord } from '../links/records.ts'
import { ensureStateTopic, LinkState } from '../links/state.ts'
import { stateTopic } from '../links/state-topic.ts'
import type { Cancel, LinkPlan, LinkRequest } from './engine.ts'

// What is the same of a new link whatever carries it.

/** Between which clusters it would be, what is there of it, and what stands in its way on them. */
export async function lookAtEnds(
  request: LinkRequest,
  engine: LinkRecord['engine'],
  options: Cancel,
): Promise<Pick<LinkPlan, 'sourceId' | 'destinationId' | 'existing' | 'blockers'> & { readonly state: LinkState }> {
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
  if (existing !== undefined && existing.engine !== engine) {
    blockers.push(`link "${name}" exists, and its engine is ${existing.engine}`)
  }
  return { sourceId, destinationId, existing, blockers, state }
}

/** The words of the command that shows what is in the way of a link, or a sentence where none does. */
export function helpForBlocked({ request, sourceId, destinationId, existing }: Ends): readonly string[] | string {
  if (sourceId === destinationId) return ['config', 'show']
  if (existing === undefined) return 'the same command without --protect, or when these ACLs are gone'
  const isThere = existing.source.clusterId === sourceId && existing.destination.clusterId === destinationId
  return isThere ? ['link', 'describe', request.name] : ['config', 'show']
}

type Ends = Pick<LinkPlan, 'request' | 'sourceId' | 'destinationId' | 'existing'>

/** @throws GeorepError "refused" */
export function refuseBlockedLink(plan: Ends & Pick<LinkPlan, 'blockers'>): void {
  const { request, blockers } = plan
  if (blockers.length === 0) return
  const help = helpForBlocked(plan)
  throw new GeorepError(
    'refused',
    'GR-LINK-BLOCKED',
    `link "${request.name}" cannot be created: ${blockers.join('; ')}`,
    {
      stateNow: 'nothing was changed',
      next: typeof help === 'string' ? help : ['georep', ...help].join(' '),
    },
  )
}

/** Writes the link into the state topic, which is made where there is none. */
export async function withStateTopic(
  { destination }: Pick<LinkRequest, 'destination'>,
  write: () => Promise<LinkRecord>,
  options: Cancel,
): Promise<LinkRecord> {
  const isTopicMade = await ensureStateTopic(destination, options)
  try {
    return await write()
  } catch (error) {
    if (!isTopicMade || !(error instanceof DeniedError)) throw error
    const stateNow = `topic "${stateTopic}" was created on cluster "${destination.name}"; the link was not`
    throw new GeorepError('denied', 'GR-DENIED', error.message, { stateNow, next: error.next, cause: error })
  }
}

/** What every link's record has. */
export function newLinkBase(
  { request, sourceId, destinationId }: Pick<LinkPlan, 'request' | 'sourceId' | 'destinationId'>,
  by: {
    readonly time: { readonly now: () => Date }
    readonly actor: { readonly owner: string; readonly host: string }
  },
): Omit<LinkRecord, 'engine' | 'producer' | 'mm2'> {
  return {
    v: 1,
    kind: 'link',
    name: request.name,
    source: { name: request.source.name, clusterId: sourceId },
    destination: { name: request.destination.name, clusterId: destinationId },
    groups: [...request.groups],
    patterns: [],
    pausedAt: null,
    syncAcls: request.syncAcls === undefined ? null : { resources: [...request.syncAcls] },
    protect: request.protectFor === undefined ? null : { principal: request.protectFor },
    syncConfigsExclude: [...(request.syncConfigsExclude ?? [])],
    throttleBytesPerSecond: request.throttleBytesPerSecond ?? null,
    createdAt: by.time.now().toISOString(),
    createdBy: { owner: by.actor.owner, host: by.actor.host },
  }
}
