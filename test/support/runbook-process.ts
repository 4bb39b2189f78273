import { join } from 'node:path'
import { carryOut, carryOutRollback } from '../../src/cli/runbook/carry-out.ts'
import { concludeRun } from '../../src/cli/runbook/conclude-run.ts'
import type { Context } from '../../src/cli/context.ts'
import type { OutputFormat } from '../../src/cli/args.ts'
import { openProgress } from '../../src/cli/progress.ts'
import { keepCopy, runFiles } from '../../src/cli/runbook/run-files.ts'
import { actorText, beginning } from '../../src/cli/runbook/run-run.ts'
import type { LinkSession } from '../../src/links/session.ts'
import { JournalFile } from '../../src/runbook/journal.ts'
import { runbookFrom } from '../../src/runbook/load.ts'
import type { Site } from '../../src/runbook/site.ts'
import { siteFor } from './runbook-site.ts'

/**
 * A process that carries `run1` out as `runbook run` does (with `isAbort`: is gone on with by `runbook abort`) once the link is held. Its steps ask no
 * cluster. `onOver` is called when the journal has come to its end.
 */
export async function runbookProcess(
  {
    text,
    folder,
    isAbort = false,
    output = 'table',
    onOver,
    ...more
  }: {
    readonly text: string
    readonly folder: string
    readonly isAbort?: boolean
    readonly output?: OutputFormat
    readonly onOver?: () => void
    readonly engine?: Site['engine']
  },
  context: Context,
): Promise<number> {
  const runbook = runbookFrom(text, 'mine.yaml', new Map())
  const file = join(folder, 'mine.yaml')
  const files = runFiles('run1', folder, context)
  await keepCopy(files, runbook)
  await using journal = await JournalFile.create({ file: files.journal, run: 'run1', actor: actorText(context), time: context.time }) // prettier-ignore
  for (const event of isAbort ? (['begun', 'aborting'] as const) : (['begun'] as const)) {
    await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: event, facts: beginning(event, runbook, { file, cwd: folder }, context) }) // prettier-ignore
  }
  // Of a session these are what it needs.
  const session = { signal: new AbortController().signal, write: async () => { await Promise.resolve() } } as unknown as LinkSession // prettier-ignore
  const progress = await openProgress(context.io)
  const site = siteFor({ say: progress.note, ...more })
  const what = { runbook, site, session, journal, decisions: new Map(), progress }
  const carried = await (isAbort ? carryOutRollback : carryOut)(what, context)
  onOver?.()
  const ran = {
    runId: 'run1',
    isAbort,
    runbook,
    file,
    target: site.target,
    lines: journal.lines,
    journal: files.journal,
  }
  const options = { historyDir: folder, output, config: undefined, color: true, confirm: undefined, dryRun: false, takeOver: false } // prettier-ignore
  return await concludeRun(carried, ran, options, context, progress)
}
