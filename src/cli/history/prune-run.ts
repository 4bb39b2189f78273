import { basename } from 'node:path'
import { GeorepError, messageOf } from '../../core/errors.ts'
import type { Placed } from '../../history/chain.ts'
import { historyFolder } from '../../history/folder.ts'
import { planPrune, pruneRuns, requireIntact, textOfProblem, type Keep, type PrunePlan } from '../../history/prune.ts'
import { commandLine, quoted } from '../command-line.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { foreignText, whereFlags } from './where.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface HistoryPruneOptions extends GlobalOptions {
  /** What stays whole: so many of the newest records, or those that ended less than so many milliseconds ago. */
  readonly keep: { readonly kind: 'newest'; readonly count: number } | { readonly kind: 'younger'; readonly ms: number }
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly acceptBroken: boolean
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

export async function runHistoryPrune(options: HistoryPruneOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const folder = historyFolder(options.historyDir, context)
  const confirmation = { what: `prune "${folder}"`, expected: basename(folder), given: options.confirm, io }
  if (!options.dryRun) requireConfirmable(confirmation)
  // Computed once: what was shown is what is pruned, however long the question stands.
  const keep: Keep =
    options.keep.kind === 'newest' ? options.keep : { kind: 'since', ms: time.now().getTime() - options.keep.ms }
  const plan = await planPrune(folder, keep)
  if (!options.acceptBroken) requireIntact(folder, plan.problems)
  io.err(foreignText(plan.foreign))
  for (const problem of plan.problems) io.err(`warning: ${printable(textOfProblem(problem))}\n`)
  const ids = plan.prunable.map(({ run }) => run.id)
  if (options.dryRun || ids.length === 0) {
    print(folder, plan, [], options, context)
    if (ids.length > 0) io.err(`nothing was changed\nnext: the same command with --confirm ${printable(quoted(basename(folder)))} in place of --dry-run\n`) // prettier-ignore
    return ExitCode.ok
  }
  if (options.confirm === undefined) {
    io.err(`${renderPrune(plan.prunable)}\n`)
    await confirmTyped(confirmation, { signal })
  }
  const pruned: Placed[] = []
  try {
    await pruneRuns(folder, keep, context, {
      isBrokenAccepted: options.acceptBroken,
      signal,
      onPruned: (one) => pruned.push(one),
    })
  } catch (cause) {
    throw pruned.length === 0 ? notBegun(folder, cause) : cutShort(pruned.length, ids.length, cause)
  }
  print(folder, plan, pruned, options, context)
  io.err(`next: ${printable(commandLine(options, 'history', 'verify', ...whereFlags(options.historyDir)))}\n`)
  return ExitCode.ok
}

function renderPrune(prunable: readonly Placed[]): string {
  return table(
    ['ID', 'STARTED', 'KIND', 'MODE', 'VERDICT'].map((title) => ({ title })),
    prunable.map(({ run: { id, startedAt, kind, mode, verdict } }) => [id, startedAt, kind, mode, verdict]),
  )
}

function print(
  folder: string,
  { prunable, kept, stubs }: PrunePlan,
  pruned: readonly Placed[],
  { output, dryRun }: HistoryPruneOptions,
  { io }: Context,
): void {
  const shown = dryRun ? prunable : pruned
  const ids = shown.map(({ run }) => run.id)
  if (output !== 'table') {
    io.out(documentText(output, 'georep.history-prune/1', { folder, dryRun, pruned: ids, kept, stubsBefore: stubs }))
    return
  }
  if (ids.length === 0) io.err(`nothing to prune in ${printable(folder)}: ${kept} records, ${stubs} stubs\n`)
  else io.out(renderPrune(shown))
}

function notBegun(folder: string, cause: unknown): unknown {
  if (cause instanceof GeorepError || !(cause instanceof Error) || !('code' in cause)) return cause
  return new GeorepError('failed', 'GR-HISTORY-WRITE', `"${folder}" cannot be pruned: ${messageOf(cause)}`, {
    stateNow: 'nothing was changed',
    cause,
  })
}

function cutShort(done: number, all: number, cause: unknown): GeorepError {
  const isInterrupted = cause instanceof GeorepError && cause.kind === 'interrupted'
  return new GeorepError(
    isInterrupted ? 'interrupted' : 'incomplete',
    'GR-PRUNE-INCOMPLETE',
    `${done} of ${all} records were pruned: ${messageOf(cause)}`,
    { stateNow: 'each record is whole, or a whole stub; the chain holds', next: 'run the same command again', cause },
  )
}
