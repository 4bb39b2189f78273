import { GeorepError } from '../core/errors.ts'
import type { Offset } from '../core/offset.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { type Commits, commitsOfGroups } from '../kafka/groups.ts'
import { offsetsForTime } from '../kafka/offset-at-time.ts'
import { type PartitionKey, partitionKey, placeOfKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { type GroupsNow, topicsNow, type LookOptions, type WantedPlace } from './plan-moves.ts'

/** Where groups are to go on. */
export type Place =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'offset'; readonly offset: Offset }
  /** The first record that is not older; the end where there is none. */
  | { readonly kind: 'time'; readonly at: Date }
  /** Where another group stands. */
  | { readonly kind: 'group'; readonly group: string }

/**
 * The place of each group in each partition: of the topics that are named, or of those partitions of which a group has committed something. Changes
 * nothing.
 *
 * @throws GeorepError "failed" when a topic, or the other group, is not there
 */
export async function placesToReset(
  cluster: Cluster,
  now: GroupsNow,
  place: Place,
  topics: readonly string[] | undefined,
  options: LookOptions,
): Promise<ReadonlyMap<string, readonly WantedPlace[]>> {
  const other = place.kind === 'group' ? await placeOfGroup(cluster, place.group, options) : undefined
  const names = new Set(topics ?? [...now.commits.values()].flatMap((commits) => (commits instanceof BrokerError ? [] : topicsOf(commits)))) // prettier-ignore
  const logs = await topicsNow(cluster, names, options)
  const missing = topics?.find((topic) => !logs.has(topic))
  if (missing !== undefined) throw new GeorepError('failed', 'GR-TOPIC-UNKNOWN', `topic "${missing}" is not on cluster "${cluster.name}"`, { stateNow: 'nothing was changed' }) // prettier-ignore
  const all = [...logs].flatMap(([topic, one]) => one.logs.map((_, partition) => ({ topic, partition })))
  const atTime = place.kind === 'time' ? await offsetsForTime(cluster, all, BigInt(place.at.getTime()), options) : undefined // prettier-ignore
  const placeIn = (at: TopicPartition): Offset | undefined => {
    const key = partitionKey(at)
    const log = logs.get(at.topic)?.logs[at.partition]
    // A topic that is gone: the plan says so.
    if (log === undefined) return undefined
    switch (place.kind) {
      case 'earliest':
        return log.start
      case 'latest':
        return log.end
      case 'offset':
        return place.offset
      case 'group':
        return other?.get(key)?.offset
      case 'time': {
        const found = atTime?.get(key)
        if (found instanceof BrokerError) throw found
        return found ?? log.end
      }
    }
  }
  // The same for every group.
  const known = all.flatMap((at) => {
    const to = placeIn(at)
    return to === undefined ? [] : [{ key: partitionKey(at), place: { ...at, to } }]
  })
  const wanted = new Map<string, readonly WantedPlace[]>()
  for (const [group] of now.listed) {
    const commits = now.commits.get(group)
    const isCommitted = (key: PartitionKey): boolean => commits instanceof Map && commits.has(key)
    const own = topics === undefined ? known.filter(({ key }) => isCommitted(key)) : known
    const places = own.map(({ place: one }) => one)
    // One that could not be asked stays in: the plan says why.
    if (places.length > 0 || commits instanceof BrokerError) wanted.set(group, places)
  }
  return wanted
}

function topicsOf(commits: Commits): readonly string[] {
  return [...commits.keys()].map((key) => placeOfKey(key).topic)
}

async function placeOfGroup(cluster: Cluster, group: string, { signal }: LookOptions): Promise<Commits> {
  const commits = (await commitsOfGroups(cluster, [group], { signal })).get(group)
  if (commits instanceof BrokerError) throw commits
  if (commits === undefined || commits.size === 0) throw new GeorepError('failed', 'GR-GROUP-UNKNOWN', `group "${group}" has committed nothing on cluster "${cluster.name}"`, { stateNow: 'nothing was changed' }) // prettier-ignore
  return commits
}
