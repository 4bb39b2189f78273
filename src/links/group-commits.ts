import { matcherFromGlobs } from '../core/glob.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { type Committed, committedOffsets, isConsumerGroup, listGroups } from '../kafka/groups.ts'

/** What one cluster tells of consumer groups. */
export interface GroupCommits {
  /** Of every group that is wanted and there: its state as the broker names it. */
  readonly states: ReadonlyMap<string, string>
  /** Without those that could not be asked. */
  readonly commits: ReadonlyMap<string, Committed>
  readonly unknown: readonly { readonly group: string; readonly why: string }[]
}

/**
 * The commits of all groups that match, those of a coordinator in one request. Commits of open transactions are not waited for.
 *
 * @param groups globs; a group is wanted when each of these lists has one that matches
 * @throws as `listGroups` and `committedOffsets` do
 */
export async function groupCommits(
  cluster: Cluster,
  groups: readonly (readonly string[])[],
  options: { readonly signal: AbortSignal },
): Promise<GroupCommits> {
  const matchers = groups.map(matcherFromGlobs)
  const listed = (await listGroups(cluster, options)).filter(
    (one) => isConsumerGroup(one) && matchers.every((isWanted) => isWanted(one.group)),
  )
  const states = new Map(listed.map(({ group, state }) => [group, state]))
  const commits = new Map<string, Committed>()
  const unknown: { group: string; why: string }[] = []
  if (states.size === 0) return { states, commits, unknown }
  const answers = await committedOffsets(cluster, [...states.keys()], { ...options, isPendingLeftOut: true })
  for (const group of states.keys()) {
    const answer = answers.get(group)
    if (answer === undefined) unknown.push({ group, why: 'its commits could not be read' })
    else if (answer instanceof BrokerError) unknown.push({ group, why: answer.message })
    else commits.set(group, answer)
  }
  return { states, commits, unknown }
}
