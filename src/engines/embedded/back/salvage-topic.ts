import { topicRight } from '../../../core/acl.ts'
import { GeorepError } from '../../../core/errors.ts'
import { isTopicName } from '../../../core/salvage-place.ts'
import { isAborted, type Time, until, withDeadline } from '../../../core/time.ts'
import type { Cluster, TopicMetadata } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { requireRights } from '../../../kafka/held-rights.ts'
import { logEnds } from '../../../kafka/offsets.ts'
import { newProducerId } from '../../../kafka/producers.ts'
import { readRange } from '../../../kafka/read.ts'
import type { ProducerIdentity } from '../../../kafka/records/batch.ts'
import { bodyOf, type KafkaRecord } from '../../../kafka/records/record.ts'
import { partitionsOf, type TopicPartition } from '../../../kafka/topic-partition.ts'
import { type ConfigEntry, createTopic, type NewTopic, topicConfigs } from '../../../kafka/topics.ts'
import type { Cancel } from '../../engine.ts'
import { ownOf } from '../../last-configs.ts'
import {
  type Digest,
  Digester,
  lineOf,
  type SalvageAbout,
  type SalvageSession,
  type TopicSalvage,
} from '../../salvage.ts'
import { creationConfigs, mirrorConfigsFrom } from '../mirrors/mirror-configs.ts'
import { SalvageAppender } from './salvage-appender.ts'
import { settledLogs, type SettledLog } from './salvaging.ts'
import { asItWas } from './saved-record.ts'

// A salvage in a topic, on the cluster that is written to: as many partitions as the topic that is saved, its records as they were, and nothing else.

const readyMs = 15_000
const againMs = 100
/** What records of one batch take up before they are compressed. */
const batchBytes = 512 * 1024
/** Nothing that was saved goes by itself. */
const kept = [['cleanup.policy', 'delete'], ['retention.ms', '-1'], ['retention.bytes', '-1']] as const // prettier-ignore

/** The records' part of a `SalvageStore`. */
export interface SalvageTopic {
  /** @throws GeorepError "refused" GR-SALVAGE-TAKEN; DeniedError */
  readonly look: (about: SalvageAbout, options: Cancel) => Promise<void>
  /** @throws as `look`; GeorepError "timedOut" GR-TOPIC-NOT-READY */
  readonly open: (
    about: SalvageAbout,
    options: Cancel & { readonly session: SalvageSession },
  ) => Promise<Pick<TopicSalvage, 'write' | 'read'>>
}

/**
 * Keeps the records of a topic in another one. It is made where it is not there. One that is there is gone on with where it has the settings that it would be
 * made with, and no record but the first of those that are to be saved, each partition; it is never deleted, and anything else is left alone.
 *
 * @param cluster the destination of the link, which has the `mirrorTopic`: replicas are as that has them
 * @param nameOf the topic for the records of the one that is saved
 */
export function salvageTopic(cluster: Cluster, nameOf: (topic: string) => string, { time }: { readonly time: Time }): SalvageTopic {
  const holds = new Map<string, string>()
  const look = async (about: SalvageAbout, options: Cancel): Promise<{ readonly name: string; readonly isThere: boolean }> => {
    const name = nameOf(about.topic)
    if (!isTopicName(name)) throw taken(name, cluster, 'is a name that no topic can have')
    const other = holds.get(name)
    if (other !== undefined && other !== about.topic) throw taken(name, cluster, `would hold "${other}" and "${about.topic}": say topic:{topic}.salvaged, or the like`) // prettier-ignore
    holds.set(name, about.topic)
    await requireRights(cluster, (['Read', 'Write', 'DescribeConfigs'] as const).map((right) => topicRight(right, name)), options) // prettier-ignore
    const there = (await cluster.metadata([name], { ...options, needs: 'Read' })).topics.get(name)
    if (there === undefined) await createTopic(cluster, await topicFor(cluster, name, about, options), { ...options, isValidateOnly: true }) // prettier-ignore
    else await requireOwn({ cluster, time }, there, about, options)
    return { name, isThere: there !== undefined }
  }
  return {
    look: async (about, options) => { await look(about, options) },
    open: async (about, { session, ...options }) => {
      const { name, isThere } = await look(about, options)
      if (!isThere) {
        const topic = await topicFor(cluster, name, about, options)
        const made = await session.guarded(async (effect) => await createTopic(cluster, topic, effect), options)
        if (made === 'exists') throw taken(name, cluster, 'was made by something else at this moment')
      }
      await untilReady(cluster, { name, partitions: about.partitions.length }, options)
      const producer = await newProducerId(cluster, options)
      const placeOf = (partition: number): TopicPartition => ({ topic: name, partition })
      return {
        write: async (partition, records) => await writeRest({ cluster, time }, placeOf(partition), records, { session, producer }, options), // prettier-ignore
        read: async (partition) => await digestThere({ cluster, time }, placeOf(partition), options),
      }
    },
  }
} // prettier-ignore

