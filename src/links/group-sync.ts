import { matcherFromGlobs } from '../core/glob.ts'
import { syncedCommit } from '../core/group-offsets.ts'
import { portionsOf } from '../core/portions.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError, Code } from '../kafka/error-codes.ts'
import { commitsOfGroups, isConsumerGroup, listGroups } from '../kafka/groups.ts'
import { logEnds } from '../kafka/offsets.ts'
import { type PartitionKey, partitionKey, placeOfKey } from '../kafka/topic-partition.ts'
import type { OffsetToCommit } from '../kafka/txn-commits.ts'
import type { MetadataLimit } from './metadata-limit.ts'
import type { MirrorRecord } from './records.ts'
import type { LinkSession } from './session.ts'

/** In one transaction: a session does one thing at a time, and must get round to renewing its lock. */
const groupsAtOnce = 20

export interface GroupSyncReport {
  /** Groups whose offsets were committed in this round. */
  readonly committed: readonly string[]
  /** Groups that have members on the destination, and were left alone. */
  readonly active: readonly string[]
  /** Groups of which is left out what stands beside a commit, since the destination takes less. */
  readonly bare: readonly string[]
  readonly failed: ReadonlyMap<string, string>
}

/**
 * Copies the committed offsets of the link's groups to the destination, for offset-identical mirrors: as they are, with what clients have put beside
 * them, and not past the end of the mirror. Groups with members on the destination are left alone; the broker refuses those that come to life in between.
 *
 * @param link.groups globs, as the link's state says now: asked again in the turn in which the commits are handed to the session
 * @param link.mirrors those that may be written to, as the link's state said in `generation`
 * @param link.isCarried whether the state still says so: asked in the turn in which the commits are handed to the session
 * @throws FencedError when the session has changed hands since
 */
export async function syncGroups(
  link: {
    readonly source: Cluster
    readonly destination: Cluster
    readonly groups: () => readonly string[]
    readonly mirrors: readonly MirrorRecord[]
    readonly isCarried: (mirror: MirrorRecord) => boolean
    readonly session: LinkSession
    readonly generation: number
    /** To be kept from round to round: what was refused is not tried in each. */
    readonly limit: MetadataLimit
  },
  options: { readonly signal: AbortSignal },
): Promise<GroupSyncReport> {
  const isWanted = matcherFromGlobs(link.groups())
  const wanted = (await listGroups(link.source, options))
    .filter((listing) => isConsumerGroup(listing) && isWanted(listing.group))
    .map(({ group }) => group)
  const active: string[] = []
  const bare = new Set<string>()
  const failed = new Map<string, string>()
  if (wanted.length === 0 || link.mirrors.length === 0) return { committed: [], active, bare: [], failed }

  const atSource = await commitsOfGroups(link.source, wanted, options)
  const topics = new Set(link.mirrors.map(({ sourceTopic }) => sourceTopic))
  // Others have nothing to be copied: nobody needs a right on them.
  const concerned = wanted.filter((group) => mayConcern(atSource.get(group), topics))
  const states = new Map((await listGroups(link.destination, options)).map(({ group, state }) => [group, state]))
  const idle = concerned.filter((group) => isIdle(states.get(group)))
  active.push(...concerned.filter((group) => !idle.includes(group)))
  const atDestination = await commitsOfGroups(link.destination, idle, { ...options, needs: 'Read' })
  // The ends come last: a commit is never cut to an end that is older than it.
  const partitions = link.mirrors.flatMap(({ mirrorTopic, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: mirrorTopic, partition })),
  )
  const ends = await logEnds(link.destination, partitions, { ...options, keepDenied: true })

  const plan = new Map<string, readonly OffsetToCommit[]>()
  for (const group of idle) {
    const source = atSource.get(group)
    const destination = atDestination.get(group)
    if (source === undefined || destination === undefined) continue
    if (source instanceof BrokerError) failed.set(group, source.message)
    else if (destination instanceof BrokerError) failed.set(group, destination.message)
    else {
      const offsets = link.mirrors.flatMap(({ sourceTopic, mirrorTopic, partitions: count }) =>
        Array.from({ length: count }, (_, partition) => partition).flatMap((partition): OffsetToCommit[] => {
          const committed = source.get(partitionKey({ topic: sourceTopic, partition }))
          const key = partitionKey({ topic: mirrorTopic, partition })
          const end = ends.get(key)
          if (committed === undefined || end === undefined || end instanceof BrokerError) return []
          if (link.limit.isPast(committed)) bare.add(group)
          const synced = syncedCommit({ source: link.limit.within(committed), destination: destination.get(key) }, end.offset) // prettier-ignore
          return synced === undefined ? [] : [{ topic: mirrorTopic, partition, ...synced }]
        }),
      )
      if (offsets.length > 0) plan.set(group, offsets)
    }
  }
  const committed: string[] = []
  for (const some of portionsOf([...plan], groupsAtOnce)) {
    const carried = new Set(link.mirrors.filter(link.isCarried).map(({ mirrorTopic }) => mirrorTopic))
    const isStillWanted = matcherFromGlobs(link.groups())
    const open = new Map(some.filter(([group]) => isStillWanted(group)).map(([group, offsets]) => [group, offsets.filter(({ topic }) => carried.has(topic))] as const).filter(([, offsets]) => offsets.length > 0)) // prettier-ignore
    if (open.size === 0) continue
    const commit = async (groups: ReadonlyMap<string, readonly OffsetToCommit[]>): Promise<readonly string[]> => {
      const tooLarge: string[] = []
      const answers = await link.session.commitOffsets(groups, { ...options, generation: link.generation })
      for (const [group, refusal] of answers) {
        if (refusal === undefined) committed.push(group)
        else if (refusal.errorCode === Code.unknownMemberId) active.push(group)
        else if (refusal.errorCode === Code.offsetMetadataTooLarge) tooLarge.push(group)
        else failed.set(group, refusal.message)
      }
      return tooLarge
    }
    // The destination may take less than the source (offset.metadata.max.bytes): where the group is counts for more. What is short enough comes in the next round.
    const without = (await commit(open)).map((group) => {
      const offsets = open.get(group) ?? []
      link.limit.refused(offsets)
      bare.add(group)
      return [group, offsets.map((one) => ({ ...one, metadata: '' }))] as const
    })
    if (without.length > 0) await commit(new Map(without))
  }
  return { committed, active, bare: [...bare], failed }
}

/** Whether a group has commits on one of these topics, or it is not known. */
export function mayConcern(
  commits: ReadonlyMap<PartitionKey, unknown> | BrokerError | undefined,
  topics: ReadonlySet<string>,
): boolean {
  if (commits instanceof BrokerError) return true
  return [...(commits?.keys() ?? [])].some((key) => topics.has(placeOfKey(key).topic))
}

/** A group that the broker does not list has no members either. */
export function isIdle(state: string | undefined): boolean {
  return state === undefined || state === 'Empty' || state === 'Dead'
}
