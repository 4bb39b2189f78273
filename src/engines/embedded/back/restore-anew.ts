import type { Outcome } from '../../../core/outcome.ts'
import { deleteTopic } from '../../../kafka/topics.ts'
import { type MirrorRecord, stateKey } from '../../../links/records.ts'
import type { Cancel, ReverseAct, RestoreAct, SavedPartition } from '../../engine.ts'
import { unfencedOutcome, unfenceSource } from '../../source-fence.ts'
import { recordedConfigs } from '../mirrors/config-changes.ts'
import { creationConfigs } from '../mirrors/mirror-configs.ts'
import { partedAt } from './parted-at.ts'
import type { Restoral } from './restore-plan.ts'
import type { HeldPair } from './reverse.ts'
import { requireEnds } from './salvaging.ts'
import { emptyIdOf, topicAnew } from './topic-anew.ts'
import { ofBegun } from './topic-outcome.ts'

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
    await requireEnds(destination, record.sourceTopic, saved, effect)
    await deleteTopic(destination, topic, effect)
  }, options)
  return going
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
  const { destination } = onto
  const topic = {
    name,
    partitions,
    replicationFactor,
    configs: creationConfigs(configs),
    oldTopicId: restoring.topicId,
  }
  const at = by.time.now().toISOString()
  const made = await topicAnew(destination, back.session, topic, { ...options, time: by.time })
  by.onProgress('freeing the topic, which only the runner is to write to')
  const fenced = from.state.fence(from.link.name, name) === undefined ? [] : [name]
  const left = await unfenceSource(from, forth.session, fenced, by.sourceFence, options)
  const freed = unfencedOutcome(name, fenced, left)
  if (freed.kind === 'refused') return ofBegun(freed)
  const isAsMade = (await emptyIdOf(destination, topic, options)) === made.mirrorTopicId
  if (!isAsMade) return { kind: 'failed', why: `topic "${name}" was deleted and made anew meanwhile` }
  const { restoring: _, ...rest } = pending
  await written(
    held,
    {
      ...rest,
      ...recordedConfigs(configs),
      ...made,
      state: { state: 'ACTIVE' },
      reversed: { ends: Array.from({ length: partitions }, () => 0n), epoch: restoring.epoch, at },
      ...(by.history === 'delta' ? { historyFrom: [...partedAt(record)] } : {}),
    },
    options,
  )
  return { kind: 'applied' }
}

/** The record as it is written, for whoever goes on with it. */
async function written({ back: { session } }: HeldPair, record: MirrorRecord, options: Cancel): Promise<MirrorRecord> {
  await session.write(new Map([[stateKey.mirror(record.link, record.mirrorTopic), record]]), options)
  return record
}
