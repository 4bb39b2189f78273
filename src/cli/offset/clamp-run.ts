import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { verdictOf } from '../../core/outcome.ts'
import { planLinkClamp } from '../../engines/clamp-link.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import {
  applyClamp,
  type ClampOutcome,
  type ClampPlan,
  type GroupClamp,
  isAllKnown,
  isMovedOn,
  movesOf,
  sayingOf,
} from '../../links/clamp.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterText } from '../figures.ts'
import { documentText } from '../document.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict } from '../verdict.ts'
import { undoFileOf, writeUndo } from './carry-out.ts'
import { sayNothingToMove } from './end-plan.ts'
import { writePlan } from './new-plan.ts'
import { planOfMoves } from './plan-of-moves.ts'
import { neededBy } from './plan-options.ts'
import { clampView, renderClamp, type ClampView } from './clamp-view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface OffsetClampOptions extends GlobalOptions {
  readonly link: string
  readonly group: readonly string[] | undefined
  readonly plan: string | undefined
  readonly apply: boolean
  readonly undo: string | undefined
  readonly takeOver: boolean
  readonly confirm: string | undefined
  readonly output: OutputFormat
}

export async function runOffsetClamp(options: OffsetClampOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const confirmation = { what: `move offsets of link "${options.link}"`, expected: options.link, given: options.confirm, io } // prettier-ignore
  if (options.apply) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { link, state, destination } = opened.target
  // To the end, so that a mirror that was stopped a moment ago is not taken for one that is not.
  await state.refresh({ signal, link: link.name })
  const all = state.mirrors(link.name)
  const stopped = all.filter((mirror) => mirror.state.state === 'STOPPED')
  const plan = await planLinkClamp(opened.engine, opened.target, stopped, options.group ?? link.groups, { signal, ...neededBy(options) }) // prettier-ignore
  const saying = sayingOf(plan, context.time.now())
  if (saying !== undefined) io.err(`${printable(saying)}\n`)
  if (options.group !== undefined && plan.groups.length === 0) throw noSuchGroup(options, destination.name)
  const leftOut = all.filter((mirror) => !stopped.includes(mirror)).map(({ mirrorTopic }) => mirrorTopic)
  const view = (outcomes?: readonly ClampOutcome[]): ClampView => clampView(opened.target, plan, leftOut, outcomes)
  const movable = plan.groups.filter(({ changes, blocker }) => changes.length > 0 && blocker === undefined)
  if (!options.apply) return await endPreview(view(), plan, movable, { options, target: opened.target }, context)

  if (movable.length > 0) {
    io.err(`Destination: ${printable(clusterText(view().destination))}\n\n${renderClamp(view(), styleOf({ hasColor: false }))}\n`) // prettier-ignore
    await confirmTyped(confirmation, { signal })
  }
  const asFile = await planOfMoves(opened.target, clampsOf(movable), context)
  const undo = options.undo === undefined ? undoFileOf({ ...asFile, file: undefined }, context.cwd) : resolve(context.cwd, options.undo) // prettier-ignore
  const written: string[] = []
  const beforeFirst = async (): Promise<void> => {
    await writeUndo(undo, asFile, context)
    written.push(undo)
  }
  const outcomes = await applyClamp(opened.target, plan, actOf(context, 'offset clamp', options), { signal, beforeFirst }) // prettier-ignore
  print(view(outcomes), options, context)
  for (const file of written) io.err(`undo: ${printable(commandLine(options, 'offset', 'rollback', file))}\n`)
  const results = outcomes.map(({ outcome }) => outcome)
  const next = commandLine(options, 'offset', 'clamp', '--link', options.link)
  const verdict = verdictOf(results)
  if (verdict === 'done' && plan.untold !== undefined) return endWithVerdict('unknown', { ...placesUnknown(options), next }, context) // prettier-ignore
  return endWithVerdict(
    verdict,
    {
      code: 'GR-CLAMP-INCOMPLETE',
      message: `not all groups of link "${options.link}" were clamped: ${countedOutcomes(results)}`,
      next,
    },
    context,
  )
}

function placesUnknown({ link }: OffsetClampOptions): { readonly code: `GR-${string}`; readonly message: string } {
  return { code: 'GR-CLAMP-PLACES', message: `commits on stopped mirrors of link "${link}" lie in their logs, and it is not known whether each group is as far as it was on the source` } // prettier-ignore
}

/** Exit 4 when a group could not be looked at, or not where it stood on the source: it is not known to be well. */
async function endPreview(
  view: ClampView,
  plan: ClampPlan,
  movable: readonly GroupClamp[],
  { options, target }: { readonly options: OffsetClampOptions; readonly target: LinkTarget },
  context: Context,
): Promise<ExitCode> {
  const { io } = context
  print(view, options, context)
  if (movable.length === 0) {
    if (options.plan !== undefined) sayNothingToMove(options, context)
  } else if (options.plan !== undefined) {
    await writePlan(options.plan, await planOfMoves(target, clampsOf(movable), context), options, context)
  } else {
    const next = commandLine(options, 'offset', 'clamp', '--link', options.link, ...groupFlags(options), '--apply')
    io.err(`nothing was changed\nnext: ${printable(next)}\n`)
  }
  return isAllKnown(plan) ? ExitCode.ok : ExitCode.unknown
}

/** @returns what a plan file has of these groups: one may go past what it has not read here where it is known to have read that on the source */
export function clampsOf(groups: readonly GroupClamp[]): Parameters<typeof planOfMoves>[1] {
  return { act: 'clamp', groups: groups.map(movesOf), maySkip: groups.some(isMovedOn) }
}

function print(view: ClampView, { output }: OffsetClampOptions, { io }: Context): void {
  if (output !== 'table') io.out(documentText(output, 'georep.offset-clamp/1', view))
  else if (view.groups.length > 0) io.out(renderClamp(view, styleOf(io)))
  else io.err('no group has committed offsets on a stopped mirror of this link\n')
  if (view.leftOut.length > 0) {
    io.err(`left out, not stopped: ${view.leftOut.map(printable).join(', ')}\n`)
  }
}

export function groupFlags({ group }: Pick<OffsetClampOptions, 'group'>): readonly string[] {
  // Each behind its own flag: one that begins with a dash would be taken for an option.
  return group?.flatMap((one) => ['--group', one]) ?? []
}

function noSuchGroup(options: OffsetClampOptions, destination: string): GeorepError {
  const globs = (options.group ?? []).map((glob) => `"${glob}"`).join(', ')
  return new GeorepError(
    'failed',
    'GR-GROUP-UNKNOWN',
    `no consumer group with commits on a stopped mirror of link "${options.link}" matches ${globs} on "${destination}"`,
    { stateNow: 'nothing was changed', next: commandLine(options, 'offset', 'clamp', '--link', options.link) },
  )
}
