import { JournalFile, journalOf } from '../../runbook/journal.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { commandLine } from '../command-line.ts'
import { printable } from '../printable.ts'
import { openProgress } from '../progress.ts'
import { carryOutRollback } from './carry-out.ts'
import { concludeRun } from './conclude-run.ts'
import { type DecisionOptions, decisionsOf } from './decisions.ts'
import { openPast } from './open-past.ts'
import { openSite } from './open-site.ts'
import { exitCodeOfPlan } from './plan-view.ts'
import { folderOf, runbookCarriedOut } from './run-files.ts'
import { actorText, beginning } from './run-run.ts'
import { showPlan } from './show-plan.ts'
import type { RunningOptions } from './options.ts'

export interface RunbookAbortOptions extends RunningOptions, DecisionOptions {
  readonly id: string
}

export async function runRunbookAbort(options: RunbookAbortOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const past = await openPast(options.id, options, context)
  if (typeof past === 'number') return past
  const { id: runId, files, file, lines } = past
  // Given up is what was begun, however its file reads by now.
  const runbook = await runbookCarriedOut(runId, past)
  const decisions = decisionsOf(options, runbook, 'abort')
  const confirmation = { what: `abort run "${runId}" on link "${runbook.link}"`, expected: runbook.link, given: options.confirm, io } // prettier-ignore
  if (!options.dryRun) requireConfirmable(confirmation)
  const cwd = await folderOf(past, context)
  const progress = await openProgress(io)
  const about = { id: runId, folder: files.folder, cwd, verb: 'abort', isTakeOver: options.takeOver, progress }
  await using opened = await openSite(runbook, about, options, context)
  const { site } = opened
  const { view } = await showPlan(
    { runbook, site, entries: runbook.rollback, gone: { lines, decisions } },
    options,
    context,
  )
  if (options.dryRun) return exitCodeOfPlan[view.verdict]
  await confirmTyped(confirmation, { signal })
  const session = await opened.hold()
  const found = await journalOf(files.journal, runId)
  await using journal = await JournalFile.open({ file: files.journal, run: runId, actor: actorText(context), time }, found) // prettier-ignore
  await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: `aborting: ${runbook.name}`, facts: beginning('aborting', runbook, { file, cwd }, context) }) // prettier-ignore
  const carried = await carryOutRollback({ runbook, site, session, journal, decisions, progress }, context)
  await site.target.state.refresh({ signal, link: runbook.link })
  const ran = { runId, isAbort: true, runbook, file, target: site.target, lines: journal.lines, journal: files.journal } // prettier-ignore
  const code = await concludeRun(carried, ran, options, context, progress)
  if (code === ExitCode.ok && site.target.state.fences(runbook.link).length > 0) {
    const unfence = commandLine(options, 'mirror', 'unfence', '--link', runbook.link, '--all')
    io.err(`warning: source topics are fenced by georep still; to free them: ${printable(unfence)}\n`)
  }
  return code
}
