import { clusterSettings } from '../../config/cluster-settings.ts'
import { Cleanup } from '../../core/cleanup.ts'
import { canaryNames } from '../../drill/canary-names.ts'
import { type LeftCanary, leftCanaries } from '../../drill/left-canaries.ts'
import { requireDrillRights } from '../../drill/preflight.ts'
import { removeCanary } from '../../drill/remove-canary.ts'
import { failOverAtOnce, promoteAsPlanned } from '../../drill/response.ts'
import type { Loss } from '../../drill/scenario.ts'
import type { DrillSettings, DrillSite } from '../../drill/site.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped } from '../confirm.ts'
import type { Context } from '../context.ts'
import { runHook } from '../hook.ts'
import { secretsIn } from '../mirror/fence-hook.ts'
import { openLink } from '../open.ts'
import type { Progress } from '../progress.ts'
import type { DrillOptions } from './options.ts'
import type { OpenSite } from './open-site.ts'
import { bringBack, leftAway, leftAwayText, noteAway } from './source-away.ts'
import { responseOf } from './by-runbook.ts'
import { requireReady } from './require-ready.ts'
import { confirmationOf } from './exercise.ts'
import { groupOffsets } from './group-offsets.ts'
import type { Exercise } from './scenarios.ts'

const cleanupTimeoutMs = 60_000
/** How often group offsets are copied where whoever copies them does not say. */
const usualGroupsEveryMs = 5_000

type LinkExercise = Exclude<Exercise, { readonly mode: 'sandbox' }>

/** A link of georep.yaml with a runner at work. What the drill makes on it is removed when `work` is done. */
export async function withLinkSite<T>(
  exercise: LinkExercise,
  options: DrillOptions & { readonly link: string },
  settings: DrillSettings,
  context: Context,
  progress: Progress,
  work: (open: OpenSite) => Promise<T>,
): Promise<T> {
  const { time, signal } = context
  const { link: name } = options
  await using cleanup = new Cleanup()
  const opened = cleanup.adopt(await openLink(context, options, name), async (one) => {
    await one[Symbol.asyncDispose]()
  })
  const { target, engine, config } = opened
  // Before the source is asked: it may be away for that reason.
  for (const left of await leftAway(options.historyDir, context))
    if (left.link === name) progress.note(`warning: ${leftAwayText(left)}`)
  progress.step(`looking at link "${name}"`)
  const view = await engine.observe(target, { signal })
  requireReady(view, engine, options)
  const scope = exercise.mode === 'forced' && options.all ? 'all' : 'canaryOnly'
  const verb = exercise.mode === 'planned' ? 'mirror promote' : 'mirror failover'
  await requireDrillRights(opened, settings, { verb, scope }, { signal })
  for (const left of await leftCanaries(opened, { signal })) progress.note(leftText(left, name, options))
  const [source, destination] = await Promise.all([
    clusterSettings(config, target.source.name, context),
    clusterSettings(config, target.destination.name, context),
  ])
  const act = actOf(context, 'drill', options)
  let sourceTopicId: string | undefined
  const site: DrillSite = {
    target,
    engine,
    settings: { source, destination },
    scope,
    isLeftBehind: false,
    groupsEveryMs: target.state.runner(name)?.groupsEveryMs ?? view.connect?.told.groupSyncMs ?? usualGroupsEveryMs,
    lookAt: commandLine(options, 'link', 'describe', name),
    carrier: undefined,
    ...groupOffsets(engine, target, act),
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
    if (left.length > 0) progress.note(`next: ${removal(name, settings, options)}`)
  })
  const builtIn = exercise.mode === 'planned' ? promoteAsPlanned : failOverAtOnce
  const { rtoMs, rpoMs, rpoRecords } = config.objectives
  if (exercise.mode === 'forced') await confirmTyped(confirmationOf(name, options, context.io), { signal })
  return await work({
    loss: lossOf(
      exercise,
      { ...options, link: name, runId: settings.runId },
      secretsIn([source, destination], target.connect),
      context,
      progress,
    ),
    ...(await responseOf(exercise, builtIn, site, settings, options, context, progress)),
    objectives: { rtoMs, rpoMs, rpoRecords: rpoRecords === undefined ? undefined : Number(rpoRecords) },
    site,
  })
}

/** What takes away by hand what a drill has left. */
function removal(link: string, { runId }: Pick<DrillSettings, 'runId'>, options: DrillOptions): string {
  const { topic, group } = canaryNames(runId)
  const forget = commandLine(options, 'mirror', 'delete', topic, '--link', link)
  return `${forget}, and delete topic "${topic}" and group "${group}" on both clusters, where they are`
}

/** Of a canary that is none of this drill's: it is told, and left alone, as its drill may be at work still, on whatever host. */
function leftText({ topic, on, isMirrored }: LeftCanary, link: string, options: DrillOptions): string {
  const what = [
    ...(isMirrored ? [`mirror "${topic}" on link "${link}"`] : []),
    ...(on.length === 0 ? [] : [`topic "${topic}" on ${on.map((cluster) => `cluster "${cluster}"`).join(' and ')}`]),
  ].join(', and ')
  const runId = topic.slice(canaryNames('').topic.length)
  const group = topic.startsWith(canaryNames('').clock) ? '' : `, and group "${canaryNames(runId).group}" where it is`
  const how = isMirrored ? removal(link, { runId }, options) : `delete topic "${topic}" there${group}`
  return `warning: ${what}: left by a drill that was killed, unless that is at work still; next: ${how}`
}

function lossOf(
  exercise: LinkExercise,
  {
    link,
    runId,
    all,
    historyDir,
  }: Pick<DrillOptions, 'all' | 'historyDir'> & Pick<DrillSettings, 'runId'> & { readonly link: string },
  secrets: readonly string[],
  context: Context,
  { step, note }: Pick<Progress, 'step' | 'note'>,
): Loss {
  if (exercise.mode !== 'forced') return { kind: exercise.mode === 'practice' ? 'simulated' : 'none' }
  const { fault, undo } = exercise
  const hook = async (command: string, what: string, options: { readonly signal: AbortSignal }): Promise<void> => {
    const env = { ...context.env, GEOREP_LINK: link }
    const told = { command, what: `the command that is to ${what}`, code: 'GR-DRILL-HOOK', env, secrets } as const
    await runHook(told, context, options)
  }
  let away: Awaited<ReturnType<typeof noteAway>> | undefined
  return {
    kind: 'region',
    first: undefined,
    fault: {
      strike: async (options) => {
        step('running the command that is to take the source away')
        away = await noteAway(runId, { link, undo, isAll: all }, historyDir, context)
        const fromMs = context.time.monotonic()
        await hook(fault, 'take the source away', options)
        return { fromMs, toMs: context.time.monotonic() }
      },
      undo: async (options) => {
        if (away === undefined) return
        // A note, as of the canary: it is run after the step that has failed, too.
        note('running the command that is to bring the source back')
        try {
          await hook(undo, 'bring the source back', options)
        } catch (error) {
          note(`next: ${bringBack(away)}`)
          throw error
        }
        await away.isBack()
      },
    },
  }
}
