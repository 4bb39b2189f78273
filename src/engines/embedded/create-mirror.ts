import { GeorepError } from '../../core/errors.ts'
import type { Cluster, TopicMetadata } from '../../kafka/cluster.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logBounds, logEnds } from '../../kafka/offsets.ts'
import { producerStates } from '../../kafka/producers.ts'
import { partitionKey, type PartitionKey, partitionsOf, type TopicPartition } from '../../kafka/topic-partition.ts'
import { alterTopicConfigs, type ConfigEntry, createTopic, topicConfigs } from '../../kafka/topics.ts'
import { type MirrorRecord, stateKey } from '../../links/records.ts'
import { LinkSession } from '../../links/session.ts'
import { stateTopic } from '../../links/state.ts'
import type { Act, Cancel, LinkTarget, MirrorPlan } from '../engine.ts'
import { closingConfigs, creationConfigs, mirrorConfigsFrom } from './mirror-configs.ts'

/** See `ReplicationEngine.planMirror`. */
export async function planMirror(target: LinkTarget, topic: string, options: Cancel): Promise<MirrorPlan> {
  const { source, destination, state, link } = target
  const there = (await source.metadata([topic], options)).topics.get(topic)
  if (there === undefined) {
    throw new GeorepError(
      'refused',
      'GR-TOPIC-MISSING',
      `topic "${topic}" does not exist on cluster "${source.name}"`,
      {
        stateNow: 'nothing was changed',
        next: 'check the name; names of topics are case sensitive',
      },
    )
  }
  const configs = (await topicConfigs(source, [topic], options)).get(topic) ?? new Map<string, ConfigEntry>()
  const { brokers } = await destination.metadata([], options)
  const replicationFactor = Math.min(there.partitions[0]?.replicas.length ?? 1, brokers.length)
  const known = new Set((await topicConfigs(destination, [stateTopic], options)).get(stateTopic)?.keys())
  const ends = await spans(source, there, options)
  const existing = state.mirror(link.name, topic)
  return {
    sourceTopic: topic,
    mirrorTopic: topic,
    sourceTopicId: there.topicId,
    partitions: there.partitions.length,
    replicationFactor,
    recordsToCopy: ends.records,
    configs: mirrorConfigsFrom(configs, { replicationFactor, known }),
    existing,
    blockers: [
      ...(await sourceBlockers(source, there, configs, ends.starts, options)),
      ...(await destinationBlockers(target, there, existing, options)),
    ],
  }
}

async function spans(
  source: Cluster,
  topic: TopicMetadata,
  options: Cancel,
): Promise<{ readonly records: bigint; readonly starts: readonly bigint[] }> {
  const partitions = partitionsOf([topic])
  const starts = offsetsFrom(await logBounds(source, partitions, 'logStart', options), partitions)
  const ends = offsetsFrom(await logBounds(source, partitions, 'highWatermark', options), partitions)
  const records = ends.reduce((sum, end, index) => sum + end - (starts[index] ?? 0n), 0n)
  return { records, starts }
}

/** In the order of the partitions; that of the answers is the broker's. */
function offsetsFrom(
  bounds: ReadonlyMap<PartitionKey, bigint | BrokerError>,
  partitions: readonly TopicPartition[],
): readonly bigint[] {
  return partitions.map((one) => {
    const bound = bounds.get(partitionKey(one))
    if (typeof bound === 'bigint') return bound
    throw new GeorepError('failed', 'GR-BROKER-REFUSED', bound?.message ?? `no answer for ${partitionKey(one)}`)
  })
}

/** Sources that this engine would not mirror record for record at the same offsets. */
async function sourceBlockers(
  source: Cluster,
  topic: TopicMetadata,
  configs: ReadonlyMap<string, ConfigEntry>,
  starts: readonly bigint[],
  options: Cancel,
): Promise<readonly string[]> {
  const blockers: string[] = []
  const { name } = topic
  if (topic.isInternal) blockers.push(`"${name}" is an internal topic`)
  const policy = configs.get('cleanup.policy')?.value ?? 'delete'
  if (policy.split(',').some((one) => one.trim() === 'compact')) {
    blockers.push(`"${name}" is compacted (cleanup.policy=${policy}); compacted topics cannot be mirrored yet`)
  }
  if (configs.get('message.timestamp.type')?.value === 'LogAppendTime') {
    blockers.push(`"${name}" takes append times (message.timestamp.type=LogAppendTime), which a mirror would change`)
  }
  const late = starts.findIndex((start) => start > 0n)
  if (late >= 0) {
    blockers.push(
      `the log of "${name}" does not begin at offset 0 (partition ${late} begins at ${String(starts[late])}); such topics cannot be mirrored yet`,
    )
  }
  for (const [key, states] of await producerStates(source, partitionsOf([topic]), options)) {
    if (states instanceof BrokerError) throw new GeorepError('failed', 'GR-BROKER-REFUSED', states.message)
    const writer = states.find(
      ({ coordinatorEpoch, hasOpenTransaction }) => coordinatorEpoch >= 0 || hasOpenTransaction,
    )
    if (writer === undefined) continue
    blockers.push(
      `"${name}" is written in transactions (producer ${writer.producerId.toString()} on partition ${key}); they cannot be mirrored yet`,
    )
    break
  }
  return blockers
}

