import { GeorepError } from '../../core/errors.ts'
import { historyFolder } from '../../history/folder.ts'
import type { Context } from '../context.ts'
import { ExitCode, exitCodeOfError } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { isRecorded, saved, tellRun } from './conclude-run.ts'
import { runEndIn, recordIdOf } from './run-end.ts'
import { refuseOfDrill } from './of-drill.ts'
import { pastRun, type PastRun, requireOpen, runbookCarriedOut } from './run-files.ts'
import { runbookData } from './run-record.ts'
import type { RunningOptions } from './options.ts'

/**
 * The run whose id begins so, to be gone on with or given up; the exit code when it is over and its record was all that was missing, see below.
 *
 * @throws GeorepError as `pastRun`, `refuseOfDrill` and `requireOpen`
 */
export async function openPast(
  prefix: string,
  options: Pick<RunningOptions, 'config' | 'historyDir' | 'dryRun' | 'output'>,
  context: Context,
): Promise<PastRun | ExitCode> {
  const past = await pastRun(prefix, options.historyDir, context)
  const runId = past.id
  await refuseOfDrill(runId, past.lines, options, context)
  const over = await saveLostRecord(runId, past, options, context)
  if (over !== undefined) return over
  requireOpen(runId, past.lines, options.historyDir)
  return past
}

/**
 * A run that is over and has no record, because the process that carried it out was killed before it had saved one: prints the run, saves the record from
 * its journal, and says with which exit code the run has ended. Changes nothing else, and contacts nobody.
 *
 * @returns undefined when the run is not over, or has its record
 */
async function saveLostRecord(
  runId: string,
  past: PastRun,
  options: Pick<RunningOptions, 'historyDir' | 'dryRun' | 'output'>,
  context: Context,
): Promise<ExitCode | undefined> {
  const { lines, file, files } = past
  const end = runEndIn(lines)
  if (end?.isOver !== true) return undefined
  const runbook = await runbookCarriedOut(runId, past)
  const id = recordIdOf(runId, lines)
  const data = runbookData({ runId, runbook, file, lines, end, journal: files.journal })
  if (await isRecorded(historyFolder(options.historyDir, context), { id, data })) return undefined
  const { error } = end
  tellRun({ id, data }, error === null ? undefined : new GeorepError(error.kind, error.code, error.message), options, context) // prettier-ignore
  const progress = await openProgress(context.io)
  progress.note(`run ${runId} is over (${end.status}), and its record is missing: ${options.dryRun ? 'it would be made' : 'it is made'} from its journal`) // prettier-ignore
  if (!options.dryRun) progress.note(await saved({ id, data }, options, context))
  return error === null ? ExitCode.ok : exitCodeOfError[error.kind]
}
