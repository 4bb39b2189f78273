import { Option, type Command } from 'commander'
import { count, linkName, positiveDurationMs, positiveInteger } from '../args.ts'
import { withVerbs } from '../noun-with-verbs.ts'
import { type OutputFormat, withExamples, withHistoryDir, withOutput, withSwitches } from '../options.ts'
import { type SandboxShape, withSandboxShape } from '../sandbox/options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'
import { addDrillCompare } from './compare.ts'
import { addDrillDue } from './due.ts'
import { withReports, type WithReports } from './report-option.ts'
import { addDrillReport } from './report.ts'

export interface DrillOptions extends GlobalOptions, SandboxShape, WithReports {
  readonly sandbox: boolean
  readonly link: string | undefined
  readonly measureRpo: boolean
  /** Milliseconds; undefined: what georep.yaml says. */
  readonly rto: number | undefined
  readonly rpo: number | undefined
  readonly rpoRecords: bigint | undefined
  readonly holdBack: bigint | undefined
  readonly loseBrokerFirst: boolean
  readonly canaryInterval: number
  readonly probeInterval: number
  readonly probeFailures: number
  readonly partitions: number
  readonly steady: number
  readonly hold: number
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

export function addDrill(noun: Command, perform: Perform): void {
  const command = withSwitches(withVerbs(noun), {
    '--sandbox': 'on two clusters of its own on this machine',
    '--lose-broker-first': 'with --sandbox --brokers 3: kill one broker of the source before the region',
  })
    .description(
      'Fails over with a canary and a consumer group at work, and measures how long it takes (RTO) and what is lost (RPO).\n\n' +
        'With --sandbox: on two Kafka clusters started on this machine, of which the source is killed with SIGKILL. They have the ' +
        'brokers, and the WAN between them, that --brokers, --wan-latency and --wan-bandwidth say.\n' +
        'Without: a practice drill on a link of georep.yaml. It makes a canary topic of its own; real topics are not touched, ' +
        'and the loss of the region is simulated.\n\n' +
        'Exit codes: 0 pass, 3 an objective was missed, 4 could not be determined, 1 split brain.',
    )
    .option('--link <link>', 'the link to practise on; not needed where there is one', linkName)
    .option('--measure-rpo', 'count every acknowledged record that is lost; always done', true)
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
  withExamples(withOutput(withHistoryDir(withReports(withSandboxShape(command)))), [
    'georep drill --sandbox --measure-rpo',
    'georep drill --sandbox --brokers 3 --lose-broker-first --wan-latency 80ms',
    '# a link that loses exactly 25 records misses this objective: exit 3',
    'georep drill --sandbox --hold-back 25 --rpo-records 0',
    'georep drill --link east-west --rto 60s --rpo 5s -o json',
    '# for a CI server: one report for people, one that it understands',
    'georep drill --sandbox --report drill.html --report drill.xml',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./drill-run.ts')).runDrill, self.optsWithGlobals<DrillOptions>())
  })
  addDrillReport(noun, perform)
  addDrillCompare(noun, perform)
  addDrillDue(noun, perform)
}

function duration(flag: string, description: string): Option {
  return new Option(`${flag} <duration>`, description).argParser(positiveDurationMs)
}
