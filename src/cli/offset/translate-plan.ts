import { GeorepError } from '../../core/errors.ts'
import type { OffsetPlan } from '../../core/offset-plan.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { GroupTranslation, GroupTranslations } from '../../links/committed-places.ts'
import { groupsNow, planMoves, wantedAt, type WantedPlace } from '../../links/plan-moves.ts'
import type { Context } from '../context.ts'
import { expected } from './moves-view.ts'
import { planOf } from './end-plan.ts'

const named = 5

/**
 * A plan that moves the groups on the destination to where they stand on the source; undefined when not all of it is known, or every group is there
 * already.
 *
 * @param link held when the plan is applied; undefined for clusters without one
 * @throws GeorepError "refused" GR-OFFSETS-REFUSED when a group cannot be moved
 */
export async function planTranslated(
  cluster: Cluster,
  link: string | undefined,
  { translations, unknown }: GroupTranslations,
  context: Context,
): Promise<OffsetPlan | undefined> {
  const wanted = new Map<string, WantedPlace[]>()
  for (const { group, topic, partition, translated } of translations) {
    if (translated.kind === 'unknown') return undefined
    wanted.set(group, [...(wanted.get(group) ?? []), { topic, partition, to: { offset: translated.to, metadata: '' } }])
  }
  if (wanted.size === 0 || unknown.length > 0) return undefined
  requireOneSourceEach(translations)
  const { signal } = context
  const { clusterId } = await cluster.metadata([], { signal })
  const planned = await planMoves(cluster, await groupsNow(cluster, (group) => wanted.has(group), { signal }), wantedAt(wanted), { signal }) // prettier-ignore
  // What lies between its place here and the new one the group has read there.
  const maySkip = true
  const outcomes = planned.groups.map((one) => ({ group: one.group, outcome: expected(one, maySkip) }))
  const refused = outcomes.flatMap(({ group, outcome }) => (outcome.kind === 'movable' || outcome.kind === 'unchanged' || outcome.kind === 'applied' ? [] : [`group "${group}": ${outcome.why}`])) // prettier-ignore
  if (refused.length > 0) {
    const more = refused.length > named ? `; and ${refused.length - named} more` : ''
    throw new GeorepError('refused', 'GR-OFFSETS-REFUSED', `${refused.slice(0, named).join('; ')}${more}`, {
      stateNow: 'no plan was written, and nothing was changed',
      next: 'name the groups that can be moved with --group',
    })
  }
  if (outcomes.every(({ outcome }) => outcome.kind === 'unchanged')) return undefined
  return planOf({ act: 'translate', target: { cluster }, clusterId, link, planned, maySkip }, context)
}

/**
 * Where two topics of the source have their copy in one topic, a group has two places in a partition that can have one commit: at the later one it would skip
 * what it has not read.
 *
 * @throws GeorepError "refused" GR-OFFSETS-REFUSED
 */
export function requireOneSourceEach(
  translations: readonly Pick<GroupTranslation, 'group' | 'sourceTopic' | 'topic' | 'partition'>[],
): void {
  const sourceOf = new Map<string, string>()
  for (const { group, sourceTopic, topic, partition } of translations) {
    const key = JSON.stringify([group, topic, partition])
    const other = sourceOf.get(key)
    if (other !== undefined) {
      throw new GeorepError('refused', 'GR-OFFSETS-REFUSED', `group "${group}" would have two places in ${topic}/${partition}: of "${other}" and of "${sourceTopic}"`, {
        stateNow: 'no plan was written, and nothing was changed',
        next: 'name one of the two topics with --topic',
      })
    } // prettier-ignore
    sourceOf.set(key, sourceTopic)
  }
}
