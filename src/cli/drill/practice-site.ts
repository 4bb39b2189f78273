import { clusterSettings } from '../../config/cluster-settings.ts'
import { Cleanup } from '../../core/cleanup.ts'
import { GeorepError } from '../../core/errors.ts'
import { removeCanary } from '../../drill/remove-canary.ts'
import type { DrillSettings, DrillSite } from '../../drill/site.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { openLink } from '../open.ts'
import type { Progress } from '../progress.ts'
import type { DrillOptions } from './drill.ts'
import type { OpenSite } from './drill-run.ts'
import { groupOffsets } from './group-offsets.ts'
import { onlyLink } from './only-link.ts'

const cleanupTimeoutMs = 60_000

/** A link of georep.yaml with a runner at work. What the drill makes on it is removed when `work` is done. */
export async function withPracticeSite<T>(
  options: DrillOptions,
  settings: DrillSettings,
  context: Context,
  progress: Progress,
  work: (open: OpenSite) => Promise<T>,
): Promise<T> {
  const { time, signal } = context
  const name = options.link ?? (await onlyLink(options, context))
  await using cleanup = new Cleanup()
  const opened = cleanup.adopt(await openLink(context, options, name), async (one) => {
    await one[Symbol.asyncDispose]()
  })
  const { target, engine, config } = opened
  progress.step(`looking at link "${name}"`)
  const view = await engine.observe(target, { signal })
  const nothing = 'nothing was changed'
  if (!view.isSourceReachable) {
    throw new GeorepError(
      'refused',
      'GR-DRILL-SOURCE',
      `the source of link "${name}" does not answer: this is no time to practise`,
      {
        stateNow: nothing,
        next: commandLine(options, 'mirror', 'failover', '--link', name, '--all', '--dry-run'),
      },
    )
  }
  if (engine.capabilities.needsRunner && view.runner === undefined) {
    throw new GeorepError(
      'refused',
      'GR-NO-RUNNER',
      `link "${name}" has no runner, so that nothing would be mirrored`,
      {
        stateNow: nothing,
        next: commandLine(options, 'link', 'run', name),
      },
    )
  }
  const [source, destination] = await Promise.all([
    clusterSettings(config, target.source.name, context),
    clusterSettings(config, target.destination.name, context),
  ])
  const act = actOf(context, 'drill', options)
  let sourceTopicId: string | undefined
  const site: DrillSite = {
    mode: 'practice',
    target,
    engine,
    settings: { source, destination },
    scope: 'canaryOnly',
    loss: { kind: 'simulated' },
    runner: undefined,
    ...groupOffsets(target, act),
    onCanaryTopic: (topicId) => {
      sourceTopicId = topicId
    },
    act,
    time,
  }
  cleanup.defer(async () => {
    // A note: should the drill fail, its failing step is what the last line has to name.
    progress.note('removing the canary')
    // Not the signal of the run: one that was interrupted is cleaned up, too.
    const left = await removeCanary(site, settings, sourceTopicId, { signal: AbortSignal.timeout(cleanupTimeoutMs) })
    for (const what of left) progress.note(`warning: could not be removed: ${what}`)
  })
  const { rtoMs, rpoMs, rpoRecords } = config.objectives
  return await work({
    scope: `practice: link ${name}, a canary of its own`,
    objectives: { rtoMs, rpoMs, rpoRecords: rpoRecords === undefined ? undefined : Number(rpoRecords) },
    site,
  })
}
