import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import type { OffsetPlan, PlanAct } from '../../core/offset-plan.ts'
import { verdictOf } from '../../core/outcome.ts'
import type { PlanTarget } from '../../links/apply-plan.ts'
import type { MovesPlanned } from '../../links/plan-moves.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable, type Confirmation } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterView } from '../figures.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict } from '../verdict.ts'
import type { GlobalOptions } from '../wiring.ts'
import { carryOut, printMoves, undoFileOf } from './carry-out.ts'
import { expected, type MovesView, plannedRows } from './moves-view.ts'
import { newPlan, writePlan } from './new-plan.ts'
import type { MoveOffsetsOptions } from './plan-options.ts'

/** What a verb wants to be done. */
export interface Intended {
  readonly act: Exclude<PlanAct, 'undo'>
  readonly target: PlanTarget
  readonly clusterId: string
  readonly link: string | undefined
  readonly planned: MovesPlanned
  /** Records that were read elsewhere are not skipped. */
  readonly maySkip: boolean
}

/** The question that `--apply` asks. */
export function confirmationOf(
  cluster: string,
  { confirm }: Pick<MoveOffsetsOptions, 'confirm'>,
  { io }: Context,
): Confirmation {
  return { what: `move offsets of groups on cluster "${cluster}"`, expected: cluster, given: confirm, io }
}

/** What can be refused before anything is asked. */
export function requireAppliable(cluster: string, options: MoveOffsetsOptions, context: Context): void {
  if (options.apply) requireConfirmable(confirmationOf(cluster, options, context))
}

/** Prints what would be done; writes it to a file, or does it. A plan in which one group cannot be moved is neither written nor done. */
export async function endPlanned(intended: Intended, options: MoveOffsetsOptions, context: Context): Promise<ExitCode> {
  const { io, signal, cwd } = context
  const { planned, target, maySkip } = intended
  const { cluster } = target
  const view = (): MovesView => ({
    act: intended.act,
    phase: 'planned',
    cluster: clusterView(cluster, intended.clusterId),
    link: intended.link ?? null,
    plan: options.plan ?? null,
    undo: null,
    ...plannedRows(planned.groups, maySkip),
  })
  const outcomes = planned.groups.map((one) => expected(one, maySkip))
  const refused = outcomes.filter((one) => one.kind !== 'movable' && one.kind !== 'unchanged')
  const isAnyMovable = outcomes.some(({ kind }) => kind === 'movable')
  if (refused.length > 0 || !isAnyMovable) {
    await printMoves({ ...view(), plan: null }, options, context)
    if (refused.length === 0) sayNothingToMove(options, context)
    return endWithVerdict(
      verdictOf(refused),
      {
        code: 'GR-OFFSETS-REFUSED',
        message: `not all groups can be moved: ${countedOutcomes(refused)} of ${planned.groups.length}`,
        stateNow: 'nothing was changed',
        next: 'do what is said of each group, or name with --group only those that can be moved',
      },
      context,
    )
  }

  const plan = planOf(intended, context)
  if (options.plan !== undefined) {
    await printMoves(view(), options, context)
    await writePlan(options.plan, plan, options, context)
    return ExitCode.ok
  }
  if (!options.apply) {
    await printMoves(view(), options, context)
    io.err('nothing was changed\nnext: the same command with --plan FILE, or with --apply\n')
    return ExitCode.ok
  }
  const confirmation = confirmationOf(cluster.name, options, context)
  if (options.confirm === undefined) {
    const { renderMoves } = await import('./moves-table.ts')
    io.err(`${renderMoves(view(), styleOf({ hasColor: false }), { all: false })}\n`)
  }
  await confirmTyped(confirmation, { signal })
  const undo = options.undo === undefined ? undoFileOf({ ...plan, file: undefined }, cwd) : resolve(cwd, options.undo)
  // Whoever was asked may have taken their time.
  const justSeen = options.confirm === undefined ? undefined : planned.seen
  return await carryOut(target, plan, { plan: undefined, undo }, { ...options, group: undefined, justSeen }, context)
}

/** Whoever asked for a plan is told that there is none. */
export function sayNothingToMove({ plan }: Pick<MoveOffsetsOptions, 'plan'>, { io }: Context): void {
  io.err(`nothing has to be moved, nothing was changed${plan === undefined ? '' : ', and no plan was written'}\n`)
}

/** Groups that stay where they are need no plan. */
export function planOf({ act, target, clusterId, link, planned, maySkip }: Intended, context: Context): OffsetPlan {
  const groups = planned.groups.flatMap(({ group, moves }) => {
    const open = moves.filter(({ effect }) => effect.kind !== 'none')
    return open.length === 0 ? [] : [{ group, moves: open }]
  })
  const cluster = { name: target.cluster.name, clusterId }
  return newPlan({ act, cluster, link, maySkip, topics: planned.topics, groups }, context)
}

/** @throws GeorepError "failed" GR-GROUP-UNKNOWN */
export function noSuchGroup(
  options: Pick<GlobalOptions, 'config'> & { readonly cluster: string; readonly group: readonly string[] },
): GeorepError {
  const { cluster, group } = options
  const named = group.map((glob) => `"${glob}"`).join(', ')
  return new GeorepError('failed', 'GR-GROUP-UNKNOWN', `no consumer group on cluster "${cluster}" matches ${named}`, {
    stateNow: 'nothing was changed',
    next: commandLine(options, 'offset', 'export', '--cluster', cluster, '--group', '*'),
  })
}
