import { groupRight, idRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { effectOf, type GroupMoves, type OffsetPlan } from '../core/offset-plan.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { DeniedError, lacking } from '../kafka/denied.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { activeText, groupMembers } from '../kafka/group-members.ts'
import type { Commits } from '../kafka/groups.ts'
import { requireRights } from '../kafka/held-rights.ts'
import { Transactor } from '../kafka/transactor.ts'
import { carriedOffsets, carriedText } from './carried-offsets.ts'
import { isIdle } from './group-sync.ts'
import { changedOf, moveOffsets, type MoveOptions, movingWith, openMoves } from './move-offsets.ts'
import { type CommitsSeen, type GroupsNow, groupsNow, type TopicsNow, topicsNow } from './plan-moves.ts'
import type { Act } from './session.ts'
import type { LinkState } from './state.ts'

/** Of a transactional id that nobody waits for. */
const groupsAtOnce = 500

export interface PlanTarget {
  readonly cluster: Cluster
  /** Of a plan with a link: read at the cluster. */
  readonly link?: { readonly state: LinkState; readonly by: Act }
}

interface CheckOptions {
  readonly signal: AbortSignal
  readonly now: Date
  /** False for groups of the plan that are left out. */
  readonly isWanted: (group: string) => boolean
  /** What a transaction holds that is still open is not waited for: for looking. */
  readonly isPendingLeftOut?: true
}

export interface ApplyOptions extends CheckOptions, Pick<MoveOptions, 'beforeFirst' | 'onMoved'> {
  /** What the groups have committed, where the plan was made with it a moment ago: it is not looked at again. Not of a plan with a link. */
  readonly justSeen?: CommitsSeen | undefined
}

/**
 * Moves what the plan says, all groups or, when one of them cannot be moved, none. Safe to call again: what was moved is found moved.
 *
 * The commits go through a transactional id: of the link, whose lock is held, or of the plan, so that of two that apply it one is refused by the brokers.
 *
 * @returns one outcome a group
 * @throws GeorepError "conflict" GR-PLAN-STALE when the cluster, a topic or a commit is not what it was, or the plan is too old; "refused" when a group
 *   has members or belongs to a runner; "conflict" when the link is held. Nothing was changed then.
 */
export async function applyPlan(
  { cluster, link }: PlanTarget,
  plan: OffsetPlan,
  options: ApplyOptions,
): Promise<ReadonlyMap<string, Outcome>> {
  const { signal } = options
  if (link === undefined) {
    await requireSameCluster(cluster, plan, options)
    // First: one that was killed may have left its transaction open, and until it is ended nobody knows what its groups have committed.
    const transactor = await openTransactor(cluster, plan, { signal })
    const { commits, coordinators } = options.justSeen ?? (await requireAsPlanned(cluster, plan, options))
    const commit: MoveOptions['commit'] = async (groups, mayCommit) => await transactor.commitOffsets(groups, { signal, coordinators, mayCommit }) // prettier-ignore
    const moving = { commit, coordinators, groupsAtOnce }
    return await moveOffsets(cluster, wantedOf(plan, options), commits, { ...options, ...moving })
  }
  const { actingOn } = await import('./acting.ts')
  await using acting = await actingOn(link.state, plan.link ?? '', link.by, { signal })
  acting.session.keepRenewed()
  const { commits } = await requireAsPlanned(cluster, plan, options)
  const moving = movingWith(acting.session, { signal })
  return await moveOffsets(cluster, wantedOf(plan, options), commits, { ...options, ...moving })
}

/** As a row of rights has it: each plan has an id of its own, and whoever moves offsets needs all of them. */
const anyId = 'georep-offsets-*'

async function openTransactor(
  cluster: Cluster,
  { id }: OffsetPlan,
  options: { readonly signal: AbortSignal },
): Promise<Transactor> {
  try {
    return await Transactor.open(cluster, anyId.replace('*', id), options)
  } catch (error) {
    if (error instanceof DeniedError && error.right.resource.type === 'transactionalId') throw lacking(cluster, idRight('Write', anyId)) // prettier-ignore
    throw error
  }
}

function wantedOf({ groups }: OffsetPlan, { isWanted }: CheckOptions): readonly GroupMoves[] {
  return groups.filter(({ group }) => isWanted(group))
}

async function requireSameCluster(cluster: Cluster, plan: OffsetPlan, { signal, now }: CheckOptions): Promise<void> {
  const { clusterId } = await cluster.metadata([], { signal })
  if (clusterId !== plan.cluster.clusterId) {
    throw stale([`cluster "${cluster.name}" has the id ${clusterId}, the plan was made with ${plan.cluster.clusterId}`])
  }
  if (plan.expiresAt !== undefined && plan.expiresAt < now) {
    throw stale([`it was made to be applied before ${plan.expiresAt.toISOString()}`])
  }
}

/**
 * Whether the plan can be applied now. Changes nothing.
 *
 * @returns what its groups have committed
 * @throws GeorepError as `applyPlan`
 */
export async function requireAsPlanned(
  cluster: Cluster,
  plan: OffsetPlan,
  options: CheckOptions,
): Promise<CommitsSeen> {
  const { signal } = options
  await requireSameCluster(cluster, plan, options)
  const groups = wantedOf(plan, options)
  const names = new Set(groups.map(({ group }) => group))
  const now = await groupsNow(cluster, (group) => names.has(group), { ...options, needs: 'Read' })
  const topics = await topicsNow(cluster, new Set(plan.topics.map(({ topic }) => topic)), { signal, needs: 'Read' })
  const carriedBy = await carriedOffsets(cluster, { signal })

  for (const { group } of groups) requireKnown(group, commitsIn(now, group))
  const problems = [...changedTopics(plan, topics), ...groups.flatMap((one) => changedGroup(one, now, topics, plan))]
  if (problems.length > 0) {
    throw stale(problems, plan.act === 'undo' ? 'name with --group only the groups that can be set back' : 'make a new plan') // prettier-ignore
  }
  const open = groups.filter(({ group, moves }) => openMoves(moves, commitsIn(now, group)).length > 0)
  for (const { group, moves } of open) {
    const carrier = moves.map(({ topic }) => carriedBy(group, topic)).find((one) => one !== undefined)
    if (carrier !== undefined) throw carried(group, carrier)
  }
  await requireIdle(cluster, open, now, { signal })
  // Asked beforehand: commits are taken away after the others were moved, and of a group nothing is to stay half done.
  const emptied = open.filter(({ group, moves }) =>
    openMoves(moves, commitsIn(now, group)).some(({ to }) => to === undefined),
  )
  await requireRights(
    cluster,
    emptied.map(({ group }) => groupRight('Delete', group)),
    { signal },
  )
  const commits = new Map(groups.map(({ group }) => [group, commitsIn(now, group)]))
  return { commits, coordinators: now.coordinators }
}

/** A group that is not there has committed nothing. */
function commitsIn({ commits }: GroupsNow, group: string): Commits | BrokerError {
  return commits.get(group) ?? new Map()
}

/** What cannot be read has not changed: it is not known. */
function requireKnown(group: string, commits: Commits | BrokerError): void {
  if (commits instanceof DeniedError) throw commits
  if (!(commits instanceof BrokerError)) return
  throw new GeorepError('unknown', 'GR-COMMITS-UNKNOWN', `the commits of group "${group}" are not known: ${commits.message}`, { stateNow: 'nothing was changed' }) // prettier-ignore
}

function changedTopics(plan: OffsetPlan, topics: TopicsNow): readonly string[] {
  return plan.topics.flatMap(({ topic, topicId, partitions }) => {
    const found = topics.get(topic)
    if (found === undefined) return [`topic "${topic}" is not there any more`]
    if (found.topicId !== topicId) return [`topic "${topic}" was deleted and made anew`]
    // The way back is about those that there were.
    const isOther = plan.act === 'undo' ? found.logs.length < partitions : found.logs.length !== partitions
    return isOther ? [`topic "${topic}" has ${found.logs.length} partitions, and had ${partitions}`] : []
  })
}

function changedGroup(
  { group, moves }: GroupMoves,
  now: GroupsNow,
  topics: TopicsNow,
  plan: OffsetPlan,
): readonly string[] {
  const commits = commitsIn(now, group)
  if (commits instanceof BrokerError) return []
  const changed = changedOf(moves, commits)
  if (changed !== undefined) return [`group "${group}": ${changed}`]
  for (const { topic, partition, from, to } of moves) {
    const log = topics.get(topic)?.logs[partition]
    // Of a plan that was not made by georep: its topics are there.
    if (log === undefined) return [`group "${group}": there is no partition ${topic}/${partition}`]
    if (to === undefined) continue
    const place = `offset ${to.offset.toString()} of ${topic}/${partition}`
    if (plan.act !== 'undo' && (to.offset < log.start || to.offset > log.end)) {
      return [`group "${group}": ${place} is not in the log any more, which has ${log.start.toString()} to ${log.end.toString()}`] // prettier-ignore
    }
    if (!plan.maySkip && effectOf({ from, to }, log).kind === 'skips')
      return [`group "${group}": ${place} would skip records by now`]
  }
  return []
}

async function requireIdle(
  cluster: Cluster,
  open: readonly GroupMoves[],
  { listed }: GroupsNow,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const active = open.map(({ group }) => group).filter((group) => !isIdle(listed.get(group)?.state))
  if (active.length === 0) return
  const members = await groupMembers(cluster, active, options)
  const said = active.map(
    (group) => `group "${group}" ${activeText(listed.get(group)?.state ?? '', members.get(group) ?? [])}`,
  )
  throw new GeorepError('refused', 'GR-GROUP-ACTIVE', firstOf(said), {
    stateNow: 'nothing was changed',
    next: 'stop the consumers of these groups, or name with --group only the others',
  })
}

function carried(group: string, link: string): GeorepError {
  return new GeorepError('refused', 'GR-GROUP-CARRIED', `group "${group}": ${carriedText(link)}`, { stateNow: 'nothing was changed' }) // prettier-ignore
}

function stale(problems: readonly string[], next = 'make a new plan'): GeorepError {
  return new GeorepError('conflict', 'GR-PLAN-STALE', `not as it was when the plan was made: ${firstOf(problems)}`, {
    stateNow: 'nothing was changed',
    next,
  })
}

/** How many of a list an error names. */
const named = 5

function firstOf(said: readonly string[]): string {
  const more = said.length > named ? [`and ${said.length - named} more`] : []
  return [...said.slice(0, named), ...more].join('; ')
}
