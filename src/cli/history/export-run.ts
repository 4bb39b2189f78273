import { open, rm, type FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { exportLines } from '../../history/export.ts'
import { historyFolder } from '../../history/folder.ts'
import { textOfProblem } from '../../history/prune.ts'
import { problemsOf, readHistory } from '../../history/read.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { printable } from '../printable.ts'
import type { HistoryExportOptions } from './export.ts'

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
    await writeNew(file, lines, signal)
    io.err(`exported ${history.placed.length} records to ${printable(file)}\n`)
    io.err(`next: ${printable(commandLine(options, 'history', 'verify', '--file', file))}\n`)
  }
  const problems = problemsOf(history)
  for (const problem of problems) io.err(`warning: ${printable(textOfProblem(problem))}\n`)
  return problems.length > 0 ? ExitCode.failed : ExitCode.ok
}

/** A file that was there stays as it is; one that could not be written to its end is removed. */
async function writeNew(file: string, lines: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const handle = await opened(file)
  try {
    try {
      for await (const line of lines) {
        signal.throwIfAborted()
        await handle.writeFile(line)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    await rm(file, { force: true })
    signal.throwIfAborted()
    throw notWritten(file, error)
  }
}

async function opened(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notWritten(file, error)
    throw new GeorepError('refused', 'GR-FILE-EXISTS', `"${file}" is there already`, {
      stateNow: 'nothing was changed',
      next: 'name another file with --file',
    })
  }
}

function notWritten(file: string, cause: unknown): GeorepError {
  return new GeorepError('failed', 'GR-EXPORT-WRITE', `"${file}" cannot be written: ${messageOf(cause)}`, {
    next: 'name another file with --file',
    cause,
  })
}
