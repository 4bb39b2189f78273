import type { Commit } from '../core/after-failover.ts'
import type { Offset } from '../core/offset.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import { logBounds, logEnds } from '../kafka/offsets.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { groupCommits } from './group-commits.ts'
import { type GroupsOfLink, logsOf } from './group-positions.ts'
import { isUntold, type Untold } from './mirror-ages.ts'

export interface LogOfSide {
  readonly start: Offset
  readonly end: Offset
}

/** Where one group stands in one partition of a mirrored topic, on both sides. */
export interface PlaceOnBothSides {
  readonly group: string
  /** The topic as the source has it. */
  readonly topic: string
  readonly mirrorTopic: string
  readonly partition: number
  readonly source: Commit
  readonly destination: Commit
  /** `end` is the high watermark; undefined of a source that does not answer. */
  readonly sourceLog: LogOfSide | Untold | undefined
  /** `end` is where what arrived ends, as the engine appends. */
  readonly mirrorLog: LogOfSide | Untold
}

/** The states of a group as the brokers name them; undefined where it is not there, or the side was not asked. */
export interface StatesOfGroup {
  readonly source: string | undefined
  readonly destination: string | undefined
}

export type SideName = 'source' | 'destination'

export interface BothSides {
  readonly places: readonly PlaceOnBothSides[]
  readonly states: ReadonlyMap<string, StatesOfGroup>
  /** What a side could not be asked; `group` undefined of all groups: which there are is not known either. */
  readonly unknown: readonly { readonly side: SideName; readonly group: string | undefined; readonly why: string }[]
}

/**
 * Where the link's groups stand on both sides: those partitions of topics of which the group has committed any, on either side.
 *
 * Commits are read first, then where the mirrors end, and the ends of the source last: what was copied in between counts as copied. All groups of a
 * coordinator, and all partitions of a leader, share a request.
 *
 * @param link.isSourceReachable when false the source is not asked, and every commit of it is unknown
 * @returns what could not be asked is unknown, with its reason; nothing is left out without a word
 */
export async function groupsOnBothSides(
  link: GroupsOfLink,
  options: { readonly signal: AbortSignal },
): Promise<BothSides> {
  const { mirrors } = link
  if (mirrors.length === 0) return { places: [], states: new Map(), unknown: [] }
  const [source, destination] = await Promise.all([sideOf('source', link, options), sideOf('destination', link, options)]) // prettier-ignore
  const groups = [...new Set([...source.states.keys(), ...destination.states.keys()])].toSorted()
  const places = groups.flatMap((group) =>
    mirrors.flatMap((mirror) => placesOf(group, mirror, source.commitsOf(group), destination.commitsOf(group))),
  )
  const arrived = await arrivedIn(link.destination, places, options)
  const there = link.isSourceReachable ? await orWhy(logsOf(link.source, places, options), options) : undefined // prettier-ignore
  return {
    places: places.map((place) => ({
      ...place,
      sourceLog: there === undefined ? undefined : logIn(there, place),
      mirrorLog: logIn(arrived, { topic: place.mirrorTopic, partition: place.partition }),
    })),
    states: new Map(groups.map((group) => [group, { source: source.states.get(group), destination: destination.states.get(group) }])), // prettier-ignore
    unknown: [...source.unknown, ...destination.unknown],
  }
}

interface Side {
  readonly states: ReadonlyMap<string, string>
  readonly commitsOf: (group: string) => (at: TopicPartition) => Commit
  readonly unknown: BothSides['unknown']
}

