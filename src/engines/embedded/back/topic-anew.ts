import { GeorepError } from '../../../core/errors.ts'
import { isAborted, type Time, until, withDeadline } from '../../../core/time.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { agreedPartitionCount } from '../../../kafka/partition-counts.ts'
import { alterTopicConfigs, createTopic, type NewTopic, topicConfigs } from '../../../kafka/topics.ts'
import { TransportError } from '../../../kafka/wire/connection.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { Cancel } from '../../engine.ts'
import { changesIn } from '../../last-configs.ts'
import { emptyTopicId } from '../mirrors/create-mirror.ts'

const goneMs = 60_000
const knownMs = 15_000
const againMs = 100

/** Of a topic that takes the place of one that was deleted. */
export interface TopicAnew {
  readonly mirrorTopicId: string
  /** The broker said that this call made it. */
  readonly isTopicMade: boolean
}

/**
 * Makes a topic in the place of one that was deleted, once that is gone. One that is there already is taken where it is empty, and gets the settings: an
 * act that was killed has made it, as a rule.
 *
 * @param topic.oldTopicId of the one that was deleted; empty where none was
 * @returns when all brokers know it
 * @throws GeorepError "refused" GR-MIRROR-NOT-EMPTY; "timedOut" GR-TOPIC-NOT-GONE, GR-TOPIC-NOT-READY
 */
export async function topicAnew(
  destination: Cluster,
  session: LinkSession,
  { oldTopicId, ...topic }: NewTopic & { readonly oldTopicId: string },
  { time, ...options }: Cancel & { readonly time: Time },
): Promise<TopicAnew> {
  const { name } = topic
  await untilGone(destination, { name, oldTopicId }, time, options)
  const created = await session.guarded(async (effect) => await createTopic(destination, topic, effect), options)
  if (created === 'exists') await setAsWanted(destination, session, topic, options)
  const mirrorTopicId = await emptyIdOf(destination, { ...topic, oldTopicId }, options)
  return { mirrorTopicId, isTopicMade: created !== 'exists' && created.topicId === mirrorTopicId }
}

async function setAsWanted(
  destination: Cluster,
  session: LinkSession,
  { name, configs }: NewTopic,
  options: Cancel,
): Promise<void> {
  const now = (await topicConfigs(destination, [name], options)).get(name)
  const changes = now === undefined ? configs : changesIn(now, configs)
  if (changes.size === 0) return
  await session.guarded(async (effect) => { await alterTopicConfigs(destination, name, changes, effect) }, options) // prettier-ignore
}

/**
 * The id of the topic that is there now, which is empty and another than the old one, once all brokers say so.
 *
 * @throws GeorepError as `topicAnew`
 */
export async function emptyIdOf(
  destination: Cluster,
  { name, partitions, oldTopicId }: Pick<NewTopic, 'name' | 'partitions'> & { readonly oldTopicId: string },
  { signal }: Cancel,
): Promise<string> {
  const deadline = withDeadline(signal, knownMs)
  const next = 'the same command goes on; a topic that something else has made there is to be deleted first'
  let topicId = oldTopicId
  const isKnown = async (): Promise<boolean> => {
    topicId = await emptyTopicId({ destination }, { mirrorTopic: name, partitions }, { signal, next })
    const known = await agreed(destination, name, { signal: deadline })
    return topicId !== oldTopicId && known?.topicId === topicId
  }
  try {
    await until(isKnown, { everyMs: againMs, wait: destination.wait, signal: deadline })
  } catch (error) {
    signal.throwIfAborted()
    if (!isAborted(deadline)) throw error
    throw new GeorepError('timedOut', 'GR-TOPIC-NOT-READY', `topic "${name}" was made anew on cluster "${destination.name}", and not all brokers know of it yet`, { next: 'the same command goes on' }) // prettier-ignore
  }
  return topicId
}

/** The controller has deleted it when it says so; brokers hear of it, and free its name, soon. One that has not would tell of the old one still. */
async function untilGone(
  destination: Cluster,
  { name, oldTopicId }: { readonly name: string; readonly oldTopicId: string },
  time: Time,
  options: Cancel,
): Promise<void> {
  for (const startedMs = time.monotonic(); ;) {
    const there = await agreed(destination, name, options)
    if (there !== undefined && there.topicId !== oldTopicId) return
    if (time.monotonic() - startedMs > goneMs) {
      throw new GeorepError('timedOut', 'GR-TOPIC-NOT-GONE', `topic "${name}" is still there a minute after it was deleted`, { next: 'the same command goes on' }) // prettier-ignore
    }
    await time.wait(againMs, options.signal)
  }
}

/** Which topic all brokers say is there, or that there is none, which has no id; undefined while they differ, or one does not answer. */
async function agreed(destination: Cluster, name: string, options: Cancel): ReturnType<typeof agreedPartitionCount> {
  try {
    return await agreedPartitionCount(destination, name, options)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof TransportError) return undefined
    throw error
  }
}
