import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import type { OffsetPlan } from '../../core/offset-plan.ts'
import { type PlanTarget, requireAsPlanned } from '../../links/apply-plan.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterView } from '../figures.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { carryOut, type PlanFiles, printMoves, undoFileOf, type CarryOutOptions } from './carry-out.ts'
import { confirmationOf } from './end-plan.ts'
import { type MovesView, rowsOfPlan } from './moves-view.ts'
import { openCluster } from './open-cluster.ts'
import { readPlan } from './plan-file.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface OffsetApplyOptions extends GlobalOptions, CarryOutOptions {
  readonly file: string
  readonly group: readonly string[] | undefined
  readonly undo: string | undefined
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
}

export async function runOffsetApply(options: OffsetApplyOptions, context: Context): Promise<ExitCode> {
  const file = resolve(context.cwd, options.file)
  const plan = await readPlan(file)
  if (plan.act === 'undo')
    throw wrongVerb(file, 'is the way back of a plan', commandLine(options, 'offset', 'rollback', file))
  const undo = options.undo === undefined ? undoFileOf({ ...plan, file }, context.cwd) : resolve(context.cwd, options.undo) // prettier-ignore
  return await apply(plan, { plan: file, undo }, options, context)
}

export async function runOffsetRollback(options: OffsetApplyOptions, context: Context): Promise<ExitCode> {
  const file = resolve(context.cwd, options.file)
  const plan = await readPlan(file)
  if (plan.act !== 'undo') throw wrongVerb(file, 'is a plan, and not its way back', commandLine(options, 'offset', 'rollback', undoFileOf({ ...plan, file }, context.cwd))) // prettier-ignore
  return await apply(plan, { plan: file, undo: undefined }, options, context)
}

async function apply(
  plan: OffsetPlan,
  files: PlanFiles,
  options: OffsetApplyOptions,
  context: Context,
): Promise<ExitCode> {
  const confirmation = confirmationOf(plan.cluster.name, options, context)
  if (!options.dryRun) requireConfirmable(confirmation)
  if (plan.link === undefined) {
    await using opened = await openCluster(context, options, plan.cluster.name)
    return await applyTo({ cluster: opened.cluster }, plan, files, options, context)
  }
  await using opened = await openLink(context, options, plan.link)
  const { state, destination } = opened.target
  const by = actOf(context, `offset ${plan.act === 'undo' ? 'rollback' : 'apply'}`, options)
  return await applyTo({ cluster: destination, link: { state, by } }, plan, files, options, context)
}

async function applyTo(
  target: PlanTarget,
  plan: OffsetPlan,
  files: PlanFiles,
  options: OffsetApplyOptions,
  context: Context,
): Promise<ExitCode> {
  const { io, signal, time } = context
  const isWanted = matcherFromGlobs(options.group ?? ['*'])
  const groups = plan.groups.filter(({ group }) => isWanted(group))
  if (groups.length === 0) throw new GeorepError('failed', 'GR-GROUP-UNKNOWN', 'no group of the plan is meant', { stateNow: 'nothing was changed' }) // prettier-ignore
  if (options.dryRun || options.confirm === undefined) {
    // Before somebody types a name for what cannot be done. It is looked at again when it is done.
    await requireAsPlanned(target.cluster, plan, { signal, now: time.now(), isWanted, isPendingLeftOut: true })
    const view: MovesView = {
      act: plan.act,
      phase: 'planned',
      cluster: clusterView(target.cluster, plan.cluster.clusterId),
      link: plan.link ?? null,
      plan: files.plan ?? null,
      undo: files.undo ?? null,
      ...rowsOfPlan({ groups }, undefined),
    }
    if (options.dryRun) {
      await printMoves(view, options, context)
      io.err('nothing was changed\n')
      return ExitCode.ok
    }
    const { renderMoves } = await import('./moves-table.ts')
    io.err(`${renderMoves(view, styleOf({ hasColor: false }), { all: false })}\nmade at ${plan.createdAt.toISOString()} by ${printable(plan.createdBy)}\n`) // prettier-ignore
  }
  await confirmTyped(confirmationOf(plan.cluster.name, options, context), { signal })
  return await carryOut(target, plan, files, options, context)
}

function wrongVerb(file: string, why: string, next: string): GeorepError {
  return new GeorepError('usage', 'GR-PLAN-FILE', `"${file}" ${why}`, { stateNow: 'nothing was changed', next }) // prettier-ignore
}
