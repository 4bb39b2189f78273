import { phaseOf } from '../../drill/phase.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { styleOf } from '../style.ts'
import { concludeDrill } from './conclude.ts'
import { exerciseOf } from './exercise.ts'
import { oneDrill } from './one-drill.ts'
import type { DrillOptions } from './options.ts'
import { drillRunbook } from './drill-runbook.ts'
import { renderExercise } from './render-exercise.ts'
import { withSection } from './with-section.ts'
import { drillSeries } from './series.ts'
import { requireWritable } from './write-report.ts'

export async function runDrill(typed: DrillOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const runbook = await drillRunbook(typed, context)
  const options = runbook === undefined ? typed : withSection(typed, runbook)
  const exercise = exerciseOf(options, runbook, io)
  if (options.dryRun) {
    io.out(renderExercise(exercise, options, styleOf(io)))
    return ExitCode.ok
  }
  await requireWritable(options, context)
  const progress = await openProgress(io)
  const seed = options.seed ?? context.newId()
  if (options.repeat > 1) return await drillSeries(exercise, seed, options, context, progress)
  const turn = { run: 1, of: 1, seed, phase: phaseOf(seed, 1) }
  const { id, run } = await oneDrill(exercise, turn, options, context, progress)
  return await concludeDrill(run, id, options, context, progress)
}
