import { historyFolder } from '../../history/folder.ts'
import { readRun } from '../../history/read.ts'
import type { RunRecord } from '../../history/record.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { jsonDocument } from '../json.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import { figureText } from './figure.ts'
import { paintOf } from './list-run.ts'
import type { HistoryShowOptions } from './show.ts'

export async function runHistoryShow(
  { id, historyDir, output }: HistoryShowOptions,
  context: Context,
): Promise<ExitCode> {
  const record = await readRun(historyFolder(historyDir, context), id)
  const { schema, ...data } = record
  context.io.out(output === 'json' ? jsonDocument(schema, data) : renderHistoryShow(record, styleOf(context.io)))
  return ExitCode.ok
}

export function renderHistoryShow(record: RunRecord, style: Style): string {
  const { id, kind, mode, scope, verdict, startedAt, endedAt, georepVersion, previous, rto, rpo } = record
  return facts([
    ['Run', id],
    ['Kind', `${kind}, ${mode}`],
    ['Scope', scope],
    ['Verdict', { text: verdict, paint: paintOf(verdict, style) }],
    ['Started', startedAt],
    ['Ended', endedAt],
    ['RTO, service', figureText(rto, 'serviceMs')],
    ['RPO, records', figureText(rpo, 'records')],
    ['RPO, time', figureText(rpo, 'ms')],
    ['georep', georepVersion],
    ['Previous', previous ?? 'none: the first'],
  ])
}