interface On {
  readonly cluster: Cluster
  readonly time: Time
}

/** Goes along what stands there, record by record, and appends the rest. */
async function writeRest(
  on: On,
  at: TopicPartition,
  records: AsyncIterable<KafkaRecord>,
  { session, producer }: { readonly session: SalvageSession; readonly producer: ProducerIdentity },
  options: Cancel,
): Promise<Digest> {
  const digester = new Digester()
  async function* digested(): Records {
    for await (const record of records) {
      digester.take(Buffer.from(lineOf(record)))
      yield record
    }
  }
  const rest = digested()
  try {
    const appender = new SalvageAppender({ ...on, at, next: await requireFirst(on, at, rest, options), producer })
    let batch = await nextBatch(rest)
    if (batch.length > 0) {
      await session.guarded(async (effect) => {
        for (; batch.length > 0; batch = await nextBatch(rest)) await appender.append(batch, effect)
      }, options)
    }
  } finally {
    await rest.return(undefined)
  }
  return digester.digest()
}

type Records = ReturnType<SalvageAbout['recordsOf']>

async function nextBatch(rest: Records): Promise<readonly KafkaRecord[]> {
  const batch: KafkaRecord[] = []
  for (let bytes = 0; bytes < batchBytes;) {
    const { value } = await rest.next()
    if (value === undefined) break
    batch.push(value)
    bytes += bodyOf(value).length
  }
  return batch
}

async function digestThere({ cluster, time }: On, at: TopicPartition, options: Cancel): Promise<Digest> {
  const digester = new Digester()
  const [{ start: from, end: to }] = (await settledLogs(cluster, [at], { time, onProgress }, options)) as [SettledLog]
  for await (const saved of readRange(cluster, at, { from, to }, options)) {
    const record = asItWas(saved)
    // One that does not say where it stood makes the digest another.
    digester.take(Buffer.from(record === undefined ? 'not saved\n' : lineOf(record)))
  }
  return digester.digest()
}

const onProgress = (): void => undefined

/**
 * All that stands in the partition is what is to be saved of it first: record by record, from the first one on, and nothing else.
 *
 * @returns where the log ends
 * @throws GeorepError "refused" GR-SALVAGE-TAKEN
 */
async function requireFirst(
  { cluster, time }: On,
  at: TopicPartition,
  wanted: Records,
  options: Cancel,
): Promise<bigint> {
  const [{ start, end }] = (await settledLogs(cluster, [at], { time, onProgress }, options)) as [SettledLog]
  const differs = (offset: bigint): GeorepError => taken(at.topic, cluster, `holds at offset ${offset.toString()} of partition ${at.partition} what is not saved there`) // prettier-ignore
  if (start !== 0n) throw differs(0n)
  let expected = 0n
  for await (const saved of readRange(cluster, at, { from: 0n, to: end }, options)) {
    if (saved.offset !== expected) throw differs(expected)
    const [there, { value }] = [asItWas(saved), await wanted.next()]
    if (there === undefined || value === undefined || lineOf(there) !== lineOf(value)) throw differs(expected)
    expected++
  }
  if (expected !== end) throw differs(expected)
  return end
}

