import type { DrillResult } from '../../drill/drill-result.ts'
import { historyFolder } from '../../history/folder.ts'
import type { RunData } from '../../history/record.ts'
import { saveRun } from '../../history/save.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { whereFlags } from '../history/where.ts'
import { documentText } from '../document.ts'
import { jsonDocument } from '../json.ts'
import type { Progress } from '../progress.ts'
import { styleOf } from '../style.ts'
import type { DrillOptions } from './options.ts'
import { renderDrill } from './render.ts'
import { writeReports } from './write-report.ts'

const exitCodes = {
  pass: ExitCode.ok,
  fail: ExitCode.limitMissed,
  unknown: ExitCode.unknown,
  splitBrain: ExitCode.failed,
} as const satisfies Record<DrillResult['verdict'], ExitCode>

/** What a drill leaves behind, and its result as it was before it became a document. */
export interface DrillRun extends RunData {
  readonly result: DrillResult
}

export function exitCodeOfVerdict(verdict: DrillResult['verdict']): ExitCode {
  return exitCodes[verdict]
}

/** @throws GeorepError "failed" when it cannot be saved */
export async function saveDrill(
  { result: _, ...data }: DrillRun,
  id: string,
  { historyDir }: Pick<DrillOptions, 'historyDir'>,
  context: Pick<Context, 'io' | 'env' | 'cwd' | 'home' | 'time' | 'newId'>,
  progress: Pick<Progress, 'note'>,
): Promise<void> {
  const { file } = await saveRun(historyFolder(historyDir, context), { id, data: plainOf(data) }, context)
  progress.note(`saved as ${file}`)
}

/** As it is printed and stored: offsets are text. */
function plainOf(data: RunData): RunData {
  return (JSON.parse(jsonDocument('georep.run/1', data)) as { readonly data: RunData }).data
}

/**
 * Prints the outcome of a drill, saves it, and says which exit code the verdict is.
 *
 * @throws GeorepError "failed" when it cannot be saved, or a report of it cannot be written; it is printed by then
 */
export async function concludeDrill(
  run: DrillRun,
  id: string,
  options: Pick<DrillOptions, 'output' | 'historyDir' | 'config' | 'report'>,
  context: Pick<Context, 'io' | 'env' | 'cwd' | 'home' | 'time' | 'newId' | 'version'>,
  progress: Pick<Progress, 'note'>,
): Promise<ExitCode> {
  const { io } = context
  const { output, historyDir } = options
  const { result, ...data } = run
  const plain = plainOf(data)
  // Printed before it is saved: a folder that cannot be written must not cost the figures.
  if (output !== 'table') io.out(documentText(output, 'georep.run/1', { id, ...plain }))
  else io.out(renderDrill(result, plain, styleOf(io), io.columns))
  await saveDrill(run, id, options, context, progress)
  await writeReports(id, options, context, progress)
  progress.note(`next: ${commandLine(options, 'history', 'show', id, ...whereFlags(historyDir))}`)
  return exitCodeOfVerdict(result.verdict)
}
