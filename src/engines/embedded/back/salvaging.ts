import { GeorepError } from '../../../core/errors.ts'
import type { Time } from '../../../core/time.ts'
import { allAcls } from '../../../kafka/acl-bindings.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../../kafka/offsets.ts'
import { readRange } from '../../../kafka/read.ts'
import { partitionKey, placeOfKey, type TopicPartition } from '../../../kafka/topic-partition.ts'
import { topicConfigs } from '../../../kafka/topics.ts'
import type { GroupsNow } from '../../../links/plan-moves.ts'
import type { AloneIn, Cancel, SalvageStore, SavedPartition } from '../../engine.ts'
import {
  type BesideRecords,
  digestOf,
  isSameDigest,
  linesOf,
  type SalvageAbout,
  type SalvageRange,
  type SalvageSession,
} from '../../salvage.ts'

/** Brokers end a transaction that its producer has left after a minute, unless they were told otherwise. */
const settleMs = 75_000
const againMs = 200

export interface SavesTopics {
  readonly time: Time
  readonly salvage: SalvageStore
  /** Of the link on whose destination a store may write. */
  readonly session: SalvageSession
  readonly onProgress: (text: string) => void
}

/** A range of a salvage, and the stretches of it that are saved; absent for all of it. */
export interface RangeToSave extends SalvageRange {
  readonly stretches?: readonly Stretch[]
}

type Stretch = AloneIn['stretches'][number]

export interface ToSave extends Pick<SalvageAbout, 'link' | 'topic' | 'topicId' | 'mirrorTopic'> {
  /** Of the cluster that has the topic. */
  readonly clusterId: string
  readonly partitions: readonly RangeToSave[]
}

/** What a store is told of a topic on this cluster. */
export function salvageAbout(
  cluster: Cluster,
  { clusterId, partitions, ...about }: ToSave,
  options: Cancel,
): SalvageAbout {
  const ranges = new Map(partitions.map((range) => [range.partition, range]))
  async function* recordsOf(partition: number): ReturnType<SalvageAbout['recordsOf']> {
    const range = ranges.get(partition)
    const stretches = range === undefined ? [] : (range.stretches ?? [range])
    for (const stretch of stretches) yield* readRange(cluster, { topic: about.topic, partition }, stretch, options) // prettier-ignore
  }
  return {
    ...about,
    cluster: { name: cluster.name, clusterId },
    partitions: partitions.map(({ partition, from, to }) => ({ partition, from, to })),
    recordsOf,
  }
}

/** As a store is asked whether it can have a place: no record that is not decided yet is waited for. */
export async function lookForPlace(
  salvage: SalvageStore | undefined,
  cluster: Cluster,
  about: ToSave,
  options: Cancel,
): Promise<void> {
  if (salvage === undefined) return
  const { topic } = about
  const places = about.partitions.map(({ partition }) => ({ topic, partition }))
  const stable = await logBounds(cluster, places, 'lastStableOffset', { ...options, needs: 'Read' })
  const partitions = about.partitions.map((range): RangeToSave => {
    const end = stable.get(partitionKey({ topic, partition: range.partition }))
    if (end instanceof BrokerError) throw end
    const decided = <T extends Stretch>(one: T): T => (end !== undefined && end < one.to ? { ...one, to: end } : one)
    return decided({ ...range, stretches: (range.stretches ?? [range]).map(decided) })
  })
  await salvage.look(salvageAbout(cluster, { ...about, partitions }, options), options)
}

/**
 * Saves what a topic has in these ranges and beside its records, reads it again, and compares it with a second look at the log.
 *
 * @returns what was saved and found equal, by partition
 * @throws GeorepError "failed" GR-SALVAGE-DIFFERS; what the store throws
 */
export async function saveCompared(
  about: SalvageAbout,
  beside: BesideRecords,
  by: SavesTopics,
  options: Cancel,
): Promise<readonly SavedPartition[]> {
  const { topic, partitions, recordsOf } = about
  const salvage = await by.salvage.open(about, { ...options, session: by.session })
  await salvage.keep(beside)
  const saved: SavedPartition[] = []
  for (const range of partitions) saved.push({ ...range, ...(await salvage.write(range.partition, recordsOf(range.partition))) }) // prettier-ignore
  by.onProgress(`comparing what was saved of "${topic}"`)
  for (const one of saved) {
    const [onCluster, again] = [await digestOf(linesOf(recordsOf(one.partition))), await salvage.read(one.partition)]
    if (isSameDigest(onCluster, one) && isSameDigest(again, one)) continue
    const what = isSameDigest(onCluster, one) ? 'what was saved is not what was written' : 'the cluster answers otherwise the second time' // prettier-ignore
    throw new GeorepError('failed', 'GR-SALVAGE-DIFFERS', `partition ${one.partition} of "${topic}": ${what}; nothing was deleted`) // prettier-ignore
  }
  await salvage.verified(saved)
  return saved
}

