import { GeorepError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logEnds } from '../../kafka/offsets.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { alterTopicConfigs, createTopic, deleteTopic } from '../../kafka/topics.ts'
import { type MirrorRecord, stateKey } from '../../links/records.ts'
import type { Cancel, LinkPair, ReverseAct, RestoreAct, SavedPartition } from '../engine.ts'
import { unfencedOutcome, unfenceSource } from '../source-fence.ts'
import { recordedConfigs } from './config-changes.ts'
import { emptyTopicId } from './create-mirror.ts'
import { creationConfigs } from './mirror-configs.ts'
import { partedAt } from './parted-at.ts'
import { placesOf } from './restore-salvage.ts'
import type { Restoral } from './restore-plan.ts'
import type { HeldPair } from './reverse.ts'

const goneMs = 60_000
const againMs = 100

/** Deletes the old source, of which all that nothing else has was saved: by its id, and as long as it is what was saved. */
export async function deleteSaved(
  held: HeldPair,
  pending: MirrorRecord,
  { record, saved }: { readonly record: MirrorRecord; readonly saved: readonly SavedPartition[] },
  by: RestoreAct,
  options: Cancel,
): Promise<MirrorRecord> {
  const { restoring } = pending
  if (restoring === undefined) throw new TypeError(`mirror "${pending.mirrorTopic}" does not take the place of a topic`)
  const isSaved = { ...restoring, isSaved: true }
  const going = await written(held, { ...pending, state: { state: 'PENDING', phase: 'replacing the old source' }, restoring: isSaved }, options) // prettier-ignore
  by.onProgress(`deleting "${record.sourceTopic}", of which all that never arrived was saved`)
  const { destination } = held.pair.onto
  const topic = { name: record.sourceTopic, topicId: record.sourceTopicId }
  await held.back.session.guarded(async (effect) => {
    await requireAsSaved(held.pair, record, saved, effect)
    await deleteTopic(destination, topic, effect)
  }, options)
  return going
}

/** @throws GeorepError "failed" GR-WRITTEN-PAST-FENCE when the log has what was not saved */
async function requireAsSaved(
  { onto: { destination } }: LinkPair,
  record: MirrorRecord,
  saved: readonly SavedPartition[],
  options: Cancel,
): Promise<void> {
  const ends = await logEnds(destination, placesOf(record), { ...options, needs: 'Read' })
  for (const { partition, to } of saved) {
    const end = ends.get(partitionKey({ topic: record.sourceTopic, partition }))
    if (end instanceof BrokerError) throw end
    if (end?.offset === to) continue
    const what = `partition ${partition} of "${record.sourceTopic}" was written to after it was saved up to ${to.toString()}`
    throw new GeorepError('failed', 'GR-WRITTEN-PAST-FENCE', `${what}; nothing was deleted`, {
      next: 'stop its producers, and give the same command again',
    })
  }
}

/** Makes the topic anew, frees it of what kept producers off the one before, and has it mirrored. */
export async function makeAnew(
  held: HeldPair,
  pending: MirrorRecord,
  { topic: { record }, configs, replicationFactor }: Restoral,
  by: ReverseAct & Pick<RestoreAct, 'history'>,
  options: Cancel,
): Promise<Outcome> {
  const { back, forth } = held
  const { from, onto } = held.pair
  const { mirrorTopic: name, partitions, restoring } = pending
  if (restoring === undefined) throw new TypeError(`mirror "${name}" does not take the place of a topic`)
  by.onProgress(`making "${name}" anew`)
  await untilGone(held.pair, pending, by, options)
  const settings = creationConfigs(configs)
  const { destination } = onto
  const topic = { name, partitions, replicationFactor, configs: settings }
  const created = await back.session.guarded(async (effect) => await createTopic(destination, topic, effect), options)
  if (created === 'exists') {
    await back.session.guarded(async (effect) => { await alterTopicConfigs(destination, name, settings, effect) }, options) // prettier-ignore
  }
  const next = 'the same command goes on; a topic that something else has made there is to be deleted first'
  const mirrorTopicId = await newTopicId(held.pair, pending, { ...options, next })
  by.onProgress('freeing the topic, which only the runner is to write to')
  const fenced = from.state.fence(from.link.name, name) === undefined ? [] : [name]
  const left = await unfenceSource(from, forth.session, fenced, by.sourceFence, options)
  const freed = unfencedOutcome(name, fenced, left)
  if (freed.kind === 'refused') return freed
  const isAsMade = (await newTopicId(held.pair, pending, { ...options, next })) === mirrorTopicId
  if (!isAsMade) return { kind: 'failed', why: `topic "${name}" was deleted and made anew meanwhile` }
  const { restoring: _, ...rest } = pending
  await written(
    held,
    {
      ...rest,
      ...recordedConfigs(configs),
      mirrorTopicId,
      isTopicMade: created !== 'exists' && created.topicId === mirrorTopicId,
      state: { state: 'ACTIVE' },
      reversed: { ends: Array.from({ length: partitions }, () => 0n), epoch: restoring.epoch },
      ...(by.history === 'delta' ? { historyFrom: [...partedAt(record)] } : {}),
    },
    options,
  )
  return { kind: 'applied' }
}

/** As `emptyTopicId`, of a broker that has heard that the topic is another one now. */
async function newTopicId(
  { onto }: LinkPair,
  pending: MirrorRecord,
  options: Cancel & { readonly next: string },
): Promise<string> {
  for (;;) {
    const topicId = await emptyTopicId(onto, pending, options)
    if (topicId !== pending.restoring?.topicId) return topicId
    await onto.destination.wait(againMs, options.signal)
  }
}

/** The controller has deleted it when it says so; brokers hear of it, and free its name, soon. */
async function untilGone(
  { onto: { destination } }: LinkPair,
  { mirrorTopic: name, restoring }: MirrorRecord,
  { time }: RestoreAct | ReverseAct,
  options: Cancel,
): Promise<void> {
  for (const startedMs = time.monotonic(); ;) {
    const there = (await destination.metadata([name], options)).topics.get(name)
    if (there === undefined || there.topicId !== restoring?.topicId) return
    if (time.monotonic() - startedMs > goneMs) {
      throw new GeorepError('timedOut', 'GR-TOPIC-NOT-GONE', `topic "${name}" is still there a minute after it was deleted`, { next: 'the same command goes on' }) // prettier-ignore
    }
    await time.wait(againMs, options.signal)
  }
}

/** The record as it is written, for whoever goes on with it. */
async function written({ back: { session } }: HeldPair, record: MirrorRecord, options: Cancel): Promise<MirrorRecord> {
  await session.write(new Map([[stateKey.mirror(record.link, record.mirrorTopic), record]]), options)
  return record
}
