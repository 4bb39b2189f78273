import { GeorepError } from '../../core/errors.ts'
import { allAcls } from '../../kafka/acl-bindings.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../kafka/offsets.ts'
import { partitionKey, placeOfKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import { readRange } from '../../kafka/read.ts'
import { topicConfigs } from '../../kafka/topics.ts'
import { groupsNow } from '../../links/plan-moves.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel, LinkPair, RestoreAct, SalvageStore, SavedPartition } from '../engine.ts'
import { type BesideRecords, digestOf, isSameDigest, linesOf, type SalvageRange } from '../salvage.ts'
import { partedAt } from './parted-at.ts'
import { readerBlockers } from './restore-plan.ts'

/** Brokers end a transaction that its producer has left after a minute, unless they were told otherwise. */
const settleMs = 75_000
const againMs = 200

/** Saves what the old source alone has, reads it again, and compares it with a second look at the log. Producers are kept off it by now. */
export async function saveNeverArrived(
  pair: LinkPair,
  record: MirrorRecord,
  by: RestoreAct & { readonly salvage: SalvageStore },
  options: Cancel,
): Promise<readonly SavedPartition[]> {
  const { from, onto } = pair
  const { destination } = onto
  const topic = record.sourceTopic
  const ranges = await settledRanges(pair, record, by, options)
  by.onProgress(`saving what never arrived of "${topic}"`)
  const about = { link: from.link.name, cluster: { name: destination.name, clusterId: onto.link.destination.clusterId }, topic, topicId: record.sourceTopicId, partitions: ranges } // prettier-ignore
  const salvage = await by.salvage.open(about, options)
  await salvage.keep(await besideRecords(pair, topic, options))
  const linesNow = (range: SalvageRange): AsyncIterable<string> => linesOf(readRange(destination, { topic, partition: range.partition }, range, options)) // prettier-ignore
  const saved: SavedPartition[] = []
  for (const range of ranges) saved.push({ ...range, ...(await salvage.write(range.partition, linesNow(range))) })
  by.onProgress(`comparing what was saved of "${topic}"`)
  for (const one of saved) {
    const [onCluster, onDisk] = [await digestOf(linesNow(one)), await salvage.read(one.partition)]
    if (isSameDigest(onCluster, one) && isSameDigest(onDisk, one)) continue
    const what = isSameDigest(onCluster, one) ? 'what was saved is not what was written' : 'the cluster answers otherwise the second time'
    throw new GeorepError('failed', 'GR-SALVAGE-DIFFERS', `partition ${one.partition} of "${topic}": ${what}; nothing was deleted`)
  }
  await salvage.verified(saved)
  return saved
} // prettier-ignore

/**
 * What the old source alone has, once all of it is decided: every replica has it, and no transaction is open.
 *
 * @throws GeorepError "timedOut" GR-TRANSACTION-OPEN
 */
async function settledRanges(
  { onto: { destination } }: LinkPair,
  record: MirrorRecord,
  by: RestoreAct,
  options: Cancel,
): Promise<readonly SalvageRange[]> {
  const places = placesOf(record)
  const stopped = partedAt(record)
  const needs = { ...options, needs: 'Read' } as const
  const { monotonic, wait } = by.time
  for (let startedMs: number | undefined; ;) {
    const ends = await logEnds(destination, places, needs)
    const stable = await logBounds(destination, places, 'lastStableOffset', needs)
    const starts = await logBounds(destination, places, 'logStart', needs)
    const open: number[] = []
    const ranges = places.map((place): SalvageRange => {
      const key = partitionKey(place)
      const [end, decided, start] = [ends.get(key), stable.get(key), starts.get(key)]
      for (const answer of [end, decided, start]) if (answer instanceof BrokerError) throw answer
      if (end === undefined || end instanceof BrokerError || end.offset !== decided) open.push(place.partition)
      const partedAt = stopped[place.partition] ?? 0n
      const from = typeof start === 'bigint' && start > partedAt ? start : partedAt
      return { partition: place.partition, from, to: typeof decided === 'bigint' ? decided : from }
    })
    if (open.length === 0) return ranges
    if (startedMs === undefined) by.onProgress(`waiting for open transactions of "${record.sourceTopic}" to end`)
    startedMs ??= monotonic()
    if (monotonic() - startedMs > settleMs) throw stillOpen(record, open)
    await wait(againMs, options.signal)
  }
}

function stillOpen({ sourceTopic }: MirrorRecord, partitions: readonly number[]): GeorepError {
  const which = `${partitions.length === 1 ? 'partition' : 'partitions'} ${partitions.join(', ')}`
  return new GeorepError('timedOut', 'GR-TRANSACTION-OPEN', `${which} of "${sourceTopic}" have transactions that are not decided, or replicas that lag behind`, {
    next: 'brokers end them when their time is up: the same command goes on then',
  })
} // prettier-ignore

export function placesOf(record: MirrorRecord): readonly TopicPartition[] {
  return partedAt(record).map((_, partition) => ({ topic: record.sourceTopic, partition }))
}

async function besideRecords({ onto: { destination } }: LinkPair, topic: string, options: Cancel): Promise<BesideRecords> {
  const settings = (await topicConfigs(destination, [topic], options)).get(topic) ?? new Map<string, never>()
  const own = [...settings].flatMap(([name, { isOwn, value }]) => (isOwn && value !== undefined ? [[name, value] as const] : []))
  const groups = await groupsNow(destination, () => true, options)
  const readers = readerBlockers(groups, topic, destination.name)
  if (readers.length > 0) throw new GeorepError('refused', 'GR-RESTORE-BLOCKED', readers.join('; '))
  const offsets = [...groups.commits].flatMap(([group, commits]) => {
    if (commits instanceof BrokerError) throw new GeorepError('unknown', 'GR-COMMITS-UNKNOWN', `the commits of group "${group}" are not known: ${commits.message}`)
    return [...commits].flatMap(([key, commit]) => {
      const at = placeOfKey(key)
      return at.topic === topic ? [{ group, ...at, ...commit }] : []
    })
  })
  return { settings: new Map(own), acls: await aclsOf(destination, topic, options), offsets }
} // prettier-ignore

async function aclsOf(cluster: LinkPair['onto']['destination'], topic: string, options: Cancel): Promise<BesideRecords['acls']> {
  try {
    const { bindings } = await allAcls(cluster, options)
    return bindings.filter(({ resource }) => resource.type === 'topic' && resource.pattern === 'literal' && resource.name === topic)
  } catch (error) {
    if (error instanceof GeorepError && error.code === 'GR-ACL-NO-AUTHORIZER') return null
    throw error
  }
} // prettier-ignore