/** Where a log that is settled begins and ends: every replica has it, and no transaction is open. */
export interface SettledLog extends TopicPartition {
  readonly start: bigint
  readonly end: bigint
}

/**
 * The logs of a topic that is to be deleted, once all of them is decided.
 *
 * @throws GeorepError "timedOut" GR-TRANSACTION-OPEN
 */
export async function settledLogs(
  cluster: Cluster,
  places: readonly TopicPartition[],
  by: Pick<SavesTopics, 'time' | 'onProgress'>,
  options: Cancel,
): Promise<readonly SettledLog[]> {
  const needs = { ...options, needs: 'Read' } as const
  const { monotonic, wait } = by.time
  for (let startedMs: number | undefined; ;) {
    const ends = await logEnds(cluster, places, needs)
    const stable = await logBounds(cluster, places, 'lastStableOffset', needs)
    const starts = await logBounds(cluster, places, 'logStart', needs)
    const open: TopicPartition[] = []
    const logs = places.map((place): SettledLog => {
      const key = partitionKey(place)
      const [end, decided, start] = [ends.get(key), stable.get(key), starts.get(key)]
      for (const answer of [end, decided, start]) if (answer instanceof BrokerError) throw answer
      if (end === undefined || end instanceof BrokerError || end.offset !== decided) open.push(place)
      return { ...place, start: start as bigint, end: decided as bigint }
    })
    if (open.length === 0) return logs
    if (startedMs === undefined) by.onProgress(`waiting for open transactions of "${open[0]?.topic ?? ''}" to end`)
    startedMs ??= monotonic()
    if (monotonic() - startedMs > settleMs) throw stillOpen(open)
    await wait(againMs, options.signal)
  }
}

function stillOpen(places: readonly TopicPartition[]): GeorepError {
  const which = `${places.length === 1 ? 'partition' : 'partitions'} ${places.map(({ partition }) => partition).join(', ')}`
  return new GeorepError('timedOut', 'GR-TRANSACTION-OPEN', `${which} of "${places[0]?.topic ?? ''}" have transactions that are not decided, or replicas that lag behind`, {
    next: 'brokers end them when their time is up: the same command goes on then',
  })
} // prettier-ignore

/**
 * The log of a topic is where it was looked at, and saved, up to; to be asked directly before it is deleted.
 *
 * @throws GeorepError "failed" GR-WRITTEN-PAST-FENCE when the log has what was not
 */
export async function requireEnds(
  cluster: Cluster,
  topic: string,
  ends: readonly Pick<SalvageRange, 'partition' | 'to'>[],
  options: Cancel,
): Promise<void> {
  const places = ends.map(({ partition }) => ({ topic, partition }))
  const now = await logEnds(cluster, places, { ...options, needs: 'Read' })
  for (const { partition, to } of ends) {
    const end = now.get(partitionKey({ topic, partition }))
    if (end instanceof BrokerError) throw end
    if (end?.offset === to) continue
    const what = `partition ${partition} of "${topic}" was written to after it was looked at up to ${to.toString()}`
    throw new GeorepError('failed', 'GR-WRITTEN-PAST-FENCE', `${what}; nothing was deleted`, {
      next: 'stop its producers, and give the same command again',
    })
  }
}

/** What a topic has beside its records: settings of its own, ACLs on its name, and what groups have committed on it. */
export async function besideRecords(
  cluster: Cluster,
  topic: string,
  groups: GroupsNow,
  options: Cancel,
): Promise<BesideRecords> {
  const settings = (await topicConfigs(cluster, [topic], options)).get(topic) ?? new Map<string, never>()
  const own = [...settings].flatMap(([name, { isOwn, value }]) => isOwn && value !== undefined ? [[name, value] as const] : []) // prettier-ignore
  const offsets = [...groups.commits].flatMap(([group, commits]) => {
    if (commits instanceof BrokerError) throw new GeorepError('unknown', 'GR-COMMITS-UNKNOWN', `the commits of group "${group}" are not known: ${commits.message}`) // prettier-ignore
    return [...commits].flatMap(([key, commit]) => {
      const at = placeOfKey(key)
      return at.topic === topic ? [{ group, ...at, ...commit }] : []
    })
  })
  return { settings: new Map(own), acls: await aclsOf(cluster, topic, options), offsets }
}

async function aclsOf(cluster: Cluster, topic: string, options: Cancel): Promise<BesideRecords['acls']> {
  try {
    const { bindings } = await allAcls(cluster, options)
    return bindings.filter(({ resource }) => resource.type === 'topic' && resource.pattern === 'literal' && resource.name === topic)
  } catch (error) {
    if (error instanceof GeorepError && error.code === 'GR-ACL-NO-AUTHORIZER') return null
    throw error
  }
} // prettier-ignore
