import { GeorepError } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import { placeOfKey } from '../../kafka/topic-partition.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type MirrorRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Act, Cancel, LinkTarget, MirrorPlan } from '../engine.ts'
import { mirrorOfPlan, newMirror } from '../new-mirror.ts'
import { carry, endTasks, withRest } from './carry.ts'
import { type Mm2Target, mm2Of } from './mm2-target.ts'
import { writtenPlaces } from './places.ts'

const lookEveryMs = 200
const madeMs = 60_000
const patchMs = 60_000

/** See `ReplicationEngine.createMirror`. A mirror that is there already is returned as it is; one that was left half made is finished. */
export async function createMirror(
  target: LinkTarget,
  plan: MirrorPlan,
  by: Act,
  options: Cancel,
): Promise<MirrorRecord> {
  const made = mirrorOfPlan(plan)
  if (made !== undefined) return made
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const mm2 = mm2Of(target)
  const before = state.mirror(link.name, plan.mirrorTopic)
  if (before !== undefined && before.state.state !== 'PENDING') return before
  const { topics } = await mm2.destination.metadata([plan.mirrorTopic], { signal })
  const isThere = topics.has(plan.mirrorTopic)
  if (before === undefined) await beginAnew(mm2, session, plan, { signal })
  const record = newMirror(link.name, plan, by, { phase: 'waiting for MirrorMaker to make the topic', deferredConfigs: {}, isTopicMade: before?.isTopicMade ?? !isThere }) // prettier-ignore
  const key = stateKey.mirror(link.name, plan.mirrorTopic)
  await session.write(new Map([[key, record]]), { signal })
  await state.refresh({ signal, link: link.name })
  await carry(mm2, session, { signal })
  const mirrorTopicId = await madeTopicId(mm2, plan, signal)
  const active: MirrorRecord = { ...record, mirrorTopicId, state: { state: 'ACTIVE' } }
  await session.write(new Map([[key, active]]), { signal })
  await state.refresh({ signal, link: link.name })
  return active
}

/**
 * Connect keeps where the connector was in a topic, also when it does not carry it any more: of a destination that has nothing of it, what was carried in
 * an earlier life would be missing. It is forgotten, for which the connector is stopped for a moment.
 */
async function beginAnew(
  target: Mm2Target,
  session: LinkSession,
  { sourceTopic }: MirrorPlan,
  options: Cancel,
): Promise<void> {
  const { connect, link } = target
  const { connectors, aliases } = link.mm2
  const written = [...(await writtenPlaces(target, options)).keys()].map(placeOfKey).filter(({ topic }) => topic === sourceTopic) // prettier-ignore
  if (written.length === 0) return
  const offsets = written.map(({ topic, partition }) => ({ partition: { cluster: aliases.source, partition, topic }, offset: null })) // prettier-ignore
  try {
    await endTasks(target, session, options)
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await connect.patchOffsets(connectors.source, offsets, { signal: withDeadline(signal, patchMs) })
    }, options)
  } catch (error) {
    throw withRest(error, target)
  }
}

/** Waits until MirrorMaker has made the topic, with a leader of each partition. */
async function madeTopicId({ destination, connect }: Mm2Target, plan: MirrorPlan, outer: AbortSignal): Promise<string> {
  const { mirrorTopic: name, partitions } = plan
  const signal = withDeadline(outer, madeMs)
  for (;;) {
    const topic = (await destination.metadata([name], { signal: outer })).topics.get(name)
    if (topic !== undefined && topic.partitions.length >= partitions && topic.partitions.every(({ leader }) => leader >= 0)) return topic.topicId // prettier-ignore
    const isLate = await destination.wait(lookEveryMs, signal).then(() => false, () => true) // prettier-ignore
    outer.throwIfAborted()
    if (!isLate) continue
    throw new GeorepError('timedOut', 'GR-TOPIC-NOT-READY', `MirrorMaker has not made topic "${name}" on cluster "${destination.name}" within ${madeMs / 1000} s`, {
      stateNow: 'the mirror is PENDING',
      next: `look into the log of the workers of Kafka Connect at "${connect.url}", then run the command again`,
    }) // prettier-ignore
  }
}
