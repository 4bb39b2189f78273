import { historyFolder } from '../../history/folder.ts'
import { readRun } from '../../history/read.ts'
import { stubSchema, type RunSummary } from '../../history/record.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import { figureText } from './figure.ts'
import { commandThere } from './where.ts'
import { paintOf } from './list-run.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface HistoryShowOptions extends GlobalOptions {
  readonly id: string
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

export async function runHistoryShow(options: HistoryShowOptions, context: Context): Promise<ExitCode> {
  const { id, historyDir, output } = options
  const { run, record } = await readRun(historyFolder(historyDir, context), id, commandThere(options))
  if (output !== 'table') {
    const { schema, ...data } = record ?? { schema: stubSchema, ...run }
    context.io.out(documentText(output, schema, data))
  } else {
    context.io.out(renderHistoryShow(run, styleOf(context.io)))
  }
  return ExitCode.ok
}

function renderHistoryShow(run: RunSummary, style: Style): string {
  const { id, kind, mode, scope, status, verdict, startedAt, endedAt, georepVersion, previous, rto, rpo, prunedAt } =
    run
  const why = messageIn(run['error'])
  return facts([
    ['Run', id],
    ['Kind', `${kind}, ${mode}`],
    ['Scope', scope],
    ['Status', status],
    ...(why === undefined ? [] : ([['Why', why]] as const)),
    ['Verdict', { text: verdict, paint: paintOf(verdict, style) }],
    ['Started', startedAt],
    ['Ended', endedAt],
    ['RTO, service', figureText(rto, 'serviceMs')],
    ['RPO, records', figureText(rpo, 'records')],
    ['RPO, time', figureText(rpo, 'ms')],
    ['georep', georepVersion],
    ...(prunedAt === undefined ? [] : ([['Pruned', `${prunedAt}: only this is left`]] as const)),
    ['Previous', previous ?? 'none: the first'],
  ])
}

/** `GR-...: message` of what ended a run before its time. Read from a file, so nothing about its form is taken for granted. */
function messageIn(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, message } = error as Readonly<Record<string, unknown>>
  return typeof code === 'string' && typeof message === 'string' ? `${code}: ${message}` : undefined
}
