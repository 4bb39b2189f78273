import { textFromDurationMs } from '../../core/duration.ts'
import { phaseOf } from '../../drill/phase.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { openProgress } from '../progress.ts'
import { facts } from '../table.ts'
import { wordsOfShape } from '../sandbox/options.ts'
import { concludeDrill } from './conclude.ts'
import { exerciseOf } from './exercise.ts'
import { oneDrill } from './one-drill.ts'
import type { DrillOptions } from './options.ts'
import { type Exercise, faults, linkScenarios } from './scenarios.ts'
import { drillSeries } from './series.ts'
import { requireWritable } from './write-report.ts'

export async function runDrill(options: DrillOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const exercise = exerciseOf(options, io)
  if (options.dryRun) {
    io.out(renderExercise(exercise, options))
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

/** What would be done, of `--dry-run`. */
function renderExercise(exercise: Exercise, options: DrillOptions): string {
  const { link, probeInterval, probeFailures, steady, hold, repeat, all } = options
  const { mode, name } = exercise
  const where =
    mode === 'sandbox'
      ? `two clusters of its own, ${['--brokers 1', ...wordsOfShape(options)].slice(options.brokers === undefined ? 0 : 1).join(' ')}`
      : `link ${link ?? 'that is the only one'}`
  const what = { ...faults, ...linkScenarios }[name as keyof typeof faults | keyof typeof linkScenarios]
  const detection = `${probeFailures} probes in a row that fail, one every ${textFromDurationMs(probeInterval)}`
  const fails = mode === 'sandbox' || (mode === 'forced' && all) ? 'every mirror of the link' : "the canary's mirror"
  return facts([
    ['Scenario', `${name}: ${what}`],
    ['Mode', mode],
    ['Where', where],
    ...(mode === 'forced'
      ? ([
          ['Takes the source away', exercise.fault],
          ['Brings it back', exercise.undo],
        ] as const)
      : []),
    ['Steady before', textFromDurationMs(steady)],
    ['Detection', mode === 'practice' || mode === 'planned' ? 'not exercised' : detection],
    ['Then', `${mode === 'planned' ? 'switched over as planned' : 'fails over'}: ${fails}`],
    ['Steady after', textFromDurationMs(hold)],
    ['Runs', repeat],
  ])
}
