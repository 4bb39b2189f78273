import { clusterRight, groupRight, type Right } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { matcherFromGlobs } from '../core/glob.ts'
import { rightsFor } from '../core/permissions.ts'
import { lacking } from '../kafka/denied.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { isConsumerGroup, listGroups } from '../kafka/groups.ts'
import { heldRights, requireRights } from '../kafka/held-rights.ts'
import { subjectOf } from '../core/subject.ts'
import { canaryNames } from './canary-names.ts'
import type { DrillSettings, DrillSite } from './site.ts'

interface Cancel {
  readonly signal: AbortSignal
}

/** What a drill does with its canary's mirror, and whether with all others of the link, too. */
export interface DrillAct {
  readonly verb: 'mirror failover' | 'mirror promote'
  readonly scope: DrillSite['scope']
}

/**
 * Looks whether all is permitted that a drill does, before it makes anything: one that fails half-way would have to leave, or to take away, what it has
 * made. The clusters tell of a canary's topic and group before they are there.
 *
 * @throws DeniedError naming a right that is lacking
 */
export async function requireDrillRights(
  { target, engine }: Pick<DrillSite, 'target' | 'engine'>,
  { runId }: Pick<DrillSettings, 'runId'>,
  { verb, scope }: DrillAct,
  options: Cancel,
): Promise<void> {
  const { link, state, source, destination } = target
  const mirrors = state.mirrors(link.name)
  const carried = subjectOf(link, mirrors, [])
  // As the table has it: the next drill has other names.
  const { topic, group } = canaryNames('*')
  const canary = subjectOf(link, [{ sourceTopic: topic, mirrorTopic: topic }], [group])
  for (const [side, cluster] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    const needed = [
      ...rightsFor(['drill'], side, carried, { isOptionalLeftOut: true }),
      ...rightsFor([verb], side, canary, { isOptionalLeftOut: true }),
      ...(scope === 'all' ? rightsFor([verb], side, carried, { isOptionalLeftOut: true }) : []),
      // For the fence there is more than one right: the engine knows.
    ].filter(({ resource }) => side === 'source' || resource.type !== 'cluster')
    const asked = needed.map((right) => ofRun(right, runId))
    const isHeld = await heldRights(cluster, asked, options)
    const first = needed.find((right) => isHeld(ofRun(right, runId)) === false)
    if (first !== undefined) throw lacking(cluster, first)
  }
  if (verb === 'mirror promote') await requireGroups(source, link.groups, options)
  const { fence, fenceWhy, fenceNext: next } = await engine.planFailover(target, [], options)
  if (fenceWhy !== undefined) {
    const details = { stateNow: 'nothing was made', ...(next === undefined ? {} : { next }) }
    if (fence === 'notPermitted') throw new GeorepError('denied', 'GR-DENIED', fenceWhy, details)
    throw new GeorepError('refused', 'GR-STOP-UNKNOWN', `it cannot be made sure that nothing is appended to a mirror that is opened: ${fenceWhy}`, details) // prettier-ignore
  }
  if (fence === 'notPermitted') throw lacking(destination, clusterRight('Alter'))
}

/** A promote has to know of every group of the link whether it reads the topic. */
async function requireGroups(source: Cluster, globs: readonly string[], options: Cancel): Promise<void> {
  const isWanted = matcherFromGlobs(globs)
  const groups = (await listGroups(source, options)).filter((one) => isConsumerGroup(one) && isWanted(one.group))
  await requireRights(source, groups.map(({ group }) => groupRight('Describe', group)), options) // prettier-ignore
}

/** Of all canaries the one of this run. */
function ofRun({ operation, resource }: Right, runId: string): Right {
  if (resource.type === 'cluster') return { operation, resource }
  return { operation, resource: { ...resource, name: resource.name.replace(/\*$/, runId) } }
}
