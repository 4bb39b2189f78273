import { totalLoss } from '../../core/loss.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { subjectOf } from '../../core/subject.ts'
import {
  openMirrors,
  type Blocker,
  type Cancel,
  type LinkTarget,
  type PromotePlan,
  type SourceFence,
} from '../engine.ts'
import { linkGroups } from '../link-groups.ts'
import { namedMirrors } from '../named-mirrors.ts'
import { producersOf, stateBlocker } from '../promote-look.ts'
import { isReachable } from '../reachable.ts'
import { requireListed } from '../rights.ts'
import { planSourceFence } from '../source-fence.ts'
import { besidesBlockers, carriedBesides } from './carried-besides.ts'
import { lookAtConnect } from './connect-look.ts'
import type { ConnectSeen } from './connector.ts'
import { failuresOf } from './connector-failures.ts'
import { copiedFence } from './fence-copied.ts'
import { plannedFence } from './fence-tasks.ts'
import { seeMirrors, type SeenMirror } from './mirror-views.ts'
import { type Mm2Target, mm2Of } from './mm2-target.ts'

/** See `ReplicationEngine.planPromote`. */
export async function planPromote(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  how: SourceFence['how'],
  options: Cancel,
): Promise<PromotePlan> {
  const { state, link, source } = target
  await state.glance(options)
  const mm2 = mm2Of(target)
  const { wanted, missing } = namedMirrors(state, link.name, topics)
  const [isSourceReachable, { connector, seen }] = await Promise.all([
    isReachable(source, link, options),
    lookAtConnect(mm2, options),
  ])
  const records = wanted.filter((record) => record.state.state !== 'STOPPED')
  const isAsked = isSourceReachable && records.length > 0
  const groups = await permittedGroups(mm2, records, { ...options, how, isAsked })
  const found = await seeMirrors(mm2, wanted, { seen, isSourceReachable }, options)
  const mirrors = found.mirrors.map(({ view }) => view)
  const open = openMirrors(mirrors)
  const names = records.map(({ sourceTopic }) => sourceTopic)
  const { blockers: fenceBlockers, ...sourceFence } = isAsked
    ? await planSourceFence(target, names, how, options)
    : { how, steps: [], warnings: [], blockers: [] }
  const copied = isAsked ? await copiedFence(target, how, options) : undefined
  const fence = await plannedFence(mm2, connector, options)
  return {
    isAll: topics === 'all',
    isSourceReachable,
    runner: undefined,
    carriedBy: `Kafka Connect at ${mm2.connect.url}`,
    mirrors,
    missing,
    lag: totalLoss(open.flatMap(({ partitions }) => partitions.map(({ loss }) => loss))),
    ...fence,
    sourceFence,
    producers: isAsked ? await producersOf(target, records, options) : [],
    groups,
    blockers:
      open.length === 0
        ? []
        : [
            ...blockersOf(mm2, { isSourceReachable, connector, mirrors: found.mirrors }),
            ...fenceBlockers,
            ...(copied === undefined ? [] : [copied]),
          ],
  }
}

/** The groups that would be moved; what the verb needs is looked at before anything else, as by any engine. The transactional ids: see `taskFence`. */
async function permittedGroups(
  { source, destination, link }: Mm2Target,
  records: readonly MirrorRecord[],
  { how, isAsked, ...options }: Cancel & { readonly how: SourceFence['how']; readonly isAsked: boolean },
): Promise<PromotePlan['groups']> {
  if (records.length === 0) return []
  const clusters = isAsked ? { source, destination } : { destination }
  const verb = how === 'acl' ? 'mirror promote --fence acl' : 'mirror promote'
  await requireListed(clusters, verb, subjectOf(link, records, []), options)
  const groups = isAsked ? await linkGroups({ source, link }, records, options) : []
  if (groups.length > 0) await requireListed(clusters, verb, subjectOf(link, records, groups.map(({ group }) => group)), options) // prettier-ignore
  return groups
}

function blockersOf(
  { link, source, state }: Mm2Target,
  seen: {
    readonly isSourceReachable: boolean
    readonly connector: ConnectSeen
    readonly mirrors: readonly SeenMirror[]
  },
): readonly Blocker[] {
  const { connector } = seen
  const blockers: Blocker[] = []
  if (!seen.isSourceReachable) blockers.push(`the source, cluster "${source.name}", does not answer: only mirror failover can go on`) // prettier-ignore
  if (link.pausedAt !== null) blockers.push(`link "${link.name}" is paused: nothing would drain`)
  const failure = 'why' in connector ? connector.why : failuresOf(link.mm2.connectors.source, connector)[0]
  if (failure !== undefined) blockers.push(`nothing would drain: ${failure}`)
  if (!('why' in connector)) blockers.push(...besidesBlockers(carriedBesides(state, link, connector.assigned), link))
  for (const {
    view: { record },
    troubles,
  } of seen.mirrors) {
    const trouble = troubles.find(({ isFatal }) => isFatal)?.why
    // As it is to be: that its tasks begin, or begin again, is waited for.
    const blocker = trouble === undefined ? stateBlocker(record, record.state) : `is not whole: ${trouble}` // prettier-ignore
    if (blocker !== undefined) blockers.push(`mirror "${record.mirrorTopic}" ${blocker}`)
  }
  return blockers
}
