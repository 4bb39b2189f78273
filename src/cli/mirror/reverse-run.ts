import { clusterSettings } from '../../config/cluster-settings.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { LinkPair, ReversePlan } from '../../engines/engine.ts'
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
import { secretsIn, sourceFenceOf } from './fence-hook.ts'
import { refusalOf } from './acted.ts'
import { endWayBack, nextOf } from './end-way-back.ts'
import { linkBack } from './link-back.ts'
import { renderReversePlan, renderReverseRows, reverseView, type ReverseView } from './reverse-view.ts'
import { confirmationOf, topicsOf, mirrorCommand, type WhichOptions } from './which.ts'
import type { FenceOption } from './fence-option.ts'

export interface MirrorReverseOptions extends WhichOptions {
  readonly onto: string | undefined
  readonly fence: FenceOption | undefined
}

export async function runMirrorReverse(options: MirrorReverseOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const confirmation = confirmationOf('send back', options, io)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const pair = { from: target, onto: await linkBack(opened, options, context, 'reverse mirrors') }
  const plan = await engine.planReverse(pair, topicsOf(options.which), { signal })
  if (plan.topics.length + plan.missing.length === 0) throw nothingPromoted(options)
  const settled = settledBefore(plan, pair, options)
  const viewOf = (phase: ReverseView['phase'], outcomes: ReadonlyMap<string, Outcome>, next: string): ReverseView =>
    reverseView(pair, plan, { phase, outcomes, next })
  const planned = viewOf('planned', settled, reverseCommand(options))
  const refusal = refusalOf(settled, { code: 'GR-REVERSE-BLOCKED', next: nextOfRefused(plan, options) })
  const print = (view: ReverseView, render: Parameters<typeof printDocument>[2]): void => {
    printDocument(io, { output: options.output, schema: 'georep.mirror-reverse/1', data: view }, render)
  }
  if (options.dryRun) {
    print(planned, (style) => renderReversePlan(planned, style))
    if (refusal !== undefined) io.err(renderError(refusal))
    return refusal === undefined ? ExitCode.ok : ExitCode.refused
  }
  if (plan.topics.some(({ isDone }) => !isDone) || refusal !== undefined) {
    await confirmShown(renderReversePlan(planned, styleOf({ hasColor: false })), refusal, confirmation, { signal })
  }
  const outcomes = await reverse(opened, pair, plan, options, context)
  const done = viewOf('done', outcomes, nextOf(plan, pair, options))
  print(done, (style) => renderReverseRows(done.topics, style))
  return endWayBack(
    done,
    [...outcomes.values()],
    { code: 'GR-REVERSE-INCOMPLETE', next: reverseCommand(options) },
    context,
  )
}

/** By promoted topic, what there is not to be done, and why. */
function settledBefore(
  { topics, missing }: ReversePlan,
  { from, onto }: LinkPair,
  { fence, link }: MirrorReverseOptions,
): ReadonlyMap<string, Outcome> {
  const settled = new Map<string, Outcome>()
  for (const topic of missing) settled.set(topic, { kind: 'refused', why: notMirrored(from.state, link, topic) })
  for (const topic of topics) {
    const { mirrorTopic } = topic.record
    const why = [...topic.blockers]
    if (topic.isDone) settled.set(mirrorTopic, { kind: 'unchanged', why: `link "${onto.link.name}" carries it back already` }) // prettier-ignore
    else if (topic.fence === 'hook' && fence === undefined) why.push('a command has fenced the old source: say which frees it with --fence hook:<command>, or --fence none when the runner may write there') // prettier-ignore
    if (why.length > 0) settled.set(mirrorTopic, { kind: 'refused', why: why.join('; ') })
  }
  return settled
}

/** What is for a restore is said to be. */
function nextOfRefused({ topics }: ReversePlan, options: MirrorReverseOptions): string {
  const isForRestore = topics.some(
    ({ record: { state }, partitions }) =>
      (state.state === 'STOPPED' && state.stoppedBy === 'failover') ||
      partitions.some(({ oldEnd, stoppedAt }) => oldEnd !== undefined && oldEnd > stoppedAt),
  )
  if (!isForRestore) return commandLine(options, 'mirror', 'list', '--link', options.link)
  const ontoWords = options.onto === undefined ? [] : ['--onto', options.onto]
  return mirrorCommand(options, 'restore', ...ontoWords, '--dry-run')
}

function nothingPromoted(options: MirrorReverseOptions): GeorepError {
  const message = `no mirror of link "${options.link}" was stopped by a promote`
  return new GeorepError('refused', 'GR-NOTHING-PROMOTED', message, {
    stateNow: 'nothing was changed',
    next: commandLine(options, 'mirror', 'list', '--link', options.link),
  })
}

async function reverse(
  { engine, config }: OpenLink,
  pair: LinkPair,
  plan: ReversePlan,
  options: MirrorReverseOptions,
  context: Context,
): Promise<ReadonlyMap<string, Outcome>> {
  const { from } = pair
  const settings = await clusterSettings(config, from.source.name, context)
  const sourceFence =
    options.fence === undefined || options.fence.how === 'acl'
      ? undefined
      : sourceFenceOf(options.fence, from.link.name, secretsIn([settings]), context)
  const progress = await openProgress(context.io)
  try {
    const by = { ...actOf(context, 'mirror reverse', options), sourceFence, onProgress: progress.step }
    const outcomes = await engine.reverse(pair, plan, by, { signal: context.signal })
    progress.done()
    return outcomes
  } catch (error) {
    progress.fail()
    throw error
  }
}

function reverseCommand(options: MirrorReverseOptions): string {
  const onto = options.onto === undefined ? [] : ['--onto', options.onto]
  return mirrorCommand(options, 'reverse', ...onto)
}
