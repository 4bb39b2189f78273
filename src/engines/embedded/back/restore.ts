import { GeorepError } from '../../../core/errors.ts'
import { actingLongOn } from '../../../links/acting.ts'
import { withWhatWasDone } from '../../../links/held.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { Cancel, LinkPair, RestoreAct, RestorePlan, RestoreResult, SavedPartition } from '../../engine.ts'
import { fenceSource } from '../../source-fence.ts'
import { recordedConfigs } from '../mirrors/config-changes.ts'
import { deleteSaved, makeAnew } from './restore-anew.ts'
import { lookAtRestorals, type Restoral } from './restore-plan.ts'
import { saveNeverArrived } from './restore-salvage.ts'
import { actOn, type HeldPair, inPlaceOf, nextEpoch, recordsNow, sendBack } from './reverse.ts'
import { outcomeOf } from './topic-outcome.ts'

/**
 * See `ReplicationEngine.restore`. Both links are held. The order in which a topic is replaced is what makes it safe to end anywhere:
 * 1. the mirror is written down as PENDING, which no runner carries, with the id of the topic that is to be replaced;
 * 2. producers are kept off it, and open transactions waited for;
 * 3. what it alone has is saved, read again, and compared with a second look at the log;
 * 4. that is written down, and the topic deleted by its id, unless its log has grown meanwhile. A topic that is there still when another process goes on
 *    is saved and compared again: no process deletes what it has not compared itself;
 * 5. it is made anew, freed of what kept producers off, and the mirror is ACTIVE.
 */
export async function restore(
  pair: LinkPair,
  plan: RestorePlan,
  by: RestoreAct,
  options: Cancel,
): Promise<ReadonlyMap<string, RestoreResult>> {
  const { from, onto } = pair
  await using back = await actingLongOn(onto.state, onto.link.name, actOn(by, onto), options)
  await using forth = await actingLongOn(from.state, from.link.name, actOn(by, from), { signal: back.signal })
  const { signal } = forth
  const held: HeldPair = { pair, back, forth }
  const seen = await lookAtRestorals(pair, recordsNow(from, plan), { signal, fence: by.sourceFence?.how, history: by.history, salvage: by.salvage })
  requireAsPlanned(plan, seen)
  const results = new Map<string, RestoreResult>()
  const goOn = seen.filter(({ topic }) => topic.how === 'goOn')
  for (const [topic, outcome] of await sendBack(held, goOn, { ...by, sourceFence: freeing(by) }, { signal })) {
    results.set(topic, { outcome, saved: [] })
  }
  for (const one of seen) {
    if (one.topic.how === 'goOn') continue
    try {
      results.set(one.topic.record.mirrorTopic, await replace(held, one, by, { signal }))
    } catch (error) {
      throw withWhatWasDone(error, `mirrors of link "${onto.link.name}" may be PENDING: the same command goes on with them`)
    }
  }
  return results
} // prettier-ignore

/** How what a command has fenced is freed; ACLs are known. */
function freeing({ sourceFence }: RestoreAct) {
  return sourceFence?.how === 'acl' ? undefined : sourceFence
}

/** @throws GeorepError "conflict" GR-PLAN-STALE when topics would be replaced of which the plan did not say so */
function requireAsPlanned(plan: RestorePlan, seen: readonly Restoral[]): void {
  for (const { topic } of seen) {
    const planned = plan.topics.find(({ record }) => record.mirrorTopic === topic.record.mirrorTopic)
    if (planned?.how === topic.how) continue
    throw new GeorepError('conflict', 'GR-PLAN-STALE', `topic "${topic.record.sourceTopic}" is not as it was planned: its log has changed`, {
      stateNow: 'nothing was changed',
      next: 'the same command again',
    }) // prettier-ignore
  }
}

async function replace(held: HeldPair, one: Restoral, by: RestoreAct, options: Cancel): Promise<RestoreResult> {
  const { record, blockers, how } = one.topic
  const { salvage } = by
  let saved: readonly SavedPartition[] = []
  if (blockers.length > 0) return { outcome: { kind: 'refused', why: blockers.join('; ') }, saved }
  if (how === 'replace' && (salvage === undefined || by.sourceFence === undefined)) {
    return { outcome: { kind: 'refused', why: 'the logs have parted: say where what never arrived is to be saved, and what keeps producers off' }, saved } // prettier-ignore
  }
  try {
    let pending = await begin(held, one, by, options)
    if (salvage !== undefined && by.sourceFence !== undefined && how === 'replace') {
      by.onProgress(`keeping producers off "${record.sourceTopic}"`)
      await fenceSource(held.pair.from, held.forth.session, [record.sourceTopic], { ...by, sourceFence: by.sourceFence }, options) // prettier-ignore
      saved = await saveNeverArrived(held, record, { ...by, salvage }, options)
      pending = await deleteSaved(held, pending, { record, saved }, by, options)
    }
    return { outcome: await makeAnew(held, pending, one, { ...by, sourceFence: freeing(by) }, options), saved }
  } catch (error) {
    const outcome = outcomeOf(error)
    if (outcome === undefined) throw error
    return { outcome, saved }
  }
} // prettier-ignore

/** Writes down that the topic is to be replaced; one that was written down before is gone on with. */
async function begin(
  { pair: { onto }, back: { session } }: HeldPair,
  { topic, configs, replicationFactor }: Restoral,
  by: RestoreAct,
  options: Cancel,
): Promise<MirrorRecord> {
  const { record, existing, partitions } = topic
  const { link, state, destination } = onto
  const { restoring } = existing ?? {}
  if (existing !== undefined && restoring?.topicId === record.sourceTopicId) return existing
  const epoch = await nextEpoch({ link, destination }, record.sourceTopic, partitions.length, existing, options)
  const pending: MirrorRecord = {
    v: 1,
    kind: 'mirror',
    link: link.name,
    sourceTopic: record.mirrorTopic,
    sourceTopicId: record.mirrorTopicId,
    mirrorTopic: record.sourceTopic,
    mirrorTopicId: '',
    partitions: partitions.length,
    state: { state: 'PENDING', phase: 'saving what never arrived, before the old source is replaced' },
    ...recordedConfigs(configs),
    isTopicMade: false,
    restoring: { topicId: record.sourceTopicId, isSaved: false, replicationFactor, epoch },
    createdAt: by.time.now().toISOString(),
  }
  await session.write(inPlaceOf(state, pending), options)
  return pending
}
