import { GeorepError } from '../core/errors.ts'
import type { Waits } from '../core/rto.ts'
import { withDeadline } from '../core/time.ts'
import type { FailoverResult } from '../engines/engine.ts'
import { canaryNames } from './canary-names.ts'
import type { DrillSettings, DrillSite } from './site.ts'

interface Cancel {
  readonly signal: AbortSignal
}

/** What a response is told of the drill, and what it tells the drill. */
export interface Incident {
  readonly site: DrillSite
  readonly settings: DrillSettings
  /** t2, monotonic milliseconds; undefined where nothing was to be detected. */
  readonly detectedAt: number | undefined
  /** To be called at the last moment at which a record of the source may still reach the mirror. */
  readonly onFencing: () => void
  /** Stops the canary's writer and reader on the source as applications are stopped: nothing under way, all read, all committed. */
  readonly stopClients: (options: Cancel) => Promise<void>
}

/** What a response has done, on the monotonic clock. */
export interface Responded {
  /** t3. The time since t2 is what people took; undefined where nothing was detected and nobody asked. */
  readonly approvedAt: number | undefined
  /** t4 */
  readonly commandedAt: number
  /** t5: the mirrors of the drill are open for writes. */
  readonly writableAt: number
  readonly results: readonly FailoverResult[]
  /** Where people were asked by steps; undefined: the decision is all that was waited for. */
  readonly waits?: Waits | undefined
  /** Steps that have pointed clients at the destination. */
  readonly repointedBy?: readonly string[]
}

/**
 * What is done about the loss: whatever approvals and hooks there are, the mirrors opened on the destination, and the group's offsets there in order.
 * When it resolves applications may be started on the destination.
 *
 * @throws GeorepError when that was not reached; the drill ends then
 */
export type Response = (incident: Incident, options: Cancel) => Promise<Responded>

/** Fails over without asking anybody, and clamps the canary's group. */
export const failOverAtOnce: Response = async (incident, options) => {
  const { site, settings, detectedAt, onFencing } = incident
  const { engine, target, act } = site
  const { monotonic } = site.time
  const { topic, group } = canaryNames(settings.runId)
  settings.report('failing over')
  const commandedAt = monotonic()
  const signal = withDeadline(options.signal, settings.failoverTimeoutMs)
  const plan = await engine.planFailover(target, site.scope === 'all' ? 'all' : [topic], { signal })
  const by = {
    ...act,
    isUnfenced: false,
    onProgress: (text: string, stage: string) => {
      if (stage === 'fencing') onFencing()
      settings.report(text)
    },
  }
  const results = await engine.failover(target, plan, by, { signal })
  // It ends at a signal with what it had reached, which is no failure when it was told to.
  options.signal.throwIfAborted()
  requireDone(results)
  const writableAt = monotonic()
  const refusal = await site.clampGroup(group, options)
  if (refusal !== undefined)
    throw new GeorepError('failed', 'GR-DRILL-CLAMP', `the canary's group was not clamped: ${refusal}`)
  return { approvedAt: detectedAt, commandedAt, writableAt, results }
}

/**
 * The planned switch of the canary's mirror. The canary's clients are what fences its source: they are stopped when producers have to be, so that
 * the mirror drains and the group's offsets are copied after its last commit.
 */
export const promoteAsPlanned: Response = async (incident, options) => {
  const { site, settings, onFencing, stopClients } = incident
  const { engine, target, act } = site
  const { monotonic } = site.time
  const { topic } = canaryNames(settings.runId)
  settings.report('switching over as planned')
  const commandedAt = monotonic()
  const plan = await engine.planPromote(target, [topic], 'hook', options)
  if (plan.blockers.length > 0) {
    throw new GeorepError('refused', 'GR-DRILL-PROMOTE', `the canary's mirror cannot be promoted: ${plan.blockers.join('; ')}`) // prettier-ignore
  }
  const by = {
    ...act,
    timeoutMs: settings.failoverTimeoutMs,
    onProgress: settings.report,
    sourceFence: {
      how: 'hook',
      run: async (action: 'fence' | 'unfence', _topics: readonly string[], within: Cancel) => {
        if (action === 'unfence') return // the canary does not go on: the drill ends
        onFencing()
        await stopClients(within)
      },
    },
  } as const
  const { results } = await engine.promote(target, plan, by, options)
  requireDone(results)
  return { approvedAt: undefined, commandedAt, writableAt: monotonic(), results }
}

function requireDone(results: readonly FailoverResult[]): void {
  const open = results.find(({ outcome }) => outcome.kind !== 'applied' && outcome.kind !== 'unchanged')
  if (open === undefined) return
  const why = 'why' in open.outcome ? open.outcome.why : open.outcome.kind
  throw new GeorepError('incomplete', 'GR-DRILL-FAILOVER', `mirror "${open.topic}" did not fail over: ${why}`, {
    next: 'run the drill again',
  })
}
