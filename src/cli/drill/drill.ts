import type { Command } from 'commander'
import { typedOptions, withVerbs } from '../noun-with-verbs.ts'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { addDrillCompare } from './compare.ts'
import { addDrillDue } from './due.ts'
import { type DrillOptions, exitCodesText, notOfShortForm, withDrillOptions } from './options.ts'
import { addDrillReport } from './report.ts'
import { addDrillRun } from './run.ts'

export function addDrill(noun: Command, perform: Perform): void {
  const command = withDrillOptions(withVerbs(noun))
    .option('--measure-rpo', 'count every acknowledged record that is lost; always done', true)
    .description(
      'Fails over with a canary and a consumer group at work, and measures how long it takes (RTO) and what is lost (RPO).\n\n' +
        'With --sandbox: on two Kafka clusters started on this machine, of which the source is lost by --fault. They have the ' +
        'brokers, and the WAN between them, that --brokers, --wan-latency and --wan-bandwidth say.\n' +
        'Without: a practice drill on a link of georep.yaml. It makes a canary topic of its own; real topics are not touched, ' +
        'and the loss of the region is simulated. drill run has the other exercises.\n\n' +
        exitCodesText,
    )
  withExamples(command, [
    'georep drill --sandbox --measure-rpo',
    'georep drill --sandbox --fault broker-kill --brokers 3 --wan-latency 80ms',
    '# a link that loses exactly 25 records misses this objective: exit 3',
    'georep drill --sandbox --hold-back 25 --rpo-records 0',
    '# ten failovers, each on clusters of its own: the distribution of every figure',
    'georep drill --sandbox --repeat 10',
    'georep drill --link east-west --rto 60s --rpo 5s -o json',
    '# for a CI server: one report for people, one that it understands',
    'georep drill --sandbox --report drill.html --report drill.xml',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./drill-run.ts')).runDrill, {
      ...self.optsWithGlobals<DrillOptions>(),
      ...notOfShortForm,
      typed: typedOptions(self),
    })
  })
  addDrillRun(noun, perform)
  addDrillReport(noun, perform)
  addDrillCompare(noun, perform)
  addDrillDue(noun, perform)
}