/** What one side tells. Topics that we may not see are left out of a group's commits there, and the broker does not say so. */
async function sideOf(side: SideName, link: GroupsOfLink, options: { readonly signal: AbortSignal }): Promise<Side> {
  const untold = (why: string, unknown: BothSides['unknown']): Side => ({ states: new Map(), commitsOf: () => () => ({ kind: 'unknown', why }), unknown }) // prettier-ignore
  if (side === 'source' && !link.isSourceReachable) return untold('the source does not answer', [])
  const names = link.mirrors.map(({ sourceTopic, mirrorTopic }) => (side === 'source' ? sourceTopic : mirrorTopic))
  const cluster = link[side]
  const told = await orWhy(
    Promise.all([
      groupCommits(cluster, link.groups, options),
      cluster.metadata(names, { ...options, keepDenied: true }),
    ]),
    options,
  )
  if (!Array.isArray(told)) return untold(told.why, [{ side, group: undefined, why: told.why }])
  const [{ states, commits, unknown }, { denied }] = told
  const refused = new Map(unknown.map(({ group, why }) => [group, why]))
  return {
    states,
    unknown: [
      ...unknown.map((one) => ({ side, ...one })),
      ...[...denied].map(([topic, { message }]) => ({
        side,
        group: undefined,
        why: `in topic "${topic}": ${message}`,
      })),
    ],
    commitsOf: (group) => (at) => {
      const why = refused.get(group) ?? denied.get(at.topic)?.message
      if (why !== undefined) return { kind: 'unknown', why }
      const offset = commits.get(group)?.get(partitionKey(at))
      return offset === undefined ? { kind: 'none' } : { kind: 'at', offset }
    },
  }
}

type Place = Omit<PlaceOnBothSides, 'sourceLog' | 'mirrorLog'>

/** Every partition of a topic of which the group has committed any: a topic that it never read is none of its own. */
function placesOf(
  group: string,
  { sourceTopic: topic, mirrorTopic, partitions }: GroupsOfLink['mirrors'][number],
  onSource: (at: TopicPartition) => Commit,
  onDestination: (at: TopicPartition) => Commit,
): readonly Place[] {
  const places = Array.from({ length: partitions }, (_, partition): Place => ({
    group,
    topic,
    mirrorTopic,
    partition,
    source: onSource({ topic, partition }),
    destination: onDestination({ topic: mirrorTopic, partition }),
  }))
  return places.some(({ source, destination }) => source.kind === 'at' || destination.kind === 'at') ? places : []
}

type Logs = ReadonlyMap<PartitionKey, LogOfSide | Untold>

/** The mirrors' logs up to where they really end: the high watermark may be lower while followers lag. */
async function arrivedIn(
  destination: Cluster,
  places: readonly Place[],
  options: { readonly signal: AbortSignal },
): Promise<Logs | Untold> {
  const all = places.map(({ mirrorTopic: topic, partition }) => ({ topic, partition }))
  const partitions = [...new Map(all.map((one) => [partitionKey(one), one])).values()]
  const ask = { ...options, keepDenied: true } as const
  const told = await orWhy(
    Promise.all([logBounds(destination, partitions, 'logStart', ask), logEnds(destination, partitions, ask)]),
    options,
  )
  if (!Array.isArray(told)) return told
  const [starts, ends] = told
  return new Map(
    partitions.map((one): readonly [PartitionKey, LogOfSide | Untold] => {
      const key = partitionKey(one)
      const [start, end] = [starts.get(key), ends.get(key)]
      if (start instanceof BrokerError) return [key, { why: start.message }]
      if (end instanceof BrokerError) return [key, { why: end.message }]
      if (start === undefined || end === undefined) return [key, { why: 'its leader did not tell' }]
      // Retention may go on between the two answers.
      return [key, { start: start < end.offset ? start : end.offset, end: end.offset }]
    }),
  )
}

function logIn(logs: Logs | Untold, at: TopicPartition): LogOfSide | Untold {
  return isUntold(logs) ? logs : (logs.get(partitionKey(at)) ?? { why: 'its leader did not tell' })
}

/** What a cluster answers, or why it does not. What is no failure of a cluster is thrown on. */
async function orWhy<T>(asked: Promise<T>, { signal }: { readonly signal: AbortSignal }): Promise<T | Untold> {
  try {
    return await asked
  } catch (error) {
    signal.throwIfAborted()
    if (!isOfCluster(error)) throw error
    return { why: error.message }
  }
}
