import { GeorepError } from '../../core/errors.ts'
import { requireConfirmable, type Confirmation } from '../confirm.ts'
import type { Io } from '../context.ts'
import { wordsOfShape } from '../sandbox/options.ts'
import type { DrillOptions } from './options.ts'
import { type Exercise, type FaultName, isFault, isLinkMode } from './scenarios.ts'

/** Of three brokers one can be lost, and the rest lives on. */
const needThreeBrokers: ReadonlySet<FaultName> = new Set(['broker-kill', 'broker-freeze', 'destination-broker-kill'])

/**
 * What name and flags amount to.
 *
 * @throws GeorepError "usage" when they do not go together; "refused" when what has to be confirmed could not be. Nobody was contacted.
 */
export function exerciseOf(options: DrillOptions, io: Pick<Io, 'canPrompt' | 'ask'>): Exercise {
  const exercise = named(options)
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
  if (scenario === undefined && fault?.how === 'exec') {
    throw usage('--fault exec: takes the source of a link away, which only "drill run forced" does')
  }
  if (scenario !== undefined && isLinkMode(scenario)) {
    if (sandbox) throw usage(`${scenario} is an exercise on a link of georep.yaml, and --sandbox makes one of its own`)
    if (byName !== undefined) throw usage(`--fault ${byName} needs --sandbox`)
    if (scenario !== 'forced') {
      if (fault !== undefined) throw usage(`${scenario} has no fault: --fault is for "drill run forced"`)
      return { mode: scenario, name: scenario }
    }
    if (fault === undefined || undo === undefined) {
      throw usage('forced needs --fault exec:<command>, which takes the source away, and --undo exec:<command>')
    }
    return { mode: 'forced', name: scenario, fault: (fault as { command: string }).command, undo }
  }
  if (scenario !== undefined && isFault(scenario)) {
    if (fault !== undefined) throw usage(`${scenario} is a fault, and --fault names another`)
    return { mode: 'sandbox', name: scenario }
  }
  if (!sandbox && byName !== undefined) throw usage('--fault needs --sandbox: what is lost is started for it')
  return sandbox ? { mode: 'sandbox', name: byName ?? 'region-kill' } : { mode: 'practice', name: 'practice' }
}

function checkTogether(exercise: Exercise, options: DrillOptions): void {
  const { link, holdBack, config, brokers, all, undo, repeat, confirm, takeOver, report } = options
  const { mode, name } = exercise
  if (report !== undefined && repeat > 1) {
    throw usage('--report is of one drill, and --repeat makes several: make a report of each with "drill report ID"')
  }
  if (mode === 'sandbox') {
    if (link !== undefined) throw usage(`${name} makes a link of its own, and --link names another`)
    if (takeOver) throw usage(`${name} makes a link of its own, and --take-over takes one from whoever acts on it`)
    if (config !== undefined) throw usage(`${name} has a configuration of its own, and --config names another`)
    if (needThreeBrokers.has(name) && brokers !== 3) {
      throw usage(`${name} needs --brokers 3: a broker is lost, and its cluster has to live on`)
    }
    if (holdBack !== undefined && name === 'runner-kill') {
      throw usage('--hold-back freezes the runner, which runner-kill kills')
    }
  } else {
    const shape = wordsOfShape(options).find((word) => word.startsWith('--'))
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

function usage(message: string): GeorepError {
  return new GeorepError('usage', 'GR-USAGE', message, { next: 'georep drill run --help' })
}
