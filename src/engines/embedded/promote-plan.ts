import { totalLoss } from '../../core/loss.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { producerStates } from '../../kafka/producers.ts'
import { placeOfKey } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import {
  openMirrors,
  type Blocker,
  type Cancel,
  type LinkTarget,
  type MirrorView,
  type PromotePlan,
  type SourceFence,
  type SourceProducers,
} from '../engine.ts'
import { liveRunner, observeMirrors } from './observe.ts'
import { fenceRight, requireListed } from '../rights.ts'
import { planSourceFence } from '../source-fence.ts'
import { linkGroups } from '../link-groups.ts'
import { partitionsOfMirrors } from '../mirror-partitions.ts'
import { isReachable } from '../reachable.ts'

/** See `ReplicationEngine.planPromote`. */
export async function planPromote(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  how: SourceFence['how'],
  options: Cancel,
): Promise<PromotePlan> {
  const { state, link, source, destination } = target
  await state.glance(options)
  const all = state.mirrors(link.name)
  const isNamed = new Set(topics === 'all' ? all.map(({ mirrorTopic }) => mirrorTopic) : topics)
  const wanted = all.filter(({ mirrorTopic }) => isNamed.has(mirrorTopic))
  const missing = [...isNamed].filter((topic) => all.every(({ mirrorTopic }) => mirrorTopic !== topic))
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
  return {
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
  for (const { record, state: shown } of seen.open) {
    const blocker = stateBlocker(record, shown)
    if (blocker !== undefined) blockers.push(`mirror "${record.mirrorTopic}" ${blocker}`)
  }
  return blockers
}

function stateBlocker({ state }: MirrorRecord, shown: MirrorView['state']): Blocker | undefined {
  if (state.state === 'PENDING_STOPPED') {
    return state.by === 'failover' ? 'is failing over: mirror failover goes on with it' : undefined
  }
  switch (shown.state) {
    case 'PENDING':
      return `is being created: ${shown.phase}`
    case 'PAUSED':
      return 'is PAUSED: resume it, so that it drains'
    case 'SOURCE_UNAVAILABLE':
      return 'does not drain: the runner does not reach the source'
    case 'FAILED':
      return `has FAILED and does not drain: ${shown.reason}`
    case 'ACTIVE':
    case 'PENDING_STOPPED':
    case 'STOPPED':
      return undefined
  }
}

async function producersOf(
  { source }: LinkTarget,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<readonly SourceProducers[]> {
  const partitions = partitionsOfMirrors(records, 'sourceTopic')
  const states = await producerStates(source, partitions, options)
  return records.map(({ sourceTopic: topic }) => {
    const own = [...states].flatMap(([key, found]) =>
      placeOfKey(key).topic !== topic || found instanceof BrokerError ? [] : found,
    )
    return {
      topic,
      known: new Set(own.map(({ producerId }) => producerId)).size,
      openTransactions: own.filter(({ hasOpenTransaction }) => hasOpenTransaction).length,
    }
  })
}
