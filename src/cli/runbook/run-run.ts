import { JournalFile } from '../../runbook/journal.ts'
import { runbookFrom, type Runbook } from '../../runbook/load.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import { operatorText } from '../actor.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { carryOut } from './carry-out.ts'
import { concludeRun } from './conclude-run.ts'
import { findRunbook } from './find-runbook.ts'
import { openSite } from './open-site.ts'
import { requireForTheDay } from './for-the-day.ts'
import { givenOf, type RunningOptions, type Setting } from './options.ts'
import { exitCodeOfPlan } from './plan-view.ts'
import { keepCopy, runFiles } from './run-files.ts'
import { requireClear, showPlan } from './show-plan.ts'

export interface RunbookRunOptions extends RunningOptions {
  readonly name: string
  readonly set: readonly Setting[] | undefined
}

export async function runRunbookRun(options: RunbookRunOptions, context: Context): Promise<ExitCode> {
  const { io, cwd, time, signal } = context
  const { file, text } = await findRunbook(options.name, context)
  const runbook = runbookFrom(text, file, givenOf(options.set))
  requireForTheDay(runbook, options.name)
  const confirmation = { what: `run runbook "${runbook.name}" on link "${runbook.link}"`, expected: runbook.link, given: options.confirm, io } // prettier-ignore
  if (!options.dryRun) requireConfirmable(confirmation)
  const runId = context.newId()
  const progress = await openProgress(io)
  const files = runFiles(runId, options.historyDir, context)
  const about = { id: runId, folder: files.folder, cwd, verb: 'run', isTakeOver: options.takeOver, progress }
  await using opened = await openSite(runbook, about, options, context)
  const { site } = opened
  const { view, plan } = await showPlan({ runbook, site, entries: runbook.steps }, options, context)
  if (options.dryRun) return exitCodeOfPlan[view.verdict]
  requireClear(plan, runbook.link)
  await confirmTyped(confirmation, { signal })
  const session = await opened.hold()
  await keepCopy(files, runbook)
  await using journal = await JournalFile.create({ file: files.journal, run: runId, actor: actorText(context), time })
  await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: `begun: ${runbook.name}`, facts: beginning('begun', runbook, { file, cwd }, context) }) // prettier-ignore
  progress.note(`run ${runId}, journal ${files.journal}`)
  const carried = await carryOut({ runbook, site, session, journal, decisions: new Map(), progress }, context)
  const ran = { runId, isAbort: false, runbook, file, target: site.target, lines: journal.lines, journal: files.journal } // prettier-ignore
  return await concludeRun(carried, ran, options, context, progress)
}

/** What a journal says first, and whenever the run is gone on with. `cwd` is where it was begun. */
export function beginning(
  event: 'begun' | 'resumed' | 'aborting',
  { name, hash, link, mode, variables }: Runbook,
  { file, cwd }: { readonly file: string; readonly cwd: string },
  { version }: Pick<Context, 'version'>,
): Readonly<Record<string, unknown>> {
  return {
    event,
    runbook: name,
    hash,
    file,
    link,
    mode,
    variables: Object.fromEntries(variables),
    georep: version,
    cwd,
  }
}

export function actorText(context: Pick<Context, 'user' | 'hostname' | 'pid'>): string {
  return `${operatorText(context)} (pid ${context.pid})`
}
