import { GeorepError } from '../core/errors.ts'
import { logBounds } from '../kafka/offsets.ts'
import { partitionsOf } from '../kafka/topic-partition.ts'
import { createTopic } from '../kafka/topics.ts'
import { canaryNames } from './canary-names.ts'
import type { DrillSettings, DrillSite } from './site.ts'

const createTimeoutMs = 30_000

interface Cancel {
  readonly signal: AbortSignal
}

/** Makes the canary's topic on the source, replicated as far as the cluster goes, and its mirror on the link. */
export async function openCanaryTopic(site: DrillSite, settings: DrillSettings, options: Cancel): Promise<void> {
  const { topic } = canaryNames(settings.runId)
  const { source } = site.target
  const { brokers } = await source.metadata([], options)
  const replicationFactor = Math.min(3, brokers.length)
  const configs = new Map([
    ['min.insync.replicas', replicationFactor === 3 ? '2' : '1'],
    ['retention.ms', '86400000'],
  ])
  const created = await createTopic(
    source,
    { name: topic, partitions: settings.partitions, replicationFactor, configs },
    // Not the signal of the run: a topic whose making was broken off could not be told from somebody else's, and would stay.
    { signal: AbortSignal.timeout(createTimeoutMs) },
  )
  if (created === 'exists') {
    throw new GeorepError('refused', 'GR-CANARY-EXISTS', `topic "${topic}" exists on cluster "${source.name}"`, {
      next: 'run the drill again: it takes another name',
    })
  }
  site.onCanaryTopic(created.topicId)
  await untilLed(site, topic, settings.partitions, options)
  const plan = await site.engine.planMirror(site.target, topic, options)
  await site.engine.createMirror(site.target, plan, site.act, options)
}

async function untilLed(site: DrillSite, topic: string, partitions: number, options: Cancel): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = (await site.target.source.metadata([topic], options)).topics.get(topic)
    if (found?.partitions.length === partitions && found.partitions.every(({ leader }) => leader >= 0)) {
      // The metadata names a leader before the broker leads; an answer for the log is the proof.
      await logBounds(site.target.source, partitionsOf([found]), 'highWatermark', options)
      return
    }
    await site.time.wait(50, options.signal)
  }
  throw new GeorepError('timedOut', 'GR-CANARY-NOT-READY', `topic "${topic}" has no leaders yet`)
}
