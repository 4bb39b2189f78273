import { historyFolder } from '../../history/folder.ts'
import { readHistory } from '../../history/read.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { whereFlags } from '../history/where.ts'
import { printable } from '../printable.ts'
import { reportInputOf } from './report-input-of.ts'
import { reportText } from './report-text.ts'
import { writeReport } from './write-report.ts'
import type { GlobalOptions } from '../wiring.ts'
import type { ReportFormat } from './report-format.ts'

export interface DrillReportOptions extends GlobalOptions {
  /** Undefined: the last run. */
  readonly id: string | undefined
  readonly format: ReportFormat
  /** Undefined: stdout. */
  readonly out: string | undefined
  readonly historyDir: string | undefined
}

export async function runDrillReport(options: DrillReportOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const { id, format, out, historyDir } = options
  const folder = historyFolder(historyDir, context)
  const input = await reportInputOf({ folder, history: await readHistory(folder), id, options }, context)
  const text = reportText(format, input)
  if (out === undefined) io.out(text)
  else io.err(`wrote ${printable(await writeReport(out, text, { ...context, folder }))}\n`)
  if (input.chain.problems > 0) {
    const next = commandLine(options, 'history', 'verify', ...whereFlags(historyDir))
    io.err(`warning: the run history is not intact, and the report says so\nnext: ${printable(next)}\n`)
  }
  return ExitCode.ok
}
