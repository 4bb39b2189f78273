import { clusterRight } from '../../../core/acl.ts'
import { withDeadline } from '../../../core/time.ts'
import { lacking } from '../../../kafka/denied.ts'
import { actingLongOn } from '../../../links/acting.ts'
import { refuseRunner } from '../../../links/session.ts'
import type { Cancel, LinkTarget, PromoteAct, PromotePlan, PromoteReport } from '../../engine.ts'
import { openNow, unchanged, verified } from '../../promote-parts.ts'
import { type DrainBy, drainAll, type Draining, noGroups } from '../../drain-all.ts'
import { syncConfigs } from '../../last-configs.ts'
import { letWriteLate } from '../../let-write.ts'
import { fenceRight } from '../../rights.ts'
import { areEqual, drain } from './drain.ts'
import { findInterrupted } from './interrupted.ts'
import { lastConfigs, syncGroupsLast } from './last-sync.ts'
import { stopMirrors } from './stop-mirrors.ts'
import { withWhatWasDone } from '../../../links/held.ts'

/** Once the destination is fenced nothing is taken back; what is not done by then goes on when the command is run again. */
const stopTimeoutMs = 60_000

/**
 * See `ReplicationEngine.promote`. The order is what makes it hold:
 * 1. the source takes writes no more, and what was done to it is written down before;
 * 2. the runner carries on until both ends are equal and stand still, then settings are copied a last time;
 * 3. the state says PENDING_STOPPED and the runner's transactional id is taken over, so that it copies group offsets no more; they are copied a last
 *    time, and both ends compared: whatever came in between is drained again;
 * 4. markers fence the runner on the destination (from here on nothing is taken back), the mirrors are STOPPED, and those may write whom georep has denied
 *    it, as by a failover;
 * 5. both ends are read again: only equal ends are no loss.
 */
export async function promote(
  target: LinkTarget,
  plan: PromotePlan,
  by: PromoteAct,
  options: Cancel,
): Promise<PromoteReport> {
  const planned = plan.mirrors.map(({ record }) => record)
  const stoppedBefore = planned.filter(({ state }) => state.state === 'STOPPED')
  const { state, link } = target
  const isLate = stoppedBefore.some(({ mirrorTopic }) => state.protection(link.name, mirrorTopic) !== undefined)
  if (stoppedBefore.length === planned.length && !isLate) {
    return { results: await verified(target, stoppedBefore.map(unchanged), stoppedBefore, options), groups: noGroups }
  }
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal: held } = acting
  const late = await letWriteLate(target, session, stoppedBefore.map(unchanged), { signal: held })
  if (stoppedBefore.length === planned.length) {
    return { results: await verified(target, late, stoppedBefore, { signal: held }), groups: noGroups }
  }
  const open = openNow(target, plan)
  const { past, before } = await findInterrupted(target, open, { signal: held })
  const draining = { target, session, records: before, by, signal: held, asked: options.signal }
  const drained = before.length === 0 ? { records: [], groups: noGroups } : await drainAll(drainBy(draining), draining)
  by.onProgress('stopping the mirrors: the brokers of the destination refuse the runner from here on')
  const records = [...past, ...drained.records]
  const stopping = {
    target,
    session,
    stoppedBy: 'promote',
    isUnfenced: false,
    time: by.time,
    onUnended: (why: string) => { by.onProgress(why) }, // prettier-ignore
    onWaiting: (pending: number) => { by.onProgress(`${pending} still stopping`) }, // prettier-ignore
    onOpening: () => { by.onProgress('letting those write who were denied it') }, // prettier-ignore
  } as const
  const stopped = await stopMirrors(records, stopping, withDeadline(held, stopTimeoutMs)).catch((error: unknown) => {
    throw withWhatWasDone(error, 'its mirrors may be stopped in part; the source is fenced as this command has left it')
  })
  by.onProgress('reading both ends again')
  const all = [...late, ...stopped.values()]
  const results = await verified(target, all, [...stoppedBefore, ...records], { signal: held })
  return { results, groups: drained.groups }
}

function drainBy({ target, session, by }: Draining): DrainBy {
  return {
    drain: async (records, status, signal) => {
      await drain(target, records, { ...by, status }, signal)
      by.onProgress('drained; copying settings and group offsets a last time')
      return await syncConfigs(target, session, records, lastConfigs(target.link), { signal })
    },
    syncGroups: async (records, signal) => {
      // Looked at once more while all can be taken back: a mirror that is marked, and may not be fenced, would be stuck.
      if ((await fenceRight(target.destination, { signal })) === 'notPermitted') throw lacking(target.destination, clusterRight('Alter')) // prettier-ignore
      await refuseRunner(session.state, target.link.name, { signal })
      return await syncGroupsLast(target, session, records, { signal, time: by.time })
    },
    isStill: async (records, signal) => await areEqual(target, records, signal),
  }
}
