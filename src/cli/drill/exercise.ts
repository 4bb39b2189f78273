import { faultsOfThreeBrokers, isFault } from '../../core/drill-faults.ts'
import { GeorepError } from '../../core/errors.ts'
import { openingKind } from '../../runbook/drill-section.ts'
import { requireConfirmable, type Confirmation } from '../confirm.ts'
import type { Io } from '../context.ts'
import { wordsOfShape } from '../sandbox/options.ts'
import type { DrillOptions } from './options.ts'
import { type Exercise, isLinkMode, type DrillRunbook } from './scenarios.ts'

/**
 * What name and flags amount to. Of a runbook the flags are those of its section, too.
 *
 * @throws GeorepError "usage" when they do not go together; "refused" when what has to be confirmed could not be. Nobody was contacted.
 */
export function exerciseOf(
  options: DrillOptions,
  runbook: DrillRunbook | undefined,
  io: Pick<Io, 'canPrompt' | 'ask'>,
): Exercise {
  const exercise = runbook === undefined ? named(options) : byRunbook(options, runbook)
  checkTogether(exercise, options)
  if (exercise.mode === 'forced' && !options.dryRun) requireConfirmable(confirmationOf(options.link ?? '', options, io))
  return exercise
}

export function confirmationOf(
  link: string,
  { all, confirm }: Pick<DrillOptions, 'all' | 'confirm'>,
  io: Pick<Io, 'canPrompt' | 'ask'>,
): Confirmation {
  const what = all
    ? `take away the source of link "${link}", and fail all of it over`
    : `take away the source of link "${link}"`
  return { what, expected: link, given: confirm, io }
}

function named({ scenario, sandbox, fault, undo }: DrillOptions): Exercise {
  const byName = fault?.how === 'named' ? fault.name : undefined
  const runbook = undefined
  if (scenario === undefined && fault?.how === 'exec') throw execElsewhere()
  if (scenario !== undefined && isLinkMode(scenario)) {
    if (sandbox) throw usage(`${scenario} is an exercise on a link of georep.yaml, and --sandbox makes one of its own`)
    if (byName !== undefined) throw usage(`--fault ${byName} needs --sandbox`)
    if (scenario !== 'forced') {
      if (fault !== undefined) throw usage(`${scenario} has no fault: --fault is for "drill run forced"`)
      return { mode: scenario, name: scenario, runbook }
    }
    if (fault === undefined || undo === undefined) {
      throw usage('forced needs --fault exec:<command>, which takes the source away, and --undo exec:<command>')
    }
    return { mode: 'forced', name: scenario, fault: (fault as { command: string }).command, undo, runbook }
  }
  if (scenario !== undefined && isFault(scenario)) {
    if (fault !== undefined) throw usage(`${scenario} is a fault, and --fault names another`)
    return { mode: 'sandbox', name: scenario, fault: scenario, runbook }
  }
  return { mode: 'sandbox', name: byName ?? 'region-kill', fault: byName ?? 'region-kill', runbook }
}

function byRunbook({ sandbox, fault, undo, all }: DrillOptions, runbook: DrillRunbook): Exercise {
  const { name, section, outline } = runbook
  const mode = sandbox ? 'sandbox' : section.mode
  const opens = openingKind(mode)
  if (!outline.steps.some(({ kind }) => kind === opens)) {
    throw usage(`${name} has no step of kind ${opens}, which a ${mode} drill needs`)
  }
  if (mode !== 'forced' || !all) requireConfined(mode, runbook)
  if (mode === 'sandbox') {
    if (fault?.how === 'exec') throw execElsewhere()
    const inSandbox = fault?.name ?? section.fault?.sandbox ?? 'region-kill'
    return { mode, name, fault: inSandbox, runbook }
  }
  if (fault?.how === 'named') throw usage(`--fault ${fault.name} needs --sandbox: what is lost is started for it`)
  if (mode !== 'forced') {
    if (fault !== undefined) throw execElsewhere()
    return { mode, name, runbook }
  }
  const [strike, heal] = [fault?.command ?? section.fault?.exec, undo ?? section.fault?.undo]
  if (strike === undefined || heal === undefined) {
    throw usage(`${name} needs --fault exec:<command>, which takes the source away, and --undo exec:<command>; or "exec" and "undo" under drill.fault in "${runbook.file}"`) // prettier-ignore
  }
  return { mode, name, fault: strike, undo: heal, runbook }
}

/**
 * Steps act on the canary alone where nothing else is to be touched; what a command acts on nobody knows.
 *
 * @throws GeorepError "usage" when a step reaches further, and nobody has said that it may
 */
function requireConfined(mode: Exercise['mode'], { section, outline, name }: DrillRunbook): void {
  const { commands = [] } = section
  for (const { id, kind, isCommand } of [...outline.steps, ...outline.rollback]) {
    if (kind === 'offset.apply' && mode !== 'sandbox') throw usage(`step "${id}" of ${name} commits offsets of a group that is not the canary's`) // prettier-ignore
    if (!isCommand || commands.includes(id)) continue
    throw usage(`step "${id}" of ${name} runs a command, which may reach beyond what a ${mode} drill is to touch: name it under drill.commands when it may run`) // prettier-ignore
  }
}

function checkTogether(exercise: Exercise, options: DrillOptions): void {
  const { link, holdBack, config, brokers, all, undo, repeat, confirm, takeOver, report, engine } = options
  const { mode, name } = exercise
  if (report !== undefined && repeat > 1) {
    throw usage('--report is of one drill, and --repeat makes several: make a report of each with "drill report ID"')
  }
  if (mode === 'sandbox') {
    if (link !== undefined) throw usage(`${name} makes a link of its own, and --link names another`)
    if (takeOver) throw usage(`${name} makes a link of its own, and --take-over takes one from whoever acts on it`)
    if (config !== undefined) throw usage(`${name} has a configuration of its own, and --config names another`)
    if (faultsOfThreeBrokers.has(exercise.fault) && brokers !== 3) {
      throw usage(`${exercise.fault} needs --brokers 3: a broker is lost, and its cluster has to live on`)
    }
    if (holdBack !== undefined && exercise.fault === 'runner-kill') {
      throw usage('--hold-back freezes the runner, which runner-kill kills')
    }
  } else {
    const shape = wordsOfShape(options).find((word) => word.startsWith('--'))
    if (engine !== undefined) throw usage('--engine needs --sandbox: the links of georep.yaml have one')
    if (shape !== undefined) throw usage(`${shape} needs --sandbox: it says what is started`)
    if (holdBack !== undefined) throw usage('--hold-back needs --sandbox: it freezes the runner')
  }
  if (mode === 'forced') {
    if (link === undefined) throw usage('forced needs --link: it is confirmed by its name')
    if (all && repeat > 1) throw usage('--all leaves the mirrors of the link stopped, and --repeat needs them again')
    return
  }
  if (all) throw usage('--all is for "drill run forced"')
  if (undo !== undefined) throw usage('--undo is for "drill run forced"')
  if (confirm !== undefined) throw usage('--confirm is for "drill run forced"')
}

function execElsewhere(): GeorepError {
  return usage(
    '--fault exec: takes the source of a link away, which only "drill run forced" and runbooks of mode forced do',
  )
}

function usage(message: string): GeorepError {
  return new GeorepError('usage', 'GR-USAGE', message, { next: 'georep drill run --help' })
}