async function destinationBlockers(
  { destination, link }: LinkTarget,
  source: TopicMetadata,
  existing: MirrorRecord | undefined,
  options: Cancel,
): Promise<readonly string[]> {
  if (existing !== undefined && existing.state.state !== 'PENDING') return []
  const there = (await destination.metadata([source.name], options)).topics.get(source.name)
  if (there === undefined) return []
  const ends = await logEnds(destination, partitionsOf([there]), options)
  const isEmpty = [...ends.values()].every((end) => !(end instanceof BrokerError) && end.offset === 0n)
  if (!isEmpty) return [`topic "${source.name}" exists on "${link.destination.name}" and is not empty`]
  if (there.partitions.length !== source.partitions.length) {
    return [
      `topic "${source.name}" exists on "${link.destination.name}" with ${there.partitions.length} partitions, the source has ${source.partitions.length}`,
    ]
  }
  return []
}

/** See `ReplicationEngine.createMirror`. A mirror that is there already is returned as it is; one that was left half made is finished. */
export async function createMirror(
  target: LinkTarget,
  plan: MirrorPlan,
  by: Act,
  options: Cancel,
): Promise<MirrorRecord> {
  const { destination, link, state } = target
  if (plan.blockers.length > 0) {
    throw new GeorepError(
      'refused',
      'GR-MIRROR-BLOCKED',
      `topic "${plan.sourceTopic}" cannot be mirrored: ${plan.blockers.join('; ')}`,
      {
        stateNow: 'nothing was changed',
      },
    )
  }
  if (plan.existing !== undefined && plan.existing.state.state !== 'PENDING') return plan.existing
  const claim = { link: link.name, kind: 'act', act: by.name, actor: by.actor, time: by.time } as const
  await using session = await LinkSession.claim(state, claim, options)
  session.keepRenewed()
  const signal = AbortSignal.any([options.signal, session.signal])
  const there = state.mirror(link.name, plan.mirrorTopic)
  if (there !== undefined && there.state.state !== 'PENDING') return there

  const record: MirrorRecord = {
    v: 1,
    kind: 'mirror',
    link: link.name,
    sourceTopic: plan.sourceTopic,
    sourceTopicId: plan.sourceTopicId,
    mirrorTopic: plan.mirrorTopic,
    mirrorTopicId: '',
    partitions: plan.partitions,
    state: { state: 'PENDING', phase: 'creating the mirror topic' },
    deferredConfigs: closingConfigs(plan.configs),
    createdAt: by.time.now().toISOString(),
  }
  const key = stateKey.mirror(link.name, plan.mirrorTopic)
  await session.write(new Map([[key, record]]), { signal })
  const configs = creationConfigs(plan.configs)
  const { mirrorTopic: name, partitions, replicationFactor } = plan
  const created = await createTopic(destination, { name, partitions, replicationFactor, configs }, { signal })
  if (created === 'exists') await alterTopicConfigs(destination, name, configs, { signal })
  const mirrorTopicId = await emptyTopicId(target, plan, { signal })
  const active: MirrorRecord = { ...record, mirrorTopicId, state: { state: 'ACTIVE' } }
  await session.write(new Map([[key, active]]), { signal })
  return active
}

/** Looks at the topic that is to be the mirror once more: it must be empty, and every partition must have a leader. */
async function emptyTopicId({ destination }: LinkTarget, plan: MirrorPlan, options: Cancel): Promise<string> {
  const { mirrorTopic: name } = plan
  for (let attempt = 0; attempt < 100; attempt++) {
    const topic = (await destination.metadata([name], options)).topics.get(name)
    if (topic?.partitions.length === plan.partitions && topic.partitions.every(({ leader }) => leader >= 0)) {
      const ends = await logEnds(destination, partitionsOf([topic]), options)
      for (const end of ends.values()) {
        if (end instanceof BrokerError) throw new GeorepError('failed', 'GR-BROKER-REFUSED', end.message)
        if (end.offset === 0n) continue
        throw new GeorepError(
          'refused',
          'GR-MIRROR-NOT-EMPTY',
          `topic "${name}" on cluster "${destination.name}" is not empty`,
          {
            stateNow: 'the mirror is PENDING; something else writes to its topic',
          },
        )
      }
      return topic.topicId
    }
    await destination.wait(100, options.signal)
  }
  throw new GeorepError(
    'timedOut',
    'GR-TOPIC-NOT-READY',
    `topic "${name}" on cluster "${destination.name}" has no leaders yet`,
    {
      stateNow: 'the mirror is PENDING',
      next: `georep mirror create ${name}`,
    },
  )
}
