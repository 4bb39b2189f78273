import { matcherFromGlobs } from '../core/glob.ts'
import { committedOffsets, isConsumerGroup, listGroups } from '../kafka/groups.ts'
import { isIdle, mayConcern } from '../links/group-sync.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Cancel, LinkTarget, PromotePlan } from './engine.ts'

/** The link's groups on the source that have commits on these topics. */
export async function linkGroups(
  { source, link }: Pick<LinkTarget, 'source' | 'link'>,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<PromotePlan['groups']> {
  const isWanted = matcherFromGlobs(link.groups)
  const listed = (await listGroups(source, options)).filter((one) => isConsumerGroup(one) && isWanted(one.group))
  if (listed.length === 0) return []
  const commits = await committedOffsets(source, listed.map(({ group }) => group), options) // prettier-ignore
  const topics = new Set(records.map(({ sourceTopic }) => sourceTopic))
  return listed
    .filter(({ group }) => mayConcern(commits.get(group), topics))
    .map(({ group, state }) => ({ group, isActive: !isIdle(state) }))
    .toSorted((a, b) => (a.group < b.group ? -1 : 1))
}
