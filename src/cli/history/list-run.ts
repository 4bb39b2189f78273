import { basename } from 'node:path'
import { historyFolder } from '../../history/folder.ts'
import { listRuns, type RunEntry } from '../../history/read.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { printable } from '../printable.ts'
import { styleOf, type Paint, type Style } from '../style.ts'
import { table } from '../table.ts'
import { leftAway, leftAwayText } from '../drill/source-away.ts'
import { figureText } from './figure.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface HistoryListOptions extends GlobalOptions {
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

export async function runHistoryList({ historyDir, output }: HistoryListOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const folder = historyFolder(historyDir, context)
  const entries = await listRuns(folder)
  for (const left of await leftAway(historyDir, context)) io.err(`warning: ${printable(leftAwayText(left))}\n`)
  if (output !== 'table') {
    io.out(documentText(output, 'georep.history/1', documentOf(folder, entries)))
    return ExitCode.ok
  }
  if (entries.length === 0) io.err(`no runs in ${printable(folder)}\n`)
  else io.out(renderHistoryList(entries, styleOf(io)))
  for (const entry of entries) {
    const problem = entry.kind === 'run' ? entry.chainProblem : entry.why
    if (problem !== undefined) io.err(`warning: ${printable(entry.file)}: ${printable(problem)}\n`)
  }
  return ExitCode.ok
}

function renderHistoryList(entries: readonly RunEntry[], style: Style): string {
  return table(
    ['ID', 'STARTED', 'KIND', 'MODE', 'STATUS', 'VERDICT', 'RTO', 'RPO'].map((title) => ({ title })),
    entries.map((entry) => {
      if (entry.kind === 'unreadable') {
        return [basename(entry.file), '-', '-', '-', { text: 'unreadable', paint: style.warn }, '-', '-', '-']
      }
      const { id, startedAt, kind, mode, status, verdict, rto, rpo, prunedAt } = entry.run
      return [
        id,
        `${startedAt.slice(0, 19).replace('T', ' ')}Z`,
        kind,
        mode,
        prunedAt === undefined ? status : `${status}, pruned`,
        { text: verdict, paint: paintOf(verdict, style) },
        figureText(rto, 'serviceMs'),
        figureText(rpo, 'records'),
      ]
    }),
  )
}

function documentOf(folder: string, entries: readonly RunEntry[]): unknown {
  return {
    folder,
    runs: entries.flatMap((entry) => {
      if (entry.kind !== 'run') return []
      const { id, startedAt, endedAt, kind, mode, scope, status, verdict, rto, rpo, prunedAt } = entry.run
      const { file, chainProblem } = entry
      const head = { id, startedAt, endedAt, kind, mode, scope, status, verdict, rto: rto ?? null, rpo: rpo ?? null }
      return [{ ...head, prunedAt: prunedAt ?? null, file, chainProblem: chainProblem ?? null }]
    }),
    unreadable: entries.flatMap((entry) => (entry.kind === 'unreadable' ? [{ file: entry.file, why: entry.why }] : [])),
  }
}

export function paintOf(verdict: string, style: Style): Paint {
  if (verdict === 'pass') return style.ok
  return verdict === 'unknown' ? style.warn : style.bad
}
