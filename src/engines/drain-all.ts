import { withDeadline } from '../core/time.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { DrainStatus } from './drain.ts'
import type { LinkTarget, PromoteAct, PromoteReport } from './engine.ts'
import { givenUp } from './give-up.ts'
import { markPending, withdraw } from './pending.ts'
import { fencingText } from './promote-parts.ts'
import { fenceSource } from './source-fence.ts'

export const noGroups: PromoteReport['groups'] = { copied: [], activeOnSource: [], activeOnDestination: [] }

export interface Draining {
  readonly target: LinkTarget
  readonly session: LinkSession
  readonly records: readonly MirrorRecord[]
  readonly by: PromoteAct
  /** Aborted when the caller does not want it any more, or the lock is lost. */
  readonly signal: AbortSignal
  /** Aborted when the caller does not want it any more. */
  readonly asked: AbortSignal
}

/** How an engine drains. */
export interface DrainBy {
  /** Has mirrors carried that are ACTIVE again, where that takes more than a runner that reads so. */
  readonly carryAgain?: (signal: AbortSignal) => Promise<void>
  /** Before anything is done to the source. @throws when they must not be promoted */
  readonly check?: (records: readonly MirrorRecord[], signal: AbortSignal) => Promise<void>
  /** Until the mirrors have all of a source that stands still, and what is copied then. @returns the records, with what was copied */
  readonly drain: (
    records: readonly MirrorRecord[],
    status: DrainStatus,
    signal: AbortSignal,
  ) => Promise<readonly MirrorRecord[]>
  /** Of mirrors that are PENDING_STOPPED. */
  readonly syncGroups: (records: readonly MirrorRecord[], signal: AbortSignal) => Promise<PromoteReport['groups']>
  /** Whether nothing has come since they were drained. */
  readonly isStill: (records: readonly MirrorRecord[], signal: AbortSignal) => Promise<boolean>
}

/**
 * All of a promote up to the point of no return: fences the source, drains, marks the mirrors PENDING_STOPPED, moves group offsets a last time, and looks again;
 * whatever came in between is drained again. What fails is taken back.
 */
export async function drainAll(
  engine: DrainBy,
  draining: Draining,
): Promise<{ readonly records: readonly MirrorRecord[]; readonly groups: PromoteReport['groups'] }> {
  const { target, session, by } = draining
  const signal = withDeadline(draining.signal, by.timeoutMs)
  const status: DrainStatus = { text: 'not looked yet' }
  const { carryAgain } = engine
  try {
    // Left by a promote that was interrupted: they are to be carried on.
    let records = await withdraw(session, draining.records, { signal })
    await carryAgain?.(signal)
    await engine.check?.(records, signal)
    by.onProgress(fencingText[by.sourceFence.how])
    await fenceSource(target, session, records.map(({ sourceTopic }) => sourceTopic), by, { signal }) // prettier-ignore
    for (;;) {
      records = await engine.drain(records, status, signal)
      const mirrors = records.map((record) => ({ record, state: record.state }))
      const pending = await markPending(session, mirrors, { stoppedBy: 'promote', time: by.time }, signal)
      const groups = await engine.syncGroups(pending, signal)
      if (await engine.isStill(pending, signal)) return { records: pending, groups }
      by.onProgress('records came in meanwhile; draining again')
      status.text = 'records still arrive on the source'
      records = await withdraw(session, pending, { signal })
    }
  } catch (error) {
    throw await givenUp(error, { ...draining, status, deadline: signal, ...(carryAgain === undefined ? {} : { carryAgain }) }) // prettier-ignore
  }
}
