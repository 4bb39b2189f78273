import { type Loss, totalLoss } from '../../../core/loss.ts'
import { withWhatWasDone } from '../../../links/held.ts'
import { actingLongOn } from '../../../links/acting.ts'
import { refuseRunner } from '../../../links/session.ts'
import {
  isSourceOpen,
  openMirrors,
  type Cancel,
  type Stopped,
  type FailoverAct,
  type FailoverPlan,
  type FailoverResult,
  type LinkTarget,
  type MirrorView,
} from '../../engine.ts'
import { deniedWriters, letWriteLate } from '../../let-write.ts'
import { observeMirrors } from '../mirrors/observe.ts'
import { fenceRight, requireTopicRights } from '../../rights.ts'
import { byTopic, doneText, openOfPlan, stoppedOfPlan, withLoss, withSourceEnds } from '../../failover-results.ts'
import { stopMirrors } from './stop-mirrors.ts'
import { markPending } from '../../pending.ts'
import { namedMirrors } from '../../named-mirrors.ts'
import { reachedOrRefused } from '../../reachable.ts'

/** See `ReplicationEngine.planFailover`. */
export async function planFailover(
  target: LinkTarget,
  topics: readonly string[] | 'all',
  options: Cancel,
): Promise<FailoverPlan> {
  const { state, link } = target
  await state.glance(options)
  const { wanted, missing } = namedMirrors(state, link.name, topics)
  const seen = await reachedOrRefused(target.source, link, options)
  const mirrors = await observeMirrors(target, wanted, isSourceOpen(seen), {
    ...options,
    needs: 'Read',
    keepDenied: 'source',
  })
  await requireTopicRights(target.destination, openMirrors(mirrors), ['Read', 'AlterConfigs'], options)
  const fence = await fenceRight(target.destination, options)
  const isAll = topics === 'all'
  const denied = await deniedWriters(target, wanted.map(({ mirrorTopic }) => mirrorTopic), options) // prettier-ignore
  const plan = { isAll, ...seen, mirrors, missing, loss: totalLoss(openMirrors(mirrors).flatMap(lossesOf)), fence } // prettier-ignore
  return {
    ...plan,
    ...(denied === undefined ? {} : { denied }),
  }
}

function lossesOf({ partitions }: MirrorView): readonly Loss[] {
  return partitions.map(({ loss }) => loss)
}

/**
 * See `ReplicationEngine.failover`. The order is what makes it hold:
 * 1. the state says PENDING_STOPPED: a runner that starts, or thaws and reads it, leaves the mirror alone;
 * 2. the runner's transactional id is taken over: group offsets and state that a runner had under way are refused;
 * 3. so is the id with which a runner hides offsets in transactions, and markers fence the link's producer on every partition: records and hidden offsets that a
 *    runner had under way are refused;
 * 4. settings that waited are set, and the state says STOPPED, with where each partition ended;
 * 5. whom georep has denied Write on them (`--protect acl`) may write again. Where that does not come to its end the mirrors are stopped all the same.
 */
export async function failover(
  target: LinkTarget,
  plan: FailoverPlan,
  by: FailoverAct,
  options: Cancel,
): Promise<readonly FailoverResult[]> {
  const { state, link } = target
  const results = stoppedOfPlan(plan)
  const isLate = [...results.keys()].some((topic) => state.protection(link.name, topic) !== undefined)
  if (results.size < plan.mirrors.length || isLate) {
    const isOpen = results.size < plan.mirrors.length
    await using acting = await actingLongOn(state, link.name, by, { ...options, ...(isOpen ? { supersedesRunner: true } : {}) }) // prettier-ignore
    const { session, signal } = acting
    // What another one has stopped since the plan was made may have been left so, too.
    const open = isOpen ? await openOfPlan(target, plan, results, { signal }) : []
    const stopped = [...results.values()].filter(({ outcome }) => outcome.kind === 'unchanged')
    for (const late of await letWriteLate(target, session, stopped, { signal })) results.set(late.topic, late)
    if (!isOpen) return byTopic(results)
    const records = await markPending(session, open, { stoppedBy: 'failover', time: by.time }, signal)
    by.onProgress(`${counted(records)} PENDING_STOPPED`, 'stopping')
    await refuseRunner(state, link.name, { signal })
    by.onProgress("a runner's group offsets and link state are refused", 'fencing')
    const stopping = {
      target,
      session,
      stoppedBy: 'failover',
      isUnfenced: by.isUnfenced,
      time: by.time,
      onUnended: (why: string) => { by.onProgress(why, 'fencing') }, // prettier-ignore
      onWaiting: (pending: number) => { by.onProgress(`${pending} still stopping`, 'waiting') }, // prettier-ignore
      onOpening: (topics: readonly string[]) => { by.onProgress(`${counted(topics)} STOPPED; letting those write who were denied it`, 'opening') }, // prettier-ignore
      onStopped: (stopped: Stopped) => results.set(stopped.topic, { ...stopped, loss: { kind: 'unknown' } }),
    } as const
    try {
      const ended = await stopMirrors(records, stopping, signal)
      for (const [topic, stopped] of isSourceOpen(plan)
        ? await withSourceEnds(target, ended, records, { signal })
        : ended) {
        results.set(
          topic,
          withLoss(
            stopped,
            open.find(({ record }) => record.mirrorTopic === topic),
            { hasFailed: state.failure(link.name, topic) !== undefined },
          ),
        )
      }
    } catch (error) {
      throw withWhatWasDone(error, doneText(records, results))
    }
  }
  return byTopic(results)
}

function counted({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? 'mirror' : 'mirrors'}`
}
