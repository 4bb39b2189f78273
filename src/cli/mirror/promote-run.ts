import { clusterSettings } from '../../config/cluster-settings.ts'
import { clusterRight } from '../../core/acl.ts'
import { GeorepError } from '../../core/errors.ts'
import { lossSentence, totalLoss, whyOf } from '../../core/loss.ts'
import { verdictOf } from '../../core/outcome.ts'
import {
  isStopKnown,
  openMirrors,
  type PromotePlan,
  type PromoteReport,
  type PromoteResult,
} from '../../engines/engine.ts'
import { type DeniedError, lacking } from '../../kafka/denied.ts'
import { tellHeldBack } from '../acl/tell-held-back.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmShown, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { lossView } from '../figures.ts'
import { printDocument } from '../document.ts'
import { openLink, type OpenLink } from '../open.ts'
import { printable } from '../printable.ts'
import { openProgress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { styleOf, type Style } from '../style.ts'
import { countedOutcomes, endWithVerdict } from '../verdict.ts'
import { stillDeniedSteps } from './denied-view.ts'
import { requireMirrors } from './failover-checks.ts'
import { secretsIn, sourceFenceOf } from './fence-hook.ts'
import { fenceWords, type FenceOption } from './fence-option.ts'
import { promoteView, renderPromotePlan, renderPromoteResults, type PromoteView } from './promote-view.ts'
import { confirmationOf, topicsOf, mirrorCommand, type WhichOptions } from './which.ts'

export interface MirrorPromoteOptions extends WhichOptions {
  readonly fence: FenceOption
  /** Milliseconds. */
  readonly timeout: number
}

export async function runMirrorPromote(options: MirrorPromoteOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const confirmation = confirmationOf('promote', options, io)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const plan = await engine.planPromote(target, topicsOf(options.which), options.fence.how, { signal })
  requireMirrors(plan, target.state, options)
  const refusal = refusalOf(plan, opened, options)
  const view = (report?: PromoteReport): PromoteView =>
    promoteView(plan, target, {
      now: time.now(),
      report,
      blockers: blockersOf(plan, opened),
      next: report === undefined ? promoteCommand(options) : commandLine(options, 'offset', 'clamp', '--link', options.link), // prettier-ignore
    })
  const isOpen = openMirrors(plan.mirrors).length > 0
  if (options.dryRun) {
    print(view(), (style) => renderPromotePlan(view(), style), options, context)
    if (refusal !== undefined) io.err(renderError(refusal))
    return refusal === undefined ? ExitCode.ok : ExitCode.refused
  }
  if (isOpen) {
    await confirmShown(renderPromotePlan(view(), styleOf({ hasColor: false })), refusal, confirmation, { signal })
  }
  const report = await promote(opened, plan, options, context)
  const done = view(report)
  print(done, (style) => renderPromoteResults(done.results ?? [], style), options, context)
  tellHeldBack(target, options, context)
  return end(done, report, opened, options, context)
}

function print(
  data: PromoteView,
  render: (style: Style) => string,
  { output }: MirrorPromoteOptions,
  { io }: Context,
): void {
  printDocument(io, { output, schema: 'georep.mirror-promote/1', data }, render)
}

function blockersOf(
  { fence, fenceWhy, blockers, mirrors }: PromotePlan,
  { target }: Pick<OpenLink, 'target'>,
): readonly string[] {
  if (isStopKnown(fence) || openMirrors(mirrors).length === 0) return blockers
  // Why Kafka Connect does not answer stands among the others.
  if (fenceWhy !== undefined) return blockers.some((one) => one.includes(fenceWhy)) ? blockers : [...blockers, fenceWhy]
  const what = fence === 'unknown' ? 'does not say whether it permits' : 'does not permit'
  return [
    ...blockers,
    `cluster "${target.destination.name}" ${what} that late runners are refused: ${fenceRightOf(target).message}`,
  ]
}

/** What the fence on the destination takes, as an error that names it and says how it is granted. */
function fenceRightOf({ destination }: OpenLink['target']): DeniedError {
  return lacking(destination, clusterRight('Alter'))
}

function refusalOf(plan: PromotePlan, opened: OpenLink, options: MirrorPromoteOptions): GeorepError | undefined {
  const blockers = blockersOf(plan, opened)
  if (blockers.length === 0) return undefined
  return new GeorepError(
    'refused',
    'GR-PROMOTE-BLOCKED',
    `link "${options.link}" cannot be promoted: ${blockers.join('; ')}`,
    {
      stateNow: 'nothing was changed',
      next: !plan.isSourceReachable
        ? mirrorCommand(options, 'failover')
        : isStopKnown(plan.fence) || plan.fenceWhy !== undefined
          ? (plan.fenceNext ?? commandLine(options, 'link', 'describe', options.link))
          : fenceRightOf(opened.target).next,
    },
  )
}

async function promote(
  { engine, target, config }: OpenLink,
  plan: PromotePlan,
  options: MirrorPromoteOptions,
  context: Context,
): Promise<PromoteReport> {
  const ends = [target.source.name, target.destination.name]
  const settings = await Promise.all(ends.map(async (name) => await clusterSettings(config, name, context)))
  const progress = await openProgress(context.io)
  try {
    const report = await engine.promote(
      target,
      plan,
      {
        ...actOf(context, 'mirror promote', options),
        sourceFence: sourceFenceOf(options.fence, options.link, secretsIn(settings, target.connect), context),
        timeoutMs: Math.min(options.timeout, maxTimeoutMs),
        onProgress: progress.step,
      },
      { signal: context.signal },
    )
    progress.done()
    return report
  } catch (error) {
    progress.fail()
    throw error
  }
}

/** The longest that a timer can be set to. */
const maxTimeoutMs = 2_147_483_647

function end(
  view: PromoteView,
  report: PromoteReport,
  { target }: OpenLink,
  options: MirrorPromoteOptions,
  context: Context,
): ExitCode {
  const { io } = context
  const { results, groups } = report
  warnOfGroups(groups, view, context)
  const past = results.filter(({ loss }) => loss.kind !== 'unknown' && loss.records > 0n)
  if (past.length > 0) {
    io.err(renderError(writtenPast(past, view)))
    return ExitCode.failed
  }
  const outcomes = results.map(({ outcome }) => outcome)
  const verdict = verdictOf(outcomes)
  if (verdict !== 'done') {
    return endWithVerdict(
      verdict,
      {
        code: 'GR-PROMOTE-INCOMPLETE',
        message: `not all of link "${options.link}" was promoted, or known to be whole: ${countedOutcomes(outcomes)}`,
        data: 'what is not shown as 0 missing is not known to be whole',
        next: [
          promoteCommand(options),
          ...stillDeniedSteps(
            target,
            results.map(({ topic }) => topic),
          ),
        ].join('\n'),
      },
      context,
    )
  }
  io.err(`${claimOf(results, view)}\n${afterwards(view, options)}next: ${printable(view.next)}\n`)
  return ExitCode.ok
}

function claimOf(results: readonly PromoteResult[], { source, destination }: PromoteView): string {
  const loss = totalLoss(results.map((one) => one.loss))
  if (loss.kind !== 'exact')
    return `whether records of the source are missing is not known: ${printable(whyOf(loss) ?? 'its ends could not be read again')}`
  const partitions = results.reduce((sum, { ends }) => sum + (ends?.length ?? 0), 0)
  if (results.some(({ sourcePlaces }) => sourcePlaces !== undefined)) {
    return `no record is missing: the ends of ${partitions} ${partitions === 1 ? 'partition' : 'partitions'} of "${printable(source.name)}" were read again after the stop, and everything before them was carried to "${printable(destination.name)}"`
  }
  return `no record is missing: the ends of ${partitions} ${partitions === 1 ? 'partition' : 'partitions'} were read again after the stop, and are equal on "${printable(source.name)}" and "${printable(destination.name)}"`
}

function afterwards({ source, sourceFence }: PromoteView, options: MirrorPromoteOptions): string {
  const name = printable(source.name)
  if (sourceFence.how === 'none')
    return `source "${name}" is not fenced: what is written there from now on is on no mirror\n`
  const free = mirrorCommand(options, 'unfence')
  return `source "${name}" stays fenced (${sourceFence.how}); to free it: ${printable(free)}\n`
}

/** Producers got past the fence, or wrote before the mirror had ended and after it was last compared. */
function writtenPast(past: readonly PromoteResult[], { source, destination }: PromoteView): GeorepError {
  const lines = past.flatMap(({ topic, ends, sourcePlaces, sourceEnds }) =>
    (sourceEnds ?? []).flatMap((sourceEnd, partition) => {
      const mirrored = (sourcePlaces ?? ends)?.[partition] ?? sourceEnd
      if (sourceEnd <= mirrored) return []
      return [
        `topic "${topic}" partition ${partition}: offsets ${mirrored.toString()} to ${(sourceEnd - 1n).toString()} are on "${source.name}" only`,
      ]
    }),
  )
  const missing = lossSentence(lossView(totalLoss(past.map(({ loss }) => loss))))
  return new GeorepError(
    'failed',
    'GR-WRITTEN-PAST-FENCE',
    `${missing} were written to the source after its mirrors had ended`,
    {
      stateNow: [
        ...lines.slice(0, 10),
        ...(lines.length > 10 ? [`and ${lines.length - 10} more partitions`] : []),
      ].join('\n'),
      data: `both "${source.name}" and "${destination.name}" have taken writes: these records are not on "${destination.name}"`,
      next: `stop what still writes to "${source.name}"; then read these offsets there, and decide what of them is to be written to "${destination.name}"`,
    },
  )
}

function warnOfGroups(
  { activeOnSource, activeOnDestination }: PromoteReport['groups'],
  view: PromoteView,
  { io }: Context,
): void {
  const list = (groups: readonly string[]): string => groups.map((group) => `"${printable(group)}"`).join(', ')
  if (activeOnSource.length > 0) {
    io.err(
      `warning: still reading on "${printable(view.source.name)}", what they commit from now on is not copied: ${list(activeOnSource)}\n`,
    )
  }
  if (activeOnDestination.length > 0) {
    io.err(
      `warning: with members on "${printable(view.destination.name)}", their offsets were left alone: ${list(activeOnDestination)}\n`,
    )
  }
}

function promoteCommand(options: MirrorPromoteOptions): string {
  return mirrorCommand(options, 'promote', ...fenceWords(options.fence))
}
