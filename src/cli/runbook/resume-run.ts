import { JournalFile, journalOf } from '../../runbook/journal.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { carryOut } from './carry-out.ts'
import { concludeRun } from './conclude-run.ts'
import { type DecisionOptions, decisionsOf } from './decisions.ts'
import { openPast } from './open-past.ts'
import { openSite } from './open-site.ts'
import { exitCodeOfPlan } from './plan-view.ts'
import { folderOf, keepCopy, runbookToGoOnWith } from './run-files.ts'
import { actorText, beginning } from './run-run.ts'
import { showPlan } from './show-plan.ts'
import type { RunningOptions } from './options.ts'

export interface RunbookResumeOptions extends RunningOptions, DecisionOptions {
  readonly id: string
  readonly forceChanged: boolean
}

export async function runRunbookResume(options: RunbookResumeOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const past = await openPast(options.id, options, context)
  if (typeof past === 'number') return past
  const { id: runId, files, file, lines } = past
  const runbook = await runbookToGoOnWith(runId, past, options.forceChanged)
  const decisions = decisionsOf(options, runbook, 'resume')
  const confirmation = { what: `resume run "${runId}" on link "${runbook.link}"`, expected: runbook.link, given: options.confirm, io } // prettier-ignore
  if (!options.dryRun) requireConfirmable(confirmation)
  const cwd = await folderOf(past, context)
  const progress = await openProgress(io)
  const about = { id: runId, folder: files.folder, cwd, verb: 'resume', isTakeOver: options.takeOver, progress }
  await using opened = await openSite(runbook, about, options, context)
  const { site } = opened
  const { view } = await showPlan(
    { runbook, site, entries: runbook.steps, gone: { lines, decisions } },
    options,
    context,
  )
  if (options.dryRun) return exitCodeOfPlan[view.verdict]
  await confirmTyped(confirmation, { signal })
  const session = await opened.hold()
  // Read again now that nobody else can go on with it.
  const found = await journalOf(files.journal, runId)
  await keepCopy(files, runbook)
  await using journal = await JournalFile.open({ file: files.journal, run: runId, actor: actorText(context), time }, found) // prettier-ignore
  await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: `resumed: ${runbook.name}`, facts: beginning('resumed', runbook, { file, cwd }, context) }) // prettier-ignore
  progress.note(`run ${runId}, journal ${files.journal}`)
  const carried = await carryOut({ runbook, site, session, journal, decisions, progress }, context)
  const ran = { runId, isAbort: false, runbook, file, target: site.target, lines: journal.lines, journal: files.journal } // prettier-ignore
  return await concludeRun(carried, ran, options, context, progress)
}
