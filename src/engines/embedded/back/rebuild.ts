import { isDeepStrictEqual } from 'node:util'
import { GeorepError } from '../../../core/errors.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { deleteTopic } from '../../../kafka/topics.ts'
import { actingLongOn } from '../../../links/acting.ts'
import { withWhatWasDone } from '../../../links/held.ts'
import { groupsNow } from '../../../links/plan-moves.ts'
import { type MirrorRecord, stateKey } from '../../../links/records.ts'
import type { LinkSession } from '../../../links/session.ts'
import type {
  AloneIn,
  Cancel,
  LinkTarget,
  RebuildAct,
  RebuildPlan,
  RebuildResult,
  RebuiltTopic,
  SavedPartition,
} from '../../engine.ts'
import { aloneOffsets } from '../../rebuilding.ts'
import { aloneIn } from './alone.ts'
import { recordedConfigs } from '../mirrors/config-changes.ts'
import { creationConfigs } from '../mirrors/mirror-configs.ts'
import { obedienceTo } from '../mirrors/obedience.ts'
import { readerBlockers } from './reader-blockers.ts'
import { aloneOf, lookAtRebuilds, oldTopicIdOf } from './rebuild-plan.ts'
import { inPlaceOf, nextEpoch, recordsNow } from './reverse.ts'
import { besideRecords, requireEnds, salvageAbout, saveCompared, type SavesTopics, settledLogs } from './salvaging.ts'
import { topicAnew } from './topic-anew.ts'
import { outcomeOf } from './topic-outcome.ts'

const makingPhase = 'rebuilding: its topic is made anew'

/**
 * See `ReplicationEngine.rebuild`. The order is what makes it safe to end anywhere:
 * 1. the mirror is written down as PENDING, with the id of the topic that is to be deleted; its runner lets go of it;
 * 2. both logs are compared once more, and what the mirror alone holds is saved, read again, and compared with a second look at the log;
 * 3. that the mirror has no topic any more is written down, and the topic deleted by its id, unless it has grown meanwhile. One that is there still when
 *    another process goes on is looked at, and saved, again;
 * 4. it is made anew, and the mirror is ACTIVE, at an epoch of its own: what a runner of before may send still is of another.
 */
export async function rebuild(
  target: LinkTarget,
  plan: RebuildPlan,
  by: RebuildAct,
  options: Cancel,
): Promise<ReadonlyMap<string, RebuildResult>> {
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const { topics } = await lookAtRebuilds(target, recordsNow(target, plan), { signal, salvage: by.alone?.kind === 'save' ? by.alone.salvage : undefined }) // prettier-ignore
  const results = new Map<string, RebuildResult>()
  for (const one of topics) {
    const { mirrorTopic } = one.record
    const planned = plan.topics.find(({ record }) => record.mirrorTopic === mirrorTopic)?.partitions ?? []
    try {
      results.set(mirrorTopic, await rebuildOne(target, session, one, { ...by, planned }, { signal }))
    } catch (error) {
      throw withWhatWasDone(error, `mirrors of link "${link.name}" may be PENDING: the same command goes on with them`)
    }
  }
  return results
}

interface ActOnOne extends RebuildAct {
  /** What was shown to whoever said that it may go. */
  readonly planned: readonly AloneIn[]
}

async function rebuildOne(
  target: LinkTarget,
  session: LinkSession,
  one: RebuiltTopic,
  by: ActOnOne,
  options: Cancel,
): Promise<RebuildResult> {
  let saved: readonly SavedPartition[] = []
  const why = [...one.blockers, ...unsaid(one.partitions, by)]
  if (why.length > 0) return { outcome: { kind: 'refused', why: why.join('; ') }, saved }
  try {
    let pending = await begin(target, session, one, by, options)
    if (one.how === 'replace') {
      const alone = await lookAgain(target, pending, one, by, options)
      if (by.alone?.kind === 'save')
        saved = await save(target, pending, alone, { ...by, session, salvage: by.alone.salvage }, options)
      pending = await deleteOld(target, session, pending, alone, by, options)
    }
    await makeAnew(target, session, pending, one, by, options)
    return { outcome: { kind: 'applied' }, saved }
  } catch (error) {
    const outcome = outcomeOf(error)
    if (outcome === undefined) throw error
    return { outcome, saved }
  }
}

/** What has to be said before what a mirror alone holds is deleted. */
function unsaid(alone: readonly AloneIn[], { alone: by, planned }: ActOnOne): readonly string[] {
  if (aloneOffsets(alone) === 0n || by?.kind === 'save') return []
  if (by === undefined) return ['the mirror alone holds records: say where they are to be saved, or that they are to be discarded'] // prettier-ignore
  const [now, shown] = [alone, planned].map((ones) => ones.map(({ stretches }) => stretches))
  return isDeepStrictEqual(now, shown) ? [] : ['what the mirror alone holds is not what was shown when it was to be discarded: the same command shows it anew'] // prettier-ignore
}

