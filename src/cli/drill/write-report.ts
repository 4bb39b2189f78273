import { realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { historyFolder } from '../../history/folder.ts'
import { readHistory } from '../../history/read.ts'
import type { Context } from '../context.ts'
import type { Progress } from '../progress.ts'
import type { GlobalOptions } from '../wiring.ts'
import { writablePath, writeFileWhole } from '../write-file.ts'
import { reportInputOf } from './report-input-of.ts'
import type { WithReports } from './report-option.ts'
import { reportText } from './report-text.ts'

/** As any file that a command writes: whoever publishes it, or collects metrics, is another user. */
const mode = 0o666

/**
 * Writes a report so that it is there whole or not at all, in place of the one that was there. Returns its file. `folder` is that of the run records.
 *
 * @throws GeorepError "failed" GR-REPORT-WRITE
 */
export async function writeReport(
  file: string,
  text: string,
  { folder, cwd, newId }: Pick<Context, 'cwd' | 'newId'> & { readonly folder: string },
): Promise<string> {
  const path = await reportPath(resolve(cwd, file), folder)
  await writeFileWhole(path, text, { newId, mode }, notWritten)
  return path
}

/**
 * Refuses what could not be written when the drill is over: a drill takes a while.
 *
 * @throws GeorepError "failed" GR-REPORT-WRITE
 */
export async function requireWritable(
  { report = [], historyDir }: WithReports & { readonly historyDir: string | undefined },
  context: Pick<Context, 'env' | 'cwd' | 'home'>,
): Promise<void> {
  const folder = historyFolder(historyDir, context)
  for (const { file } of report) await reportPath(resolve(context.cwd, file), folder)
}

/**
 * Writes the reports of a run that is on record.
 *
 * @throws GeorepError "failed" GR-REPORT-WRITE, with all reports tried
 */
export async function writeReports(
  id: string,
  options: Pick<GlobalOptions, 'config'> & WithReports & { readonly historyDir: string | undefined },
  context: Pick<Context, 'env' | 'cwd' | 'home' | 'time' | 'newId' | 'version'>,
  { note }: Pick<Progress, 'note'>,
): Promise<void> {
  const { report = [], historyDir } = options
  if (report.length === 0) return
  const folder = historyFolder(historyDir, context)
  const input = await reportInputOf({ folder, history: await readHistory(folder), id, options }, context)
  let failure: GeorepError | undefined
  for (const { file, format } of report) {
    try {
      note(`report in ${await writeReport(file, reportText(format, input), { ...context, folder })}`)
    } catch (error) {
      if (!(error instanceof GeorepError)) throw error
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
}

/** Among run records it would be one that cannot be read. */
async function reportPath(path: string, folder: string): Promise<string> {
  const real = await writablePath(path, notWritten)
  if ((await realpath(folder).catch(() => folder)) === dirname(real)) {
    throw notWritten(path, 'it would lie among the run records', undefined)
  }
  return real
}

function notWritten(file: string, why: string, cause: unknown): GeorepError {
  return new GeorepError('failed', 'GR-REPORT-WRITE', `"${file}" cannot be written: ${why}`, {
    next: 'name another file; georep drill report makes the report of a run that is over',
    cause,
  })
}
