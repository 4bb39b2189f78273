import { Option, type Command } from 'commander'
import { count, linkName, positiveDurationMs, positiveInteger, type OutputFormat } from '../args.ts'
import { withHistoryDir, withOutput, withSwitches, withTakeOver } from '../options.ts'
import { type SandboxShape, withSandboxShape } from '../sandbox/options.ts'
import type { LinkRecord } from '../../links/records.ts'
import type { GlobalOptions } from '../wiring.ts'
import { withReports, type WithReports } from './report-option.ts'
import { faultNames } from '../../core/drill-faults.ts'
import type { Setting } from '../runbook/options.ts'
import { type FaultOption, faultOption } from './scenarios.ts'

export interface DrillOptions extends GlobalOptions, SandboxShape, WithReports {
  /** What `drill run` names, built in or a runbook; undefined without a name, and for the short form. */
  readonly scenario: string | undefined
  /** Variables of a runbook. */
  readonly set: readonly Setting[] | undefined
  /** The options that were typed: what a runbook says gives way to them. */
  readonly typed: readonly string[]
  readonly sandbox: boolean
  /** Of the sandbox's link; undefined: the default. */
  readonly engine: LinkRecord['engine'] | undefined
  readonly link: string | undefined
  readonly fault: FaultOption | undefined
  /** A command, for `sh -c`. */
  readonly undo: string | undefined
  readonly confirm: string | undefined
  /** Every mirror of the link fails over, not the canary's alone. */
  readonly all: boolean
  readonly repeat: number
  readonly seed: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  /** Milliseconds; undefined: what georep.yaml says. */
  readonly rto: number | undefined
  readonly rpo: number | undefined
  readonly rpoRecords: bigint | undefined
  readonly holdBack: bigint | undefined
  readonly canaryInterval: number
  readonly probeInterval: number
  readonly probeFailures: number
  readonly partitions: number
  readonly steady: number
  readonly hold: number
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

/** What only `drill run` has, as it is for the short form. */
export const notOfShortForm = {
  scenario: undefined,
  set: undefined,
  undo: undefined,
  confirm: undefined,
  all: false,
  dryRun: false,
} as const satisfies Partial<DrillOptions>

export const exitCodesText = 'Exit codes: 0 pass, 3 an objective was missed, 4 could not be determined, 1 split brain.'

/** Those of the short form and of `drill run`. */
export function withDrillOptions(noun: Command): Command {
  const command = withSwitches(noun, {
    '--sandbox': 'on two clusters of its own on this machine',
  })
    .addOption(
      new Option('--engine <engine>', 'with --sandbox: what carries the link (default embedded)').choices([
        'embedded',
        'mm2',
      ]),
    )
    .option('--link <link>', 'the link to practise on; not needed where there is one', linkName)
    .addOption(
      new Option('--fault <fault>', `with --sandbox: ${faultNames.join(', ')} (default region-kill); with drill run forced: exec:<command>`).argParser(faultOption), // prettier-ignore
    )
    .option('--repeat <n>', 'so many drills, each with the fault at a phase of its own', positiveInteger, 1)
    .option('--seed <text>', 'of the phases, to have them again (default: random, and printed)')
    .option('--rto <duration>', 'objective: service is back within (default 60s)', positiveDurationMs)
    .option('--rpo <duration>', 'objective: age of the oldest lost record (default 5s)', positiveDurationMs)
    .option('--rpo-records <n>', 'objective: lost records (default: none is set)', count)
    .option('--hold-back <n>', 'with --sandbox: keep exactly n acknowledged records from being mirrored', count)
    .option('--partitions <n>', 'partitions of the canary topic', positiveInteger, 3)
    .addOption(duration('--canary-interval', 'one canary record a partition every').default(100, '100ms'))
    .addOption(duration('--probe-interval', 'the source is probed every').default(500, '500ms'))
    .option('--probe-failures <n>', 'failed probes in a row that mean the source is lost', positiveInteger, 3)
    .addOption(duration('--steady', 'all is well for so long before the fault').default(3_000, '3s'))
    .addOption(duration('--hold', 'all has to be well for so long after the failover').default(3_000, '3s'))
  return withOutput(withTakeOver(withHistoryDir(withReports(withSandboxShape(command)))))
}

function duration(flag: string, description: string): Option {
  return new Option(`${flag} <duration>`, description).argParser(positiveDurationMs)
}
