import { isTimeout, messageOf } from '../core/errors.ts'
import { type GroupMoves, type Move, standingOf } from '../core/offset-plan.ts'
import type { Outcome } from '../core/outcome.ts'
import { anySignal } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError, Code } from '../kafka/error-codes.ts'
import type { KnownCoordinators } from '../kafka/coordinators.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import type { OffsetToCommit } from '../kafka/txn-commits.ts'
import { type Commits, commitsOfGroups, removeCommits } from '../kafka/groups.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import type { LinkSession } from './session.ts'

/** Groups that share a transaction, unless it is said. */
const groupsInTransaction = 250
const readAgainMs = 10_000

export interface MoveOptions {
  readonly signal: AbortSignal
  /** How many groups are handed to `commit` at once. Default 250: whoever lends its session for it must get round to renewing its lock. */
  readonly groupsAtOnce?: number
  /** Each group as a whole or not at all, only while it has no members, and not before `mayCommit`. Returns per group the broker's refusal, or undefined. */
  readonly commit: (
    groups: ReadonlyMap<string, readonly OffsetToCommit[]>,
    mayCommit: Promise<void>,
  ) => Promise<ReadonlyMap<string, BrokerError | undefined>>
  /** Of the groups, as far as they are known. */
  readonly coordinators?: KnownCoordinators
  /** Called when there is something to be moved, and awaited before anything is committed. */
  readonly beforeFirst?: () => Promise<void>
  /** How many groups have been handed to the brokers. */
  readonly onMoved?: (groups: number) => void
}

/** Commits through the session of a link that is held, and no longer than it is: the brokers refuse what comes after a take-over. */
export function movingWith(session: LinkSession, { signal }: { readonly signal: AbortSignal }): MoveOptions {
  const options = { signal: anySignal(signal, session.signal), generation: session.generation }
  const commit: MoveOptions['commit'] = async (groups, mayCommit) => {
    await mayCommit
    return await session.commitOffsets(groups, options)
  }
  return { signal: options.signal, commit }
}

/**
 * Moves committed offsets, each group as a whole, and reads them again: what they are then is the outcome. A group whose commits are neither those that
 * its moves begin with nor those that they end with is refused; moves that were done before are found done, so that it is safe to call again.
 *
 * @param before what the groups have committed now
 * @returns one outcome a group
 */
export async function moveOffsets(
  cluster: Cluster,
  groups: readonly GroupMoves[],
  before: ReadonlyMap<string, Commits | BrokerError>,
  options: MoveOptions,
): Promise<ReadonlyMap<string, Outcome>> {
  const { signal, coordinators, groupsAtOnce = groupsInTransaction } = options
  const settled = new Map<string, Outcome>()
  const open = groups.flatMap((one): readonly GroupMoves[] => {
    const commits = before.get(one.group)
    const left = leftOf(one, commits)
    if ('kind' in left) settled.set(one.group, left)
    return 'kind' in left ? [] : [left]
  })
  const mayCommit = open.length === 0 ? Promise.resolve() : (options.beforeFirst?.() ?? Promise.resolve())
  mayCommit.catch(() => undefined) // awaited below
  const seen: Promise<ReadonlyMap<string, Outcome>>[] = []
  for (let at = 0; at < open.length; at += groupsAtOnce) {
    const some = open.slice(at, at + groupsAtOnce)
    const refusals = signal.aborted ? notBegun(some) : await moveSome(cluster, some, mayCommit, options)
    // While the next are being moved.
    seen.push(seenAgain(cluster, some, refusals, coordinators))
    options.onMoved?.(at + some.length)
  }
  await mayCommit
  for (const some of await Promise.all(seen)) for (const [group, outcome] of some) settled.set(group, outcome)
  return settled
}

function notBegun(groups: readonly GroupMoves[]): ReadonlyMap<string, Outcome> {
  return new Map(groups.map(({ group }) => [group, { kind: 'pending', why: 'it was not begun' }]))
}

/** What has become of groups. Of an act that was stopped, too: what it has done is what has to be known then. */
async function seenAgain(
  cluster: Cluster,
  groups: readonly GroupMoves[],
  refusals: ReadonlyMap<string, Outcome>,
  coordinators: KnownCoordinators | undefined,
): Promise<ReadonlyMap<string, Outcome>> {
  // By name: the transaction has ended, and its markers may still be on their way, without which a first commit is in no list.
  const of = new Map(groups.map(({ group, moves }) => [group, moves]))
  const after = await commitsOfGroups(cluster, [...of.keys()], { signal: AbortSignal.timeout(readAgainMs), of, coordinators, lane: 'look-again' }).catch(notRead) // prettier-ignore
  return new Map(groups.map((one) => [one.group, observed(one, after.get(one.group), refusals.get(one.group))]))
}

