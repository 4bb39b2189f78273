import { groupLag, type ReadableLog } from '../core/group-lag.ts'
import type { NextUnread } from '../core/next-unread.ts'
import type { Offset } from '../core/offset.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import type { Committed } from '../kafka/groups.ts'
import { logSpans, stableLogSpans } from '../kafka/log-spans.ts'
import { atPosition, type Unread } from '../kafka/next-unread.ts'
import { isOfCluster } from '../kafka/of-cluster.ts'
import type { LogBound } from '../kafka/offsets.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../kafka/topic-partition.ts'
import { groupCommits } from './group-commits.ts'
import { isUntold, unreadAt, type Untold } from './mirror-ages.ts'
import type { MirrorRecord } from './records.ts'

/** Where one group stands in one partition of a mirrored topic. */
export interface GroupPosition {
  readonly group: string
  /** The topic as the source has it. */
  readonly topic: string
  readonly partition: number
  /** Undefined when nothing was committed there. */
  readonly committed: Offset | undefined
  /** Undefined when they could not be read. */
  readonly log: ReadableLog | undefined
  /** The first record that the group has not read; undefined when it cannot be told. Of groups that are behind only. */
  readonly next: NextUnread | 'none' | undefined
  /** Why `log` or `next` could not be read, where the cluster answered that: the right that is missing. */
  readonly why: string | undefined
}

/** Up to where a group is to read: the high watermark, as Kafka's own tools count, or what a reader of what is committed is given. */
export type GroupEnd = Exclude<LogBound, 'logStart'>

export interface GroupPositions {
  /** The destination's commits, when the source does not answer: what was copied last. Their `log` is undefined. */
  readonly from: 'source' | 'destination'
  readonly positions: readonly GroupPosition[]
  /** Groups that could not be asked; `group` undefined of all groups: their names are not known, or what they have committed in a topic. */
  readonly unknown: readonly { readonly group: string | undefined; readonly why: string }[]
}

/** What is looked at. */
export interface GroupsOfLink {
  readonly source: Cluster
  readonly destination: Cluster
  readonly isSourceReachable: boolean
  readonly mirrors: readonly Pick<MirrorRecord, 'sourceTopic' | 'mirrorTopic' | 'partitions'>[]
  /** Globs; a group is looked at when each of these lists has one that matches. */
  readonly groups: readonly (readonly string[])[]
  /** Default: the high watermark. */
  readonly endIs?: GroupEnd
}

/**
 * Where the link's consumer groups stand in the mirrored topics: those partitions of topics of which the group has committed any.
 *
 * Commits are read first and the ends second. All groups of a coordinator, and all partitions of a leader, share a request.
 *
 * @returns what could not be asked comes back as unknown, with the right that is missing; nothing is left out without a word
 */
export async function groupPositions(
  link: GroupsOfLink,
  options: { readonly signal: AbortSignal },
): Promise<GroupPositions> {
  const from = link.isSourceReachable ? 'source' : 'destination'
  try {
    const { positions, unknown } = await positionsOn(link[from], from, link, options)
    return { from, positions, unknown }
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isOfCluster(error)) throw error
    return { from, positions: [], unknown: [{ group: undefined, why: error.message }] }
  }
}