/** @throws GeorepError "refused" GR-SALVAGE-TAKEN unless the topic is as it would be made, and holds what is to be saved, and no more */
async function requireOwn(on: On, { name, partitions }: TopicMetadata, about: SalvageAbout, options: Cancel): Promise<void> {
  const { cluster } = on
  if (partitions.length !== about.partitions.length) throw taken(name, cluster, `has ${partitions.length} partitions, and "${about.topic}" has ${about.partitions.length}`) // prettier-ignore
  const there = (await topicConfigs(cluster, [name], options)).get(name) ?? new Map<string, never>()
  for (const [setting, value] of (await topicFor(cluster, name, about, options)).configs) {
    const own = ownOf(there, setting)
    if (own !== value) throw taken(name, cluster, `has ${own === undefined ? `no ${setting} of its own` : `${setting}=${own}`}, and would be made with ${value}`) // prettier-ignore
  }
  for (const { partition } of about.partitions) {
    const records = about.recordsOf(partition)
    try {
      await requireFirst(on, { topic: name, partition }, records, options)
    } finally {
      await records.return(undefined)
    }
  }
} // prettier-ignore

/** As the mirror topic stands, and nothing that is saved may go, or be refused. */
async function topicFor(
  cluster: Cluster,
  name: string,
  { mirrorTopic, partitions }: SalvageAbout,
  options: Cancel,
): Promise<NewTopic> {
  const there = (await cluster.metadata([mirrorTopic], { ...options, needs: 'Read' })).topics.get(mirrorTopic)
  if (there === undefined) throw new GeorepError('refused', 'GR-TOPIC-MISSING', `there is no topic "${mirrorTopic}" on cluster "${cluster.name}"`) // prettier-ignore
  const settings = (await topicConfigs(cluster, [mirrorTopic], options)).get(mirrorTopic) ?? new Map<string, never>()
  const replicationFactor = there.partitions[0]?.replicas.length ?? 1
  const inSync = settings.get('min.insync.replicas')
  const own: ReadonlyMap<string, ConfigEntry> = new Map(inSync === undefined ? [] : [['min.insync.replicas', { ...inSync, isOwn: true }]]) // prettier-ignore
  const asMirror = creationConfigs(mirrorConfigsFrom(own, { replicationFactor, known: new Set(settings.keys()) }))
  return { name, partitions: partitions.length, replicationFactor, configs: new Map([...asMirror, ...kept]) }
}

/** Every partition has a leader that knows of it. */
async function untilReady(cluster: Cluster, { name, partitions }: Pick<NewTopic, 'name' | 'partitions'>, { signal }: Cancel): Promise<void> {
  const deadline = withDeadline(signal, readyMs)
  const isReady = async (): Promise<boolean> => {
    const there = (await cluster.metadata([name], { signal: deadline, needs: 'Read' })).topics.get(name)
    if (there?.partitions.length !== partitions || there.partitions.some(({ leader }) => leader < 0)) return false
    const ends = await logEnds(cluster, partitionsOf([there]), { signal: deadline, needs: 'Read' })
    return [...ends.values()].every((end) => !(end instanceof BrokerError))
  }
  try {
    await until(isReady, { everyMs: againMs, wait: cluster.wait, signal: deadline })
  } catch (error) {
    signal.throwIfAborted()
    if (!isAborted(deadline)) throw error
    throw new GeorepError('timedOut', 'GR-TOPIC-NOT-READY', `topic "${name}" on cluster "${cluster.name}" has no leaders yet`, { stateNow: 'nothing was deleted', next: 'the same command goes on' }) // prettier-ignore
  }
} // prettier-ignore

function taken(name: string, { name: cluster }: Cluster, why: string): GeorepError {
  return new GeorepError('refused', 'GR-SALVAGE-TAKEN', `topic "${name}" on cluster "${cluster}" ${why}`, {
    stateNow: 'nothing in it was changed, and nothing was deleted',
    next: 'name another topic, or a folder, with --salvage',
  })
}
