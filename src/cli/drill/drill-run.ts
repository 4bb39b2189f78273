import { GeorepError } from '../../core/errors.ts'
import type { Objectives } from '../../core/verdict.ts'
import { drillDocument } from '../../drill/drill-document.ts'
import { drillResult } from '../../drill/drill-result.ts'
import { failoverDrill } from '../../drill/failover-drill.ts'
import type { DrillSettings, DrillSite } from '../../drill/site.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { wordsOfShape } from '../sandbox/options.ts'
import { concludeDrill, type DrillRun } from './conclude.ts'
import type { DrillOptions } from './drill.ts'
import { withPracticeSite } from './practice-site.ts'
import { withSandboxSite } from './sandbox-site.ts'
import { recordUnfinished } from './unfinished.ts'
import { requireWritable } from './write-report.ts'

const failoverTimeoutMs = 60_000

/** What a site's keeper hands over: where the drill takes place, and the objectives that the file sets there. */
export interface OpenSite {
  readonly site: DrillSite
  readonly scope: string
  readonly objectives: Objectives
}

export async function runDrill(options: DrillOptions, context: Context): Promise<ExitCode> {
  checkTogether(options)
  await requireWritable(options, context)
  const progress = await openProgress(context.io)
  const runId = context.newId()
  const settings: DrillSettings = {
    runId,
    partitions: options.partitions,
    canaryEveryMs: options.canaryInterval,
    probeEveryMs: options.probeInterval,
    failuresNeeded: options.probeFailures,
    steadyMs: options.steady,
    holdMs: options.hold,
    failoverTimeoutMs,
    holdBack: options.holdBack === undefined ? undefined : Number(options.holdBack),
    report: progress.step,
  }
  const startedAt = context.time.now().toISOString()
  const carryOut = async ({ site, scope, objectives: fromFile }: OpenSite): Promise<DrillRun> => {
    const objectives: Objectives = {
      rtoMs: options.rto ?? fromFile.rtoMs,
      rpoMs: options.rpo ?? fromFile.rpoMs,
      rpoRecords: options.rpoRecords === undefined ? fromFile.rpoRecords : Number(options.rpoRecords),
    }
    const seen = await failoverDrill(site, settings, context)
    const result = drillResult(site, settings, objectives, seen)
    const { mode } = site
    const head = { kind: 'drill', mode, scope, startedAt, endedAt: context.time.now().toISOString() } as const
    const clusters = { source: site.target.link.source, destination: site.target.link.destination }
    const document = drillDocument(result, seen, { settings, objectives })
    return {
      ...head,
      status: 'completed',
      georepVersion: context.version,
      clusters,
      operator: context.hostname,
      ...document,
      verdict: result.verdict,
      result,
    }
  }
  let run
  try {
    run = options.sandbox
      ? await withSandboxSite(options, settings, context, progress, carryOut)
      : await withPracticeSite(options, settings, context, progress, carryOut)
    progress.done('the drill is over')
  } catch (error) {
    progress.fail()
    await recordUnfinished(error, { id: runId, startedAt }, options, context, progress)
    throw error
  }
  return await concludeDrill(run, runId, options, context, progress)
}

function checkTogether(options: DrillOptions): void {
  const { sandbox, link, holdBack, config, loseBrokerFirst } = options
  const usage = (message: string): GeorepError =>
    new GeorepError('usage', 'GR-USAGE', message, { next: 'georep drill --help' })
  if (sandbox && link !== undefined) throw usage('--sandbox makes a link of its own, and --link names another')
  if (sandbox && config !== undefined)
    throw usage('--sandbox has a configuration of its own, and --config names another')
  const shape = wordsOfShape(options).find((word) => word.startsWith('--'))
  if (!sandbox && shape !== undefined) throw usage(`${shape} needs --sandbox: it says what is started`)
  if (loseBrokerFirst && (!sandbox || options.brokers !== 3)) {
    throw usage('--lose-broker-first needs --sandbox --brokers 3: a broker is killed, and its cluster has to live on')
  }
  if (!sandbox && holdBack !== undefined) throw usage('--hold-back needs --sandbox: it freezes the runner')
}
