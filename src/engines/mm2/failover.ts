import { totalLoss } from '../../core/loss.ts'
import { withWhatWasDone } from '../../links/held.ts'
import { actingLongOn } from '../../links/acting.ts'
import { isSourceOpen, openMirrors, type Cancel, type FailoverAct, type FailoverPlan, type FailoverResult, type LinkTarget, type Stopped } from '../engine.ts' // prettier-ignore
import { byTopic, doneText, openOfPlan, stoppedOfPlan, withLoss } from '../failover-results.ts'
import { namedMirrors } from '../named-mirrors.ts'
import { markPending } from '../pending.ts'
import { reachedOrRefused } from '../reachable.ts'
import { requireTopicRights } from '../rights.ts'
import { carriedBesides } from './carried-besides.ts'
import { connectSeen, lookAtConnect, requireConnect } from './connect-look.ts'
import { plannedFence } from './fence-tasks.ts'
import { seeMirrors } from './mirror-views.ts'
import { mm2Of } from './mm2-target.ts'
import { goOn, stopMirrors } from './stop-mirrors.ts'

/** See `ReplicationEngine.planFailover`. */
export async function planFailover(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  options: Cancel,
): Promise<FailoverPlan> {
  const { state, link } = target
  await state.glance(options)
  const mm2 = mm2Of(target)
  const { wanted, missing } = namedMirrors(state, link.name, topics)
  const [answer, { connector, seen }] = await Promise.all([
    reachedOrRefused(target.source, link, options),
    lookAtConnect(mm2, options),
  ])
  const found = await seeMirrors(mm2, wanted, { seen, isSourceReachable: isSourceOpen(answer) }, options)
  const mirrors = found.mirrors.map(({ view }) => view)
  const open = openMirrors(mirrors)
  await requireTopicRights(target.destination, open, ['Describe'], options)
  const fence = await plannedFence(mm2, connector, options)
  return {
    isAll: topics === 'all',
    ...answer,
    mirrors,
    missing,
    loss: totalLoss(open.flatMap(({ partitions }) => partitions.map(({ loss }) => loss))),
    ...fence,
  }
}

/**
 * See `ReplicationEngine.failover`. The source is not needed. The order is what makes it hold:
 * 1. Connect answers, or nothing is begun; the state says PENDING_STOPPED;
 * 2. the connector is stopped and has no tasks, which Connect keeps: a worker that starts, or thaws and reads it, begins none;
 * 3. the transactional ids of its tasks are taken over: what a frozen worker had under way is refused; the mirrors are taken from the connector's list;
 * 4. the state says STOPPED, with where each partition ended, and how far the mirror holds the source;
 * 5. what is left of the link goes on.
 */
export async function failover(
  target: LinkTarget,
  plan: FailoverPlan,
  by: FailoverAct,
  options: Cancel,
): Promise<readonly FailoverResult[]> {
  const { state, link } = target
  const results = stoppedOfPlan(plan)
  if (results.size < plan.mirrors.length) {
    const mm2 = mm2Of(target)
    const seen = by.isUnfenced ? undefined : await connectSeen(mm2, options)
    if (seen !== undefined) requireConnect(mm2, seen)
    await using acting = await actingLongOn(state, link.name, by, options)
    const { session, signal } = acting
    // It is not put off for them.
    const besides = seen === undefined ? [] : carriedBesides(state, mm2.link, seen.assigned)
    if (besides.length > 0) by.onProgress(`connector "${mm2.link.mm2.connectors.source}" carries topics besides that are no mirrors of the link, and is not told to any more: ${besides.join(', ')}`, 'fencing') // prettier-ignore
    const open = await openOfPlan(target, plan, results, { signal })
    const records = await markPending(session, open, { stoppedBy: 'failover', time: by.time }, signal)
    // What is written to the state is read from it.
    await state.refresh({ signal, link: link.name })
    by.onProgress(`${records.length} ${records.length === 1 ? 'mirror' : 'mirrors'} PENDING_STOPPED`, 'stopping')
    const stopping = {
      target: mm2,
      session,
      stoppedBy: 'failover',
      isUnfenced: by.isUnfenced,
      isSourceReachable: plan.isSourceReachable,
      time: by.time,
      onStep: by.onProgress,
      onStopped: (stopped: Stopped) => results.set(stopped.topic, { ...stopped, loss: { kind: 'unknown' } }),
    } as const
    try {
      for (const [topic, stopped] of await stopMirrors(records, stopping, signal)) {
        const view = open.find(({ record }) => record.mirrorTopic === topic)
        results.set(topic, withLoss(stopped, view, { hasFailed: false }))
      }
      const areStopped = [...results.values()].every(({ outcome }) => outcome.kind === 'applied' || outcome.kind === 'unchanged') // prettier-ignore
      if (areStopped && !by.isUnfenced) {
        await state.refresh({ signal, link: link.name })
        const why = await goOn(stopping, signal)
        if (why !== undefined) by.onProgress(`the other mirrors do not go on: ${why}`, 'waiting')
      }
    } catch (error) {
      throw withWhatWasDone(error, doneText(records, results))
    }
  }
  return byTopic(results)
}
