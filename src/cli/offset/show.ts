import type { Command } from 'commander'
import { collected, groupGlob, topicOrPattern } from '../args.ts'
import { withExamples, withOptionalLink, withOutput, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { OffsetShowOptions } from './show-run.ts'

export function addOffsetShow(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('show'), {
    '--all': 'every partition, where the table has the worst 100 only',
  })
    .summary('show where groups stand on both sides of a link')
    .description(
      'What the groups of a link have committed on its source and on its destination, partition by partition, and what would ' +
        'become of them in a failover now, worst first. GOES-ON-AT is where a group goes on there: its commit on the ' +
        'destination, moved into what arrived. REREAD is what it has read on the source and reads again, SKIPPED what it has ' +
        'not read and does not come to. What is not known is printed as unknown, or with a bound (<=), and an UNKNOWN row ends ' +
        'with exit code 4. With the source dead: what the destination knows, and in AGE how old that is.',
    )
    .option('--topic <topic>', 'only mirrors of this topic, or of topics like orders-*', topicOrPattern)
    .option('--group <glob...>', 'only these of the groups of the links', collected(groupGlob))
  withExamples(withOutput(withOptionalLink(command)), [
    'georep offset show',
    "georep offset show --link east-west --group 'orders-*'",
    '# Groups that would read again, or skip',
    'georep offset show --link east-west -o json --topic orders',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./show-run.ts')).runOffsetShow, self.optsWithGlobals<OffsetShowOptions>())
  })
}
