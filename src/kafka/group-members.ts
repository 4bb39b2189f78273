import { GeorepError } from '../core/errors.ts'
import type { Cluster } from './cluster.ts'
import { lookUpCoordinators } from './coordinators.ts'
import { askPastGone } from './past-gone.ts'
import { consumerGroupDescribe } from './wire/messages/consumer-group-describe.ts'
import { describeGroups } from './wire/messages/describe-groups.ts'
import { streamsGroupDescribe } from './wire/messages/streams-group-describe.ts'

export interface GroupMember {
  readonly clientId: string
  /** As the broker sees it: an address. */
  readonly host: string
  /** What it told the group of itself, in the group's own protocol; nothing in those of KIP-848 and KIP-1071. */
  readonly metadata: Buffer
}

/** Who is in each group, of all protocols: the classic one, that of KIP-848, and that of Kafka Streams, KIP-1071. Groups that could not be asked come back without members. */
export async function groupMembers(
  cluster: Cluster,
  groups: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, readonly GroupMember[]>> {
  const told = await askPastGone(
    cluster,
    async () => {
      const { found: coordinators } = await lookUpCoordinators(cluster, 'group', groups, 'Describe', options)
      return await Promise.all(
        [...new Set(coordinators.values())].map(async (nodeId) => {
          const own = groups.filter((group) => coordinators.get(group) === nodeId)
          return await membersAt(cluster, nodeId, own, options)
        }),
      )
    },
    options,
  )
  return new Map([...groups.map((group) => [group, []] as const), ...told.flat()])
}

type Members = readonly (readonly [group: string, members: readonly GroupMember[]])[]

async function membersAt(
  cluster: Cluster,
  nodeId: number,
  groups: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<Members> {
  const request = { groups, includeAuthorizedOperations: false }
  const classic = (await cluster.sendTo(nodeId, describeGroups, request, options)).groups
  // A group of another protocol is answered as one that is not there.
  const others = classic.filter(({ state }) => state === 'Dead').map(({ groupId }) => groupId)
  const byConsumers = await newMembersAt(cluster, nodeId, consumerGroupDescribe, others, options)
  const told = new Set(byConsumers.map(([group]) => group))
  const left = others.filter((group) => !told.has(group))
  return [...classic.map(membersOf), ...byConsumers, ...(await newMembersAt(cluster, nodeId, streamsGroupDescribe, left, options))] // prettier-ignore
}

async function newMembersAt(
  cluster: Cluster,
  nodeId: number,
  message: typeof consumerGroupDescribe | typeof streamsGroupDescribe,
  groups: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<Members> {
  if (groups.length === 0) return []
  const request = { groupIds: groups, includeAuthorizedOperations: false }
  try {
    const answer = await cluster.sendTo(nodeId, message as typeof consumerGroupDescribe, request, options)
    return answer.groups.filter(({ error }) => error === 0).map(membersOf)
  } catch (error) {
    // A broker from before Kafka 3.7 has no groups of consumers of that kind, and one from before 4.2 none of Streams.
    if (error instanceof GeorepError && error.code === 'GR-BROKER-TOO-OLD') return []
    throw error
  }
}

function membersOf(group: {
  readonly groupId: string
  readonly members: readonly {
    readonly clientId: string
    readonly clientHost: string
    readonly memberMetadata?: Buffer | null
  }[]
}): Members[number] {
  const members = group.members.map(({ clientId, clientHost, memberMetadata }) => ({
    clientId,
    host: clientHost.replace(/^\//, ''),
    metadata: memberMetadata ?? Buffer.alloc(0),
  }))
  return [group.groupId, members]
}

/** `is Stable, with 2 members: app-1 at 10.0.0.7, app-2 at 10.0.0.8`. */
export function activeText(state: string, members: readonly GroupMember[]): string {
  if (members.length === 0) return `is ${state}`
  const some = members.slice(0, 3).map(({ clientId, host }) => `${clientId} at ${host}`)
  const more = members.length > some.length ? `, and ${members.length - some.length} more` : ''
  return `is ${state}, with ${members.length} ${members.length === 1 ? 'member' : 'members'}: ${some.join(', ')}${more}`
}
