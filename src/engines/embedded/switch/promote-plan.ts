import { totalLoss } from '../../../core/loss.ts'
import {
  openMirrors,
  type Blocker,
  type Cancel,
  type LinkTarget,
  type MirrorView,
  type PromotePlan,
  type SourceFence,
} from '../../engine.ts'
import { deniedWriters } from '../../let-write.ts'
import { whyNotWhole } from '../mirrors/partition-growth.ts'
import { liveRunner } from '../mirrors/live-runner.ts'
import { observeMirrors } from '../mirrors/observe.ts'
import { fenceRight, requireListed } from '../../rights.ts'
import { planSourceFence } from '../../source-fence.ts'
import { linkGroups } from '../../link-groups.ts'
import { namedMirrors } from '../../named-mirrors.ts'
import { producersOf, stateBlocker } from '../../promote-look.ts'
import { isReachable } from '../../reachable.ts'

/** See `ReplicationEngine.planPromote`. */
export async function planPromote(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  how: SourceFence['how'],
  options: Cancel,
): Promise<PromotePlan> {
  const { state, link, source, destination } = target
  await state.glance(options)
  const { wanted, missing } = namedMirrors(state, link.name, topics)
  const isSourceReachable = await isReachable(source, link, options)
  const records = wanted.filter((record) => record.state.state !== 'STOPPED')
  const isAsked = isSourceReachable && records.length > 0
  const names = records.map(({ sourceTopic }) => sourceTopic)
  const verb = how === 'acl' ? 'mirror promote --fence acl' : 'mirror promote'
  const clusters = isAsked ? { source, destination } : { destination }
  const mirrorTopics = records.map(({ mirrorTopic }) => mirrorTopic)
  const subject = { link: link.name, sourceTopics: names, mirrorTopics, groups: [] }
  if (records.length > 0) await requireListed(clusters, verb, subject, options)
  const groups = isAsked ? await linkGroups(target, records, options) : []
  if (groups.length > 0) await requireListed(clusters, verb, { ...subject, groups: groups.map(({ group }) => group) }, options) // prettier-ignore
  const [runner, fence] = await Promise.all([liveRunner(state, link.name, options), fenceRight(destination, options)])
  const mirrors = await observeMirrors(target, wanted, isSourceReachable, options)
  const open = openMirrors(mirrors)
  const { blockers: fenceBlockers, ...sourceFence } = isAsked
    ? await planSourceFence(target, names, how, options)
    : { how, steps: [], warnings: [], blockers: [] }
  const denied = await deniedWriters(target, wanted.map(({ mirrorTopic }) => mirrorTopic), options) // prettier-ignore
  return {
    ...(denied === undefined ? {} : { denied }),
    isAll: topics === 'all',
    isSourceReachable,
    runner,
    mirrors,
    missing,
    lag: totalLoss(open.flatMap(({ partitions }) => partitions.map(({ loss }) => loss))),
    fence,
    sourceFence,
    producers: isAsked ? await producersOf(target, records, options) : [],
    groups,
    blockers: open.length === 0 ? [] : [...blockersOf(target, { isSourceReachable, runner, open }), ...fenceBlockers],
  }
}

function blockersOf(
  { state, link, source }: LinkTarget,
  seen: Pick<PromotePlan, 'isSourceReachable' | 'runner'> & { readonly open: readonly MirrorView[] },
): readonly Blocker[] {
  const blockers: Blocker[] = []
  if (!seen.isSourceReachable)
    blockers.push(`the source, cluster "${source.name}", does not answer: only mirror failover can go on`)
  if ((state.link(link.name) ?? link).pausedAt !== null)
    blockers.push(`link "${link.name}" is paused: nothing would drain`)
  // Of those that are past the point where a runner is needed it does not matter.
  const isNeeded = seen.open.some(({ record }) => record.state.state !== 'PENDING_STOPPED')
  if (isNeeded && seen.runner === undefined) blockers.push(`link "${link.name}" has no runner: nothing would drain`)
  for (const { record, state: shown, partitions } of seen.open) {
    const blocker = stateBlocker(record, shown)
    if (blocker !== undefined) blockers.push(`mirror "${record.mirrorTopic}" ${blocker}`)
    const part = record.state.state === 'PENDING_STOPPED' ? undefined : whyNotWhole(record, partitions.length)
    if (part !== undefined) blockers.push(part)
  }
  return blockers
}