/** What is left to be done for a group, or why nothing can or need be done. */
function leftOf({ group, moves }: GroupMoves, commits: Commits | BrokerError | undefined): GroupMoves | Outcome {
  if (commits === undefined) return { kind: 'unknown', why: 'its commits could not be read' }
  if (commits instanceof BrokerError) return { kind: 'unknown', why: commits.message }
  const open: Move[] = []
  for (const move of moves) {
    const standing = standingOf(move, commits.get(partitionKey(move)))
    if (standing === 'changed') return { kind: 'refused', why: changedOf(moves, commits) ?? '' }
    if (standing === 'asBefore') open.push(move)
  }
  return open.length === 0 ? { kind: 'unchanged', why: 'it is there already' } : { group, moves: open }
}

/** The moves that are left to be done. */
export function openMoves(moves: readonly Move[], commits: Commits | BrokerError | undefined): readonly Move[] {
  if (commits === undefined || commits instanceof BrokerError) return moves
  return moves.filter((move) => standingOf(move, commits.get(partitionKey(move))) === 'asBefore')
}

/** The first commit that is neither what the moves begin with nor what they end with, in words; undefined when there is none. */
export function changedOf(moves: readonly Move[], commits: Commits): string | undefined {
  const changed = moves.filter((move) => standingOf(move, commits.get(partitionKey(move))) === 'changed')
  const [first] = changed
  if (first === undefined) return undefined
  const text = (commit: { readonly offset: bigint } | undefined): string => commit?.offset.toString() ?? 'none'
  const more = changed.length === 1 ? '' : `, and ${changed.length - 1} more`
  return `its commits have changed since: ${partitionKey(first)} was ${text(first.from)} and is ${text(commits.get(partitionKey(first)))}${more}`
}

/** What stood against it, of the groups whose commits the broker has not taken. */
async function moveSome(
  cluster: Cluster,
  groups: readonly GroupMoves[],
  mayCommit: Promise<void>,
  { commit, signal }: MoveOptions,
): Promise<ReadonlyMap<string, Outcome>> {
  const refusals = new Map<string, Outcome>()
  try {
    const commits = new Map<string, readonly OffsetToCommit[]>()
    for (const { group, moves } of groups) {
      const offsets = toCommit(moves)
      if (offsets.length > 0) commits.set(group, offsets)
    }
    const answers = await commit(commits, mayCommit)
    await mayCommit
    for (const [group, refusal] of answers) if (refusal !== undefined) refusals.set(group, outcomeOf(refusal))
    for (const { group, moves } of groups) {
      const gone = moves.filter(({ to }) => to === undefined)
      if (gone.length === 0 || refusals.has(group)) continue
      const refusal = await removeCommits(cluster, group, gone, { signal })
      if (refusal !== undefined) refusals.set(group, outcomeOf(refusal))
    }
  } catch (error) {
    await mayCommit
    // Interrupted, lost, or not permitted: what was committed is read next and tells.
    if (!isOfCluster(error) && !signal.aborted) throw error
    for (const { group } of groups) if (!refusals.has(group)) refusals.set(group, { kind: 'unknown', why: messageOf(error) }) // prettier-ignore
  }
  return refusals
}

function toCommit(moves: readonly Move[]): readonly OffsetToCommit[] {
  const offsets: OffsetToCommit[] = []
  for (const { topic, partition, to } of moves)
    if (to !== undefined) offsets.push({ topic, partition, offset: to.offset, metadata: to.metadata })
  return offsets
}

function outcomeOf(refusal: BrokerError): Outcome {
  return membersAnswers.has(refusal.errorCode)
    ? { kind: 'refused', why: 'it has members by now; stop its consumers' }
    : { kind: 'failed', why: refusal.message }
}

/** What a broker answers to a commit from outside of a group that has members. */
const membersAnswers: ReadonlySet<number> = new Set([
  Code.unknownMemberId,
  22, // ILLEGAL_GENERATION
  27, // REBALANCE_IN_PROGRESS
  86, // GROUP_SUBSCRIBED_TO_TOPIC
  113, // STALE_MEMBER_EPOCH
])

/** What the group's commits are now decides. */
function observed(
  { moves }: GroupMoves,
  commits: Commits | BrokerError | undefined,
  refusal: Outcome | undefined,
): Outcome {
  if (commits === undefined || commits instanceof BrokerError) {
    return refusal?.kind === 'refused' ? refusal : { kind: 'unknown', why: 'its commits could not be read again' }
  }
  const standing = moves.map((move) => standingOf(move, commits.get(partitionKey(move))))
  const done = standing.filter((one) => one === 'done').length
  if (done === moves.length) return { kind: 'applied' }
  if (standing.every((one) => one === 'asBefore'))
    return refusal ?? { kind: 'failed', why: 'its commits are as they were' }
  const why = refusal === undefined || refusal.kind === 'applied' ? 'look again' : refusal.why
  return { kind: 'failed', why: `${done} of ${moves.length} commits have moved; ${why}` }
}

/** A cluster that does not answer by now leaves it open what the commits are. */
function notRead(error: unknown): ReadonlyMap<string, Commits | BrokerError> {
  if (!isOfCluster(error) && !isTimeout(error)) throw error
  return new Map<string, Commits>()
}
