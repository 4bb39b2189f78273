import { GeorepError } from '../../core/errors.ts'
import { historyFolder } from '../../history/folder.ts'
import { saveRun } from '../../history/save.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode, exitCodeOfError } from '../exit.ts'
import { whereFlags } from '../history/where.ts'
import type { Progress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { styleOf, type Paint, type Style } from '../style.ts'
import { table } from '../table.ts'
import type { CarriedOut } from './carry-out.ts'
import { runbookData, type RanRun, type StepRecord } from './run-record.ts'
import type { RunningOptions } from './run.ts'

/**
 * Prints how a run ended, saves its record, and says which exit code that is.
 *
 * @throws GeorepError "failed" GR-HISTORY-WRITE when the record cannot be saved; all is printed by then, and the journal has it
 */
export async function concludeRun(
  carried: CarriedOut,
  ran: Omit<RanRun, 'error' | 'outcome'> & { readonly recordId: string; readonly isAbort: boolean },
  options: RunningOptions,
  context: Context,
  progress: Pick<Progress, 'note'>,
): Promise<ExitCode> {
  const { io } = context
  const error = errorOf(carried, ran, options)
  const told = error === undefined ? undefined : { code: error.code, message: error.message }
  const data = runbookData({ ...ran, outcome: carried.outcome, error: told })
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.run/1', { id: ran.recordId, ...data }))
  else io.out(renderSteps(data['steps'] as readonly StepRecord[], styleOf(io)))
  if (error !== undefined) io.err(renderError(error))
  const { file } = await saveRun(historyFolder(options.historyDir, context), { id: ran.recordId, data }, context)
  progress.note(`saved as ${file}`)
  if (error === undefined) {
    progress.note(`next: ${commandLine(options, 'history', 'show', ran.recordId, ...whereFlags(options.historyDir))}`)
    return ExitCode.ok
  }
  return exitCodeOfError[error.kind]
}

function errorOf(
  { outcome, stoppedAt, isRolledBack }: CarriedOut,
  { runId, runbook, target, isAbort }: { readonly isAbort: boolean } & Pick<RanRun, 'runId' | 'runbook' | 'target'>,
  options: RunningOptions,
): GeorepError | undefined {
  const { kind } = outcome
  if (kind === undefined || stoppedAt === undefined) {
    if (kind === undefined) return undefined
    return new GeorepError('failed', 'GR-RUN-ROLLED-BACK', `run "${runId}" of runbook "${runbook.name}" has failed and was taken back`) // prettier-ignore
  }
  const command = (...words: readonly string[]): string =>
    commandLine(options, 'runbook', ...words, ...whereFlags(options.historyDir))
  const { step, what, error } = stoppedAt
  const where = `run "${runId}" of runbook "${runbook.name}" stands at step "${step.id}": ${what}`
  const link = target.link.name
  const unfence = commandLine(options, 'mirror', 'unfence', '--link', link, '--all')
  if (isRolledBack) return new GeorepError(kind, 'GR-RUN-ROLLED-BACK', `${where}; it was taken back`)
  const redo = error?.code === 'GR-STEP-UNKNOWN' && step.certainty === 'once' ? `; if it is done: ${command('resume', runId, '--skip', step.id)}; if it is to be done again: ${command('resume', runId, '--redo', step.id)}` : '' // prettier-ignore
  if (isAbort) {
    const fenced = target.state.fences(link).map(({ sourceTopic }) => `"${sourceTopic}"`)
    return new GeorepError(kind, 'GR-ABORT-INCOMPLETE', `${where}; not all of it could be taken back`, {
      stateNow: fenced.length === 0 ? 'no source topic is fenced by georep' : `fenced on the source, still: ${fenced.join(', ')}`, // prettier-ignore
      next: `${command('abort', runId)}${fenced.length === 0 ? '' : `; to free the source all the same: ${unfence}`}`,
    })
  }
  return new GeorepError(kind, kind === 'interrupted' ? 'GR-RUN-INTERRUPTED' : 'GR-RUN-STOPPED', where, {
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