async function positionsOn(
  cluster: Cluster,
  from: GroupPositions['from'],
  { mirrors, groups, endIs = 'highWatermark' }: GroupsOfLink,
  options: { readonly signal: AbortSignal },
): Promise<Omit<GroupPositions, 'from'>> {
  const { commits, ...told } = await groupCommits(cluster, groups, options)
  if (told.states.size === 0 || mirrors.length === 0) return { positions: [], unknown: [] }
  const unknown: GroupPositions['unknown'][number][] = [...told.unknown]
  unknown.push(...(await deniedTopics(cluster, mirrors, from, options)))
  const places = [...commits].flatMap(([group, committed]) =>
    mirrors.flatMap((mirror) => placesOf(group, committed, mirror, from)),
  )
  if (from === 'destination') return { positions: places.map((place) => positionAt(place)), unknown }
  const logs = await logsOf(cluster, places, { ...options, endIs })
  const behind = places.flatMap(({ topic, partition, committed }): Unread[] => {
    const log = logs.get(partitionKey({ topic, partition }))
    if (log === undefined || isUntold(log)) return []
    const { status } = groupLag(committed, log)
    if (committed === undefined || (status !== 'LAGGING' && status !== 'LOST')) return []
    return [{ topic, partition, offset: readFrom(committed, log.start) }]
  })
  const unread = await unreadAt(cluster, behind, { ...options, isCommittedOnly: endIs === 'lastStableOffset' })
  const positions = places.map((place): GroupPosition => {
    const { topic, partition, committed } = place
    const told = logs.get(partitionKey(place))
    if (told === undefined || isUntold(told)) return positionAt(place, undefined, undefined, told?.why)
    const next = committed === undefined ? undefined : atPosition(unread, { topic, partition, offset: readFrom(committed, told.start) }) // prettier-ignore
    return isUntold(next) ? positionAt(place, told, undefined, next.why) : positionAt(place, told, next)
  })
  return { positions, unknown }
}

type Place = Pick<GroupPosition, 'group' | 'topic' | 'partition' | 'committed'>

function positionAt(
  { group, topic, partition, committed }: Place,
  log?: ReadableLog,
  next?: GroupPosition['next'],
  why?: string,
): GroupPosition {
  return { group, topic, partition, committed, log, next, why }
}

/** Every partition of a topic of which the group has committed any: a topic that it never read is none of its own. */
function placesOf(
  group: string,
  commits: Committed,
  { sourceTopic: topic, mirrorTopic, partitions }: GroupsOfLink['mirrors'][number],
  from: GroupPositions['from'],
): readonly Place[] {
  const name = from === 'source' ? topic : mirrorTopic
  const places = Array.from({ length: partitions }, (_, partition): Place => {
    return { group, topic, partition, committed: commits.get(partitionKey({ topic: name, partition })) }
  })
  return places.some(({ committed }) => committed !== undefined) ? places : []
}

/** Topics that we may not see: their commits are left out of a group's, and not even that is said. */
async function deniedTopics(
  cluster: Cluster,
  mirrors: GroupsOfLink['mirrors'],
  from: GroupPositions['from'],
  options: { readonly signal: AbortSignal },
): Promise<readonly { readonly group: undefined; readonly why: string }[]> {
  const names = mirrors.map(({ sourceTopic, mirrorTopic }) => (from === 'source' ? sourceTopic : mirrorTopic))
  const { denied } = await cluster.metadata(names, { ...options, keepDenied: true })
  return [...denied].map(([topic, { message }]) => ({ group: undefined, why: `in topic "${topic}": ${message}` }))
}

/** The log of each partition, asked once; or why it could not be read. */
export async function logsOf(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  { endIs = 'highWatermark', ...options }: { readonly signal: AbortSignal; readonly endIs?: GroupEnd },
): Promise<ReadonlyMap<PartitionKey, ReadableLog | Untold>> {
  const ask = { ...options, keepDenied: true } as const
  const spans = endIs === 'highWatermark' ? await logSpans(cluster, partitions, ask) : await stableLogSpans(cluster, partitions, ask) // prettier-ignore
  const logs = new Map<PartitionKey, ReadableLog | Untold>()
  for (const [key, span] of spans) {
    if (span instanceof BrokerError) logs.set(key, { why: span.message })
    else logs.set(key, { start: span.start, end: span.stable ?? span.end, highWatermark: span.end })
  }
  return logs
}

/** What was deleted by retention cannot be read: a reader goes on at the log start. */
function readFrom(committed: Offset, logStart: Offset): Offset {
  return committed > logStart ? committed : logStart
}
