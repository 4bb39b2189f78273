import { clusterSettings } from '../../config/cluster-settings.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import type {
  LinkPair,
  RestoredTopic,
  RestorePlan,
  RestoreResult,
  SalvageStore,
  History,
} from '../../engines/engine.ts'
import { notMirrored } from '../../engines/settled-mirrors.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmShown, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { printDocument } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { openLink, type OpenLink } from '../open.ts'
import { openProgress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { styleOf } from '../style.ts'
import { refusalOf } from './acted.ts'
import { secretsIn, sourceFenceOf } from './fence-hook.ts'
import { fenceWords, type FenceOption } from './fence-option.ts'
import { endWayBack, nextOf } from './end-way-back.ts'
import { linkBack } from './link-back.ts'
import { renderRestorePlan, renderRestoreRows, restoreView, type RestoreView } from './restore-view.ts'
import { salvageStore, salvageText } from './salvage-store.ts'
import { confirmationOf, topicsOf, mirrorCommand, type WhichOptions } from './which.ts'

export interface MirrorRestoreOptions extends WhichOptions {
  readonly onto: string | undefined
  readonly fence: FenceOption | undefined
  /** The folder, or `topic:<name>`, as it was typed. */
  readonly salvage: string | undefined
  readonly history: History
}

export async function runMirrorRestore(options: MirrorRestoreOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const confirmation = confirmationOf('bring back', options, io)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const pair = { from: target, onto: await linkBack(opened, options, context, 'bring mirrors back') }
  const store = options.salvage === undefined ? undefined : salvageStore(options.salvage, target.destination, context)
  const plan = await engine.planRestore(pair, topicsOf(options.which), {
    signal,
    fence: options.fence?.how,
    history: options.history,
    salvage: store,
  })
  if (plan.topics.length + plan.missing.length === 0) throw nothingStopped(options)
  const salvage = salvageText(options.salvage, context.cwd)
  const viewOf = (
    phase: RestoreView['phase'],
    results: ReadonlyMap<string, RestoreResult>,
    next: string,
  ): RestoreView => restoreView(pair, plan, { phase, results, salvage, history: options.history, next })
  const settled = settledBefore(plan, pair, options)
  const planned = viewOf('planned', settled, restoreCommand(options))
  const outcomesBefore = new Map([...settled].map(([topic, { outcome }]) => [topic, outcome]))
  const refusal = refusalOf(outcomesBefore, { code: 'GR-RESTORE-BLOCKED', next: listCommand(options) })
  const print = (view: RestoreView, render: Parameters<typeof printDocument>[2]): void => {
    printDocument(io, { output: options.output, schema: 'georep.mirror-restore/1', data: view }, render)
  }
  if (options.dryRun) {
    print(planned, (style) => renderRestorePlan(planned, style))
    if (refusal !== undefined) io.err(renderError(refusal))
    return refusal === undefined ? ExitCode.ok : ExitCode.refused
  }
  if (plan.topics.some(({ isDone }) => !isDone) || refusal !== undefined) {
    await confirmShown(renderRestorePlan(planned, styleOf({ hasColor: false })), refusal, confirmation, { signal })
  }
  const results = await restore(opened, pair, { plan, salvage: store }, options, context)
  const done = viewOf('done', results, nextOf(plan, pair, options))
  print(done, (style) => renderRestoreRows(done.topics, style))
  return endWayBack(done, [...results.values()].map(({ outcome }) => outcome), { code: 'GR-RESTORE-INCOMPLETE', next: restoreCommand(options) }, context) // prettier-ignore
}

/** By stopped mirror, what there is not to be done, and why. */
function settledBefore(
  { topics, missing }: RestorePlan,
  { from, onto }: LinkPair,
  options: MirrorRestoreOptions,
): ReadonlyMap<string, RestoreResult> {
  const settled = new Map<string, RestoreResult>()
  const settle = (topic: string, outcome: Outcome): unknown => settled.set(topic, { outcome, saved: [] })
  for (const topic of missing) settle(topic, { kind: 'refused', why: notMirrored(from.state, options.link, topic) })
  for (const topic of topics) {
    const { mirrorTopic } = topic.record
    const why = [...topic.blockers, ...unsaid(topic, options)]
    if (topic.isDone)
      settle(mirrorTopic, { kind: 'unchanged', why: `link "${onto.link.name}" carries it back already` })
    else if (why.length > 0) settle(mirrorTopic, { kind: 'refused', why: why.join('; ') })
  }
  return settled
}

/** What has to be said before an old source is replaced, or freed. */
function unsaid({ how, fence }: RestoredTopic, options: MirrorRestoreOptions): readonly string[] {
  if (how !== 'replace') {
    const isHooked = fence === 'hook' && options.fence?.how !== 'hook' && options.fence?.how !== 'none'
    return isHooked ? ['a command has fenced the old source: say which frees it with --fence hook:<command>, or --fence none when the runner may write there'] : [] // prettier-ignore
  }
  return [
    ...(options.salvage === undefined ? ['the logs have parted: say where what never arrived is to be saved, with --salvage <folder> or topic:<name>'] : []),
    ...(options.fence === undefined ? ['it is to be replaced: say what keeps producers off it, with --fence acl, hook:<command>, or none'] : []),
  ] // prettier-ignore
}

function nothingStopped(options: MirrorRestoreOptions): GeorepError {
  const message = `no mirror of link "${options.link}" was stopped by a failover`
  return new GeorepError('refused', 'GR-NOTHING-FAILED-OVER', message, {
    stateNow: 'nothing was changed',
    next: listCommand(options),
  })
}

async function restore(
  { engine, config }: OpenLink,
  pair: LinkPair,
  { plan, salvage }: { readonly plan: RestorePlan; readonly salvage: SalvageStore | undefined },
  options: MirrorRestoreOptions,
  context: Context,
): Promise<ReadonlyMap<string, RestoreResult>> {
  const { from } = pair
  const settings = await clusterSettings(config, from.source.name, context)
  const sourceFence = options.fence === undefined ? undefined : sourceFenceOf(options.fence, from.link.name, secretsIn([settings]), context) // prettier-ignore
  const progress = await openProgress(context.io)
  try {
    const by = {
      ...actOf(context, 'mirror restore', options),
      sourceFence,
      salvage,
      history: options.history,
      onProgress: progress.step,
    }
    const results = await engine.restore(pair, plan, by, { signal: context.signal })
    progress.done()
    return results
  } catch (error) {
    progress.fail()
    throw error
  }
}

function listCommand(options: MirrorRestoreOptions): string {
  return commandLine(options, 'mirror', 'list', '--link', options.link)
}

function restoreCommand({ onto, salvage, fence, history, ...options }: MirrorRestoreOptions): string {
  const words = [
    ...(onto === undefined ? [] : ['--onto', onto]),
    ...(salvage === undefined ? [] : ['--salvage', salvage]),
    ...(fence === undefined ? [] : fenceWords(fence)),
    ...(history === 'full' ? [] : ['--history', history]),
  ]
  return mirrorCommand(options, 'restore', ...words)
}
