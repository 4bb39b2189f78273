import type { Cluster } from './cluster.ts'
import { lookUpCoordinators } from './coordinators.ts'
import { describeGroups } from './wire/messages/describe-groups.ts'

export interface GroupMember {
  readonly clientId: string
  /** As the broker sees it: an address. */
  readonly host: string
  /** What it told the group of itself, in the group's own protocol. */
  readonly metadata: Buffer
}

/**
 * Who is in each group. Of groups of the consumer protocol of KIP-848 this request tells nothing: they come back without members, as do those that could
 * not be asked.
 */
export async function groupMembers(
  cluster: Cluster,
  groups: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, readonly GroupMember[]>> {
  const found = new Map<string, readonly GroupMember[]>(groups.map((group) => [group, []]))
  const { found: coordinators } = await lookUpCoordinators(cluster, 'group', groups, 'Describe', options)
  await Promise.all(
    [...new Set(coordinators.values())].map(async (nodeId) => {
      const own = groups.filter((group) => coordinators.get(group) === nodeId)
      const request = { groups: own, includeAuthorizedOperations: false }
      for (const { groupId, members } of (await cluster.sendTo(nodeId, describeGroups, request, options)).groups) {
        found.set(groupId, members.map(({ clientId, clientHost, memberMetadata }) => ({ clientId, host: clientHost.replace(/^\//, ''), metadata: memberMetadata ?? Buffer.alloc(0) }))) // prettier-ignore
      }
    }),
  )
  return found
}

/** `is Stable, with 2 members: app-1 at 10.0.0.7, app-2 at 10.0.0.8`. */
export function activeText(state: string, members: readonly GroupMember[]): string {
  if (members.length === 0) return `is ${state}`
  const some = members.slice(0, 3).map(({ clientId, host }) => `${clientId} at ${host}`)
  const more = members.length > some.length ? `, and ${members.length - some.length} more` : ''
  return `is ${state}, with ${members.length} ${members.length === 1 ? 'member' : 'members'}: ${some.join(', ')}${more}`
}
