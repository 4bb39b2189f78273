import { resolve } from 'node:path'
import { exportLines } from '../../history/export.ts'
import { historyFolder } from '../../history/folder.ts'
import { textOfProblem } from '../../history/prune.ts'
import { foreignIn, problemsOf, readHistory } from '../../history/read.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { writeNewFile } from '../new-file.ts'
import { printable } from '../printable.ts'
import { foreignText } from './where.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface HistoryExportOptions extends GlobalOptions {
  /** Undefined: stdout. */
  readonly file: string | undefined
  readonly historyDir: string | undefined
}

export async function runHistoryExport(options: HistoryExportOptions, context: Context): Promise<ExitCode> {
  const { io, cwd, version, time, signal } = context
  const folder = historyFolder(options.historyDir, context)
  const history = await readHistory(folder)
  const about = { georepVersion: version, exportedAt: time.now().toISOString() }
  const lines = exportLines(folder, history, about)
  if (options.file === undefined) {
    for await (const line of lines) {
      signal.throwIfAborted()
      io.out(line)
    }
  } else {
    const file = resolve(cwd, options.file)
    await writeNewFile(file, lines, { signal, option: '--file' })
    io.err(`exported ${history.placed.length} records to ${printable(file)}\n`)
    io.err(`next: ${printable(commandLine(options, 'history', 'verify', '--file', file))}\n`)
  }
  io.err(foreignText(foreignIn(history)))
  const problems = problemsOf(history)
  for (const problem of problems) io.err(`warning: ${printable(textOfProblem(problem))}\n`)
  return problems.length > 0 ? ExitCode.failed : ExitCode.ok
}
