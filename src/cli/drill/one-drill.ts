import type { DrillVerdict, Objectives } from '../../core/verdict.ts'
import { drillDocument } from '../../drill/drill-document.ts'
import { drillResult } from '../../drill/drill-result.ts'
import { failoverDrill } from '../../drill/failover-drill.ts'
import type { DrillScenario } from '../../drill/scenario.ts'
import type { DrillSettings } from '../../drill/site.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import { metadataVersionOf } from '../../kafka/describe.ts'
import { operatorText } from '../actor.ts'
import type { Context } from '../context.ts'
import type { Progress } from '../progress.ts'
import type { DrillRun } from './conclude.ts'
import { withLinkSite } from './link-site.ts'
import { onlyLink } from './only-link.ts'
import type { OpenSite } from './open-site.ts'
import type { DrillOptions } from './options.ts'
import { withSandboxSite } from './sandbox-site.ts'
import type { Exercise } from './scenarios.ts'
import { scopeOf } from './scope.ts'
import { statusOf } from './status.ts'
import { recordUnfinished } from './unfinished.ts'

const failoverTimeoutMs = 60_000

/** Which of a series of drills it is, and when its fault strikes. */
export interface Turn {
  readonly run: number
  readonly of: number
  readonly seed: string
  /** In [0, 1). */
  readonly phase: number
}

/**
 * One exercise, from its site being made to its site being taken down. A drill that came to no verdict is on record when this throws.
 *
 * @throws GeorepError
 */
export async function oneDrill(
  exercise: Exercise,
  turn: Turn,
  options: DrillOptions,
  context: Context,
  progress: Progress,
): Promise<{ readonly id: string; readonly run: DrillRun; readonly verdict: DrillVerdict }> {
  const id = context.newId()
  const settings: DrillSettings = {
    runId: id,
    partitions: options.partitions,
    canaryEveryMs: options.canaryInterval,
    probeEveryMs: options.probeInterval,
    failuresNeeded: options.probeFailures,
    steadyMs: options.steady,
    holdMs: options.hold,
    failoverTimeoutMs,
    holdBack: options.holdBack === undefined ? undefined : Number(options.holdBack),
    phaseMs: 0,
    report: progress.step,
    onStatus: statusOf(progress, context),
  }
  const startedAt = context.time.now().toISOString()
  let { link } = options
  // What is on record of a drill however it ends.
  let record: OpenSite['record'] = () => ({})
  let clusters: Readonly<Record<'source' | 'destination', object>> | undefined
  const carryOut = async ({
    site,
    loss,
    respond,
    record: recordOfSite,
    objectives: fromFile,
  }: OpenSite): Promise<DrillRun> => {
    record = recordOfSite
    const objectives: Objectives = {
      rtoMs: options.rto ?? fromFile.rtoMs,
      rpoMs: options.rpo ?? fromFile.rpoMs,
      // What is planned loses nothing; if it does, that is a failure whether anybody set an objective or not.
      rpoRecords:
        options.rpoRecords === undefined
          ? (fromFile.rpoRecords ?? (exercise.mode === 'planned' ? 0 : undefined))
          : Number(options.rpoRecords),
    }
    // Where nothing strikes by itself, when is the command's business.
    const periodMs =
      loss.kind === 'region' ? Math.max(site.groupsEveryMs, settings.canaryEveryMs, settings.probeEveryMs) : 0
    const scenario: DrillScenario = {
      name: exercise.name,
      mode: exercise.mode,
      loss,
      respond,
      settings: { ...settings, phaseMs: Math.round(turn.phase * periodMs) },
      objectives,
    }
    const { source, destination } = site.target.link
    clusters = { source, destination }
    clusters = await clustersOf(site.target, context)
    const seen = await failoverDrill(site, scenario, context)
    const result = drillResult(scenario, scenario.settings, objectives, seen)
    return {
      kind: 'drill',
      mode: exercise.mode,
      scenario: exercise.name,
      scope: scopeOf(exercise, link, options),
      startedAt,
      endedAt: context.time.now().toISOString(),
      status: 'completed',
      georepVersion: context.version,
      clusters,
      faultAt: wallTimeOf(result.marks.t0, context),
      operator: operatorText(context),
      series: { run: turn.run, of: turn.of, seed: turn.seed },
      ...record(),
      ...drillDocument(result, seen, { settings: scenario.settings, objectives }),
      verdict: result.verdict,
      result,
    }
  }
  const onLink = async (one: Exclude<Exercise, { readonly mode: 'sandbox' }>): Promise<DrillRun> => {
    link ??= await onlyLink(options, context)
    return await withLinkSite(one, { ...options, link }, settings, context, progress, carryOut)
  }
  try {
    const run =
      exercise.mode === 'sandbox'
        ? await withSandboxSite(exercise, options, settings, context, progress, carryOut)
        : await onLink(exercise)
    progress.done('the drill is over')
    return { id, run, verdict: run.result.verdict }
  } catch (error) {
    progress.fail()
    await recordUnfinished(
      error,
      {
        id,
        startedAt,
        mode: exercise.mode,
        scenario: exercise.name,
        scope: scopeOf(exercise, link, options),
        more: { ...(clusters === undefined ? {} : { clusters }), ...record() },
      },
      options,
      context,
      progress,
    )
    throw error
  }
}

/** Which clusters they are, and by what level of `metadata.version` they go before the fault: null without KRaft, or when they do not say. */
async function clustersOf(
  { link, source, destination }: LinkTarget,
  { signal }: Context,
): Promise<Readonly<Record<'source' | 'destination', object>>> {
  const [ofSource, ofDestination] = await Promise.all(
    [source, destination].map(async (cluster) => {
      try {
        return (await metadataVersionOf(cluster, { signal })) ?? null
      } catch {
        signal.throwIfAborted()
        return null
      }
    }),
  )
  return {
    source: { ...link.source, metadataVersion: ofSource },
    destination: { ...link.destination, metadataVersion: ofDestination },
  }
}

/** Of a moment on the monotonic clock; null when it was not seen. */
function wallTimeOf(at: number | undefined, { time }: Context): string | null {
  return at === undefined ? null : new Date(time.now().getTime() - (time.monotonic() - at)).toISOString()
}
