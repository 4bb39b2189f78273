import { GeorepError } from '../core/errors.ts'
import { minOffset, type Offset } from '../core/offset.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { type Commits, commitsOfGroups } from '../kafka/groups.ts'
import { offsetsForTime } from '../kafka/offset-at-time.ts'
import { type PartitionKey, partitionKey, placeOfKey } from '../kafka/topic-partition.ts'
import type { GroupsNow, LookOptions, PlacesOfGroups, TopicsNow, Wanted, WantedPlace } from './plan-moves.ts'

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
 * @throws GeorepError "failed" when the other group is not there; the places, when a topic is not
 */
export async function placesToReset(
  cluster: Cluster,
  now: GroupsNow,
  place: Place,
  named: readonly string[] | undefined,
  options: LookOptions,
): Promise<Wanted> {
  const other = place.kind === 'group' ? await placeOfGroup(cluster, place.group, options) : undefined
  return {
    topics: new Set(named ?? topicsOf(now)),
    placesIn: async (topics) => {
      const missing = named?.find((topic) => !topics.has(topic))
      if (missing !== undefined) throw new GeorepError('failed', 'GR-TOPIC-UNKNOWN', `topic "${missing}" is not on cluster "${cluster.name}"`, { stateNow: 'nothing was changed' }) // prettier-ignore
      const places = await placesIn(cluster, topics, place, other, options)
      return placesOfGroups(now, places, named !== undefined)
    },
  }
}

/** The same for every group. Of a topic that is gone there is none: the plan says so. */
async function placesIn(
  cluster: Cluster,
  topics: TopicsNow,
  place: Place,
  other: Commits | undefined,
  options: LookOptions,
): Promise<readonly WantedPlace[]> {
  const all = [...topics].flatMap(([topic, { logs }]) => logs.map((log, partition) => ({ topic, partition, log })))
  const atTime = place.kind === 'time' ? await offsetsForTime(cluster, all, BigInt(place.at.getTime()), options) : undefined // prettier-ignore
  const placeIn = (at: (typeof all)[number]): Offset | undefined => {
    switch (place.kind) {
      case 'earliest':
        return at.log.start
      case 'latest':
        return at.log.end
      case 'offset':
        return place.offset
      case 'group':
        return other?.get(partitionKey(at))?.offset
      case 'time': {
        const found = atTime?.get(partitionKey(at))
        if (found instanceof BrokerError) throw found
        // What was written after the end was read lies behind it.
        return found === undefined ? at.log.end : minOffset(found, at.log.end)
      }
    }
  }
  return all.flatMap((at) => {
    const offset = placeIn(at)
    return offset === undefined ? [] : [{ topic: at.topic, partition: at.partition, to: { offset, metadata: '' } }]
  })
}

/** All of them, or those where the group has committed something. */
function placesOfGroups(
  { listed, commits }: GroupsNow,
  places: readonly WantedPlace[],
  isAll: boolean,
): PlacesOfGroups {
  const wanted = new Map<string, readonly WantedPlace[]>()
  for (const group of listed.keys()) {
    const own = commits.get(group)
    const isCommitted = (place: WantedPlace): boolean => own instanceof Map && own.has(partitionKey(place))
    const some = isAll ? places : places.filter(isCommitted)
    // One that could not be asked stays in: the plan says why.
    if (some.length > 0 || own instanceof BrokerError) wanted.set(group, some)
  }
  return wanted
}

function topicsOf({ commits }: GroupsNow): readonly string[] {
  const keys = new Set<PartitionKey>()
  for (const own of commits.values()) if (!(own instanceof BrokerError)) for (const key of own.keys()) keys.add(key)
  return [...keys].map((key) => placeOfKey(key).topic)
}

async function placeOfGroup(cluster: Cluster, group: string, { signal }: LookOptions): Promise<Commits> {
  const commits = (await commitsOfGroups(cluster, [group], { signal })).get(group)
  if (commits instanceof BrokerError) throw commits
  if (commits === undefined || commits.size === 0) throw new GeorepError('failed', 'GR-GROUP-UNKNOWN', `group "${group}" has committed nothing on cluster "${cluster.name}"`, { stateNow: 'nothing was changed' }) // prettier-ignore
  return commits
}
