import { faults } from '../../core/drill-faults.ts'
import { textFromDurationMs } from '../../core/duration.ts'
import type { Runbook } from '../../runbook/load.ts'
import { openingKind } from '../../runbook/drill-section.ts'
import { wordsOfShape } from '../sandbox/options.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import type { DrillOptions } from './options.ts'
import { type Exercise, linkScenarios } from './scenarios.ts'

/** What would be done, of `--dry-run`. Nobody is asked for it. */
export function renderExercise(exercise: Exercise, options: DrillOptions, style: Style): string {
  const { link, probeInterval, probeFailures, steady, hold, repeat, all } = options
  const { mode, name, runbook } = exercise
  const where =
    mode === 'sandbox'
      ? `two clusters of its own, ${['--brokers 1', ...wordsOfShape(options)].slice(options.brokers === undefined ? 0 : 1).join(' ')}`
      : `link ${link ?? 'that is the only one'}`
  const what =
    runbook?.outline.description ??
    { ...faults, ...linkScenarios }[name as keyof typeof faults | keyof typeof linkScenarios]
  const detection = `${probeFailures} probes in a row that fail, one every ${textFromDurationMs(probeInterval)}`
  const isAll = mode === 'sandbox' || (mode === 'forced' && all)
  const fails = isAll ? 'every mirror of the link' : "the canary's mirror"
  const then = mode === 'planned' ? 'switched over as planned' : 'fails over'
  const head = facts([
    ['Scenario', `${name}: ${what}`],
    ['Mode', mode],
    ['Where', where],
    ...(runbook !== undefined && mode === 'sandbox'
      ? ([['Fault', `${exercise.fault}: ${faults[exercise.fault]}`]] as const)
      : []),
    ...(mode === 'forced'
      ? ([
          ['Takes the source away', exercise.fault],
          ['Brings it back', exercise.undo],
        ] as const)
      : []),
    ['Steady before', textFromDurationMs(steady)],
    ['Detection', mode === 'practice' || mode === 'planned' ? 'not exercised' : detection],
    runbook === undefined
      ? ['Then', `${then}: ${fails}`]
      : ['Then', `the steps of ${runbook.file}, on ${isAll ? 'every mirror that they mean, and the canary' : "the canary's mirror and group, whatever they name"}`], // prettier-ignore
    ['Steady after', textFromDurationMs(hold)],
    ['Runs', repeat],
  ])
  return runbook === undefined ? head : `${head}\n${stepTable(runbook.outline, mode, style)}`
}

/** Which step does what, and which figures come of it. */
function stepTable({ steps, rollback, drill }: Runbook, mode: Exercise['mode'], style: Style): string {
  const opens = steps.find(({ kind }) => kind === openingKind(mode))?.id
  const markOf = ({ id, kind }: { readonly id: string; readonly kind: string }): string => {
    if (kind === 'approve') return 't3, people'
    if (id === opens) return 't4, t5'
    return kind === 'dns' || drill?.repoints?.includes(id) === true ? 're-pointing' : ''
  }
  const rows = [
    ...steps.map((step) => [step.id, step.kind, markOf(step), step.does]),
    ...rollback.map((step) => [step.id, step.kind, { text: 'rollback', paint: style.dim }, step.does]),
  ]
  return table([{ title: 'STEP' }, { title: 'KIND' }, { title: 'MARKS' }, { title: 'WHAT' }], rows)
}