/** Writes down that the topic is to be made anew, and waits until no runner carries it. */
async function begin(
  target: LinkTarget,
  session: LinkSession,
  { record, made, ownConfigs, how }: RebuiltTopic,
  by: ActOnOne,
  options: Cancel,
): Promise<MirrorRecord> {
  const { state, link } = target
  const { mirrorTopic: topic } = record
  const count = how === 'replace' ? record.partitions : 0
  const rebuilding = {
    topicId: oldTopicIdOf(record),
    replicationFactor: made?.replicationFactor ?? 1,
    ownConfigs: Object.fromEntries(ownConfigs),
    epoch: record.rebuilding?.epoch ?? (await nextEpoch(target, topic, count, record, options)),
  }
  const mirrorTopicId = how === 'replace' ? rebuilding.topicId : ''
  const phase = how === 'replace' ? 'rebuilding: its topic is to be deleted' : makingPhase
  const pending: MirrorRecord = { ...record, mirrorTopicId, state: { state: 'PENDING', phase }, rebuilding }
  // Why it has FAILED stays beside it until the topic is made anew: what stands there till then may be another's, and no count of it is exact.
  const records = inPlaceOf(state, pending)
  records.delete(stateKey.failure(link.name, topic))
  await session.write(records, options)
  by.onProgress(`waiting until nothing is written to "${topic}"`)
  const keys = [stateKey.mirror(link.name, topic)]
  const runner = await obedienceTo(state, { link: link.name, keys, time: by.time }, options)
  if (runner !== 'notYet') return pending
  throw new GeorepError('timedOut', 'GR-RUNNER-NOT-YET', `the runner of link "${link.name}" has not let go of mirror "${topic}"`, { next: 'the same command goes on' }) // prettier-ignore
}

/**
 * What the mirror alone holds, now that its runner writes nothing more and all of it is decided.
 *
 * @throws GeorepError "failed" GR-WRITTEN-PAST-FENCE where it has come to hold what nothing was said about
 */
async function lookAgain(
  target: LinkTarget,
  { mirrorTopic, sourceTopic }: MirrorRecord,
  { made, partitions }: RebuiltTopic,
  by: ActOnOne,
  options: Cancel,
): Promise<readonly AloneIn[]> {
  by.onProgress(`comparing "${mirrorTopic}" with its source`)
  await settledLogs(target.destination, partitions.map(({ partition }) => ({ topic: mirrorTopic, partition })), by, options) // prettier-ignore
  const counts = { mirror: partitions.length, source: made?.partitions ?? 0 }
  const alone = await aloneIn(target, { mirrorTopic, sourceTopic }, counts, options)
  const [why] = unsaid(alone, by)
  if (why !== undefined) throw new GeorepError('failed', 'GR-WRITTEN-PAST-FENCE', why, { next: 'nothing was deleted, and the mirror is PENDING: the same command goes on' }) // prettier-ignore
  return alone
}

async function save(
  target: LinkTarget,
  pending: MirrorRecord,
  alone: readonly AloneIn[],
  by: SavesTopics,
  options: Cancel,
): Promise<readonly SavedPartition[]> {
  const { destination } = target
  const { mirrorTopic: topic } = pending
  by.onProgress(`saving what "${topic}" alone holds`)
  const groups = await groupsNow(destination, () => true, options)
  const readers = readerBlockers(groups, topic, destination.name)
  if (readers.length > 0) throw new GeorepError('refused', 'GR-REBUILD-BLOCKED', readers.join('; '))
  // Of the others the plan has said that their places are not known.
  const commits = new Map([...groups.commits].filter(([, one]) => !(one instanceof BrokerError)))
  const beside = await besideRecords(destination, topic, { ...groups, commits }, options)
  const about = salvageAbout(destination, aloneOf(target, pending, alone), options)
  return await saveCompared(about, beside, by, options)
}

/** Deletes the topic: by its id, and as long as it is what was looked at. */
async function deleteOld(
  { destination }: LinkTarget,
  session: LinkSession,
  pending: MirrorRecord,
  alone: readonly AloneIn[],
  by: ActOnOne,
  options: Cancel,
): Promise<MirrorRecord> {
  const { link, mirrorTopic: name } = pending
  const going: MirrorRecord = { ...pending, mirrorTopicId: '', state: { state: 'PENDING', phase: makingPhase } } // prettier-ignore
  await session.write(new Map([[stateKey.mirror(link, name), going]]), options)
  by.onProgress(`deleting "${name}"`)
  const ends = alone.map(({ partition, mirror }) => ({ partition, to: mirror.end }))
  const topic = { name, topicId: oldTopicIdOf(going) }
  await session.guarded(async (effect) => {
    await requireEnds(destination, name, ends, effect)
    await deleteTopic(destination, topic, effect)
  }, options)
  return going
}

async function makeAnew(
  { state, destination }: LinkTarget,
  session: LinkSession,
  pending: MirrorRecord,
  { made, ownConfigs }: RebuiltTopic,
  by: ActOnOne,
  options: Cancel,
): Promise<void> {
  // It gets all that the source has by now.
  const { rebuilding, historyFrom: _, ...rest } = pending
  const { mirrorTopic: name } = rest
  if (made === undefined || rebuilding === undefined) throw new TypeError(`mirror "${name}" is not being rebuilt`)
  by.onProgress(`making "${name}" anew`)
  const { partitions, replicationFactor, sourceTopicId } = made
  const configs = new Map([...ownConfigs, ...creationConfigs(made.configs)])
  const topic = { name, partitions, replicationFactor, configs, oldTopicId: rebuilding.topicId }
  const at = by.time.now().toISOString()
  const anew = await topicAnew(destination, session, topic, { ...options, time: by.time })
  const active: MirrorRecord = {
    ...rest,
    sourceTopicId,
    partitions,
    ...recordedConfigs(made.configs),
    ...anew,
    state: { state: 'ACTIVE' },
    reversed: { ends: Array.from({ length: partitions }, () => 0n), epoch: rebuilding.epoch, at },
  }
  await session.write(inPlaceOf(state, active), options)
}
