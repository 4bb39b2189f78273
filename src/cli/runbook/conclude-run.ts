import { GeorepError } from '../../core/errors.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import { historyFolder } from '../../history/folder.ts'
import { readHistory } from '../../history/read.ts'
import { fileNameOf, type RunData } from '../../history/record.ts'
import { SavedAlready, saveRun } from '../../history/save.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode, exitCodeOfError } from '../exit.ts'
import { whereFlags } from '../history/where.ts'
import type { Progress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { styleOf, type Paint, type Style } from '../style.ts'
import { table } from '../table.ts'
import { recordIdOf, type CarriedOut } from './run-end.ts'
import { runbookData, type RanRun, type StepRecord } from './run-record.ts'
import type { RunningOptions } from './options.ts'

/**
 * Prints how a run ended, saves its record, and says which exit code that is.
 *
 * @throws GeorepError "failed" GR-HISTORY-WRITE when the record cannot be saved; all is printed by then, and the journal has it
 */
export async function concludeRun(
  carried: CarriedOut,
  ran: Omit<RanRun, 'end'> & { readonly target: LinkTarget; readonly isAbort: boolean },
  options: RunningOptions,
  context: Context,
  progress: Pick<Progress, 'note'>,
): Promise<ExitCode> {
  const id = recordIdOf(ran.runId, ran.lines)
  const data = runbookData({ ...ran, end: carried.end })
  const error = errorOf(carried, ran, options)
  tellRun({ id, data }, error, options, context)
  progress.note(await saved({ id, data }, options, context))
  if (error !== undefined) return exitCodeOfError[error.kind]
  progress.note(`next: ${commandLine(options, 'history', 'show', id, ...whereFlags(options.historyDir))}`)
  return ExitCode.ok
}

export interface RunToSave {
  /** Of the record. */
  readonly id: string
  readonly data: RunData
}

/** The run for stdout, and why it is not through for stderr. */
export function tellRun(
  { id, data }: RunToSave,
  error: GeorepError | undefined,
  { output }: Pick<RunningOptions, 'output'>,
  { io }: Pick<Context, 'io'>,
): void {
  if (output !== 'table') io.out(documentText(output, 'georep.run/1', { id, ...data }))
  else io.out(renderSteps(data['steps'] as readonly StepRecord[], styleOf(io)))
  if (error !== undefined) io.err(renderError(error))
}

/** Saves the record, and says where. @throws GeorepError "failed" GR-HISTORY-WRITE */
export async function saved(
  run: RunToSave,
  { historyDir }: Pick<RunningOptions, 'historyDir'>,
  context: Context,
): Promise<string> {
  const folder = historyFolder(historyDir, context)
  try {
    const { file } = await saveRun(folder, run, context)
    return `saved as ${file}`
  } catch (error) {
    // A run that is over has one record, which another process may have made from its journal meanwhile.
    if (error instanceof GeorepError && error.cause instanceof SavedAlready)
      return `saved by another process as run "${run.id}"`
    throw error
  }
}

/** A file that is damaged counts: nothing is put in its place. */
export async function isRecorded(folder: string, { id, data: { startedAt } }: RunToSave): Promise<boolean> {
  const { placed, unreadable } = await readHistory(folder)
  const file = fileNameOf({ id, startedAt })
  return placed.some(({ run }) => run.id === id) || unreadable.some(({ name }) => name === file)
}

function errorOf(
  { stoppedAt, isRolledBack, end: { error } }: CarriedOut,
  { runId, target, isAbort }: { readonly target: LinkTarget; readonly isAbort: boolean } & Pick<RanRun, 'runId'>,
  options: RunningOptions,
): GeorepError | undefined {
  if (error === null || stoppedAt === undefined) return undefined
  const { kind, code, message } = error
  if (isRolledBack) return new GeorepError(kind, code, message)
  const command = (...words: readonly string[]): string =>
    commandLine(options, 'runbook', ...words, ...whereFlags(options.historyDir))
  const { step } = stoppedAt
  const verb = isAbort ? 'abort' : 'resume'
  const redo = stoppedAt.outcome === 'unknown' && step.certainty === 'once' ? `; if it is done: ${command(verb, runId, '--skip', step.id)}; if it is to be done again: ${command(verb, runId, '--redo', step.id)}` : '' // prettier-ignore
  const link = target.link.name
  if (isAbort) {
    const fenced = target.state.fences(link).map(({ sourceTopic }) => `"${sourceTopic}"`)
    const unfence = commandLine(options, 'mirror', 'unfence', '--link', link, '--all')
    // What stands in its way does so the next time as well, as a destination does that takes writes.
    const again = stoppedAt.error?.code === 'GR-STEP-BLOCKED' ? `to go through with the run: ${command('resume', runId)}` : command('abort', runId) // prettier-ignore
    return new GeorepError(kind, code, message, {
      stateNow: fenced.length === 0 ? 'no source topic is fenced by georep' : `fenced on the source, still: ${fenced.join(', ')}`, // prettier-ignore
      next: `${again}${redo}${fenced.length === 0 ? '' : `; to free the source all the same: ${unfence}`}`,
    })
  }
  return new GeorepError(kind, code, message, {
    stateNow: `the journal is in order, the link is given back`,
    next: `${command('resume', runId)}; to give it up: ${command('abort', runId)}${redo}`,
  })
}

export function renderSteps(steps: readonly StepRecord[], style: Style): string {
  const paints: Readonly<Record<string, Paint>> = { ok: style.ok, skipped: style.dim, fail: style.bad, unknown: style.bad, begun: style.bad } // prettier-ignore
  const shown = steps.filter(({ section, outcome }) => section === 'steps' || outcome !== null)
  return table(
    [{ title: 'STEP' }, { title: 'KIND' }, { title: 'OUTCOME' }, { title: 'ATTEMPTS', align: 'right' }, { title: 'WHAT' }], // prettier-ignore
    shown.map(({ id, kind, outcome, attempts, what }) => [
      id,
      kind,
      { text: outcome ?? 'not reached', paint: paints[outcome ?? ''] ?? style.dim },
      attempts,
      (what ?? '').split('\n')[0] ?? '',
    ]),
  )
}
