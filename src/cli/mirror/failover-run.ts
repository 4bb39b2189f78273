import { textFromDurationMs } from '../../core/duration.ts'
import { GeorepError } from '../../core/errors.ts'
import { verdictOf } from '../../core/outcome.ts'
import { isAborted, withDeadline } from '../../core/time.ts'
import { openMirrors, type FailoverPlan, type FailoverResult } from '../../engines/engine.ts'
import { tellHeldBack } from '../acl/tell-held-back.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmShown, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { warnOfExposure } from '../exposure/exposure-run.ts'
import { lookAtExposure } from '../exposure/look.ts'
import { exposureView } from '../exposure/view.ts'
import { printDocument } from '../document.ts'
import { openLink, type OpenLink } from '../open.ts'
import { printable } from '../printable.ts'
import { openProgress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { styleOf, type Style } from '../style.ts'
import { endWithVerdict } from '../verdict.ts'
import type { MirrorFailoverOptions } from './failover-options.ts'
import { stillDeniedSteps } from './denied-view.ts'
import { incompleteFailover } from './failover-incomplete.ts'
import { failoverCommand, failoverRefusals, goOnCommand, requireMirrors, toldLaterSteps } from './failover-checks.ts'
import { confirmationOf, topicsOf } from './which.ts'
import { failoverView, openCount, renderFailoverPlan, renderFailoverResults, sourceText, type FailoverView } from './failover-view.ts' // prettier-ignore

const defaultTimeoutMs = 60_000
/** The longest that a timer can be set to. */
const maxTimeoutMs = 2_147_483_647

export async function runMirrorFailover(options: MirrorFailoverOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const confirmation = confirmationOf('fail over', options, io)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const plan = await engine.planFailover(target, topicsOf(options.which), { signal })
  requireMirrors(plan, target.state, options)
  const refusals = failoverRefusals(plan, target, options)
  // What reading takes, a failover that is to be done does not wait for.
  const exposure = options.dryRun
    ? exposureView(await lookAtExposure(target, plan, undefined, { signal }), [], time.now())
    : undefined
  const view = (results?: readonly FailoverResult[]): FailoverView =>
    failoverView(plan, target, {
      exposure,
      now: time.now(),
      results,
      refusals: refusals.map(({ code, message }) => ({ code, why: message })),
      next: results === undefined ? failoverCommand(options) : commandLine(options, 'offset', 'clamp', '--link', options.link), // prettier-ignore
    })
  if (options.dryRun) return endDryRun(view(), refusals, options, context)

  if (openMirrors(plan.mirrors).length > 0) {
    await confirmShown(renderFailoverPlan(view(), styleOf({ hasColor: false })), refusals[0], confirmation, { signal })
  }
  const results = await failOver(opened, plan, options, context)
  const done = view(results)
  print(done, (style) => renderFailoverResults(done.results ?? [], style), options, context)
  tellHeldBack(target, options, context)
  return end(done, results, opened, options, context)
}

function print(
  data: FailoverView,
  render: (style: Style) => string,
  { output }: MirrorFailoverOptions,
  { io }: Context,
): void {
  printDocument(io, { output, schema: 'georep.mirror-failover/1', data }, render)
}

function endDryRun(
  view: FailoverView,
  refusals: readonly GeorepError[],
  options: MirrorFailoverOptions,
  context: Context,
): ExitCode {
  print(view, (style) => renderFailoverPlan(view, style), options, context)
  if (view.exposure !== null) warnOfExposure(view.exposure, context)
  for (const refusal of refusals) context.io.err(renderError(refusal))
  return refusals.length === 0 ? ExitCode.ok : ExitCode.refused
}

async function failOver(
  { engine, target }: OpenLink,
  plan: FailoverPlan,
  options: MirrorFailoverOptions,
  context: Context,
): Promise<readonly FailoverResult[]> {
  const limitMs = limitOf(options)
  const deadline = limitMs === undefined ? context.signal : withDeadline(context.signal, limitMs)
  const progress = await openProgress(context.io)
  if (openMirrors(plan.mirrors).length > 0) progress.step(`failing over ${openCount(plan)} of link "${options.link}"`)
  try {
    const results = await engine.failover(
      target,
      plan,
      {
        ...actOf(context, 'mirror failover', options),
        // What is permitted is done, whatever the flag allows.
        isUnfenced: options.unfenced && plan.fence !== 'permitted',
        onProgress: progress.step,
      },
      { signal: deadline },
    )
    progress.done()
    return results
  } catch (error) {
    progress.fail()
    if (limitMs === undefined || !isAborted(deadline) || isAborted(context.signal)) throw error
    const message = `the failover of link "${options.link}" was not done within ${textFromDurationMs(limitMs)}`
    throw new GeorepError('timedOut', 'GR-TIMED-OUT', message, {
      stateNow: 'mirrors may be stopping; this one tells',
      next: commandLine(options, 'mirror', 'list', '--link', options.link),
      cause: error,
    })
  }
}

function limitOf({ wait, timeout }: MirrorFailoverOptions): number | undefined {
  if (timeout === undefined) return wait ? undefined : defaultTimeoutMs
  return Math.min(timeout, maxTimeoutMs)
}

function end(
  view: FailoverView,
  results: readonly FailoverResult[],
  { target }: OpenLink,
  options: MirrorFailoverOptions,
  context: Context,
): ExitCode {
  const { io } = context
  const outcomes = results.map(({ outcome }) => outcome)
  const verdict = verdictOf(outcomes)
  const later = toldLaterSteps(results, options)
  if (verdict === 'done') {
    io.err(`${sourceText(view)}\n${[view.next, ...later].map((step) => `next: ${printable(step)}\n`).join('')}`)
    return ExitCode.ok
  }
  const what = incompleteFailover(view, results, {
    limitMs: limitOf(options),
    isInterrupted: isAborted(context.signal),
    next: [
      goOnCommand(outcomes, options),
      ...later,
      ...stillDeniedSteps(
        target,
        results.map(({ topic }) => topic),
      ),
    ].join('\n'),
  })
  return endWithVerdict(verdict, what, context)
}
