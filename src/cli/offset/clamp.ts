import type { Command } from 'commander'
import { collected, groupGlob } from '../args.ts'
import { withExamples, withLink, withOutput, withTakeOver } from '../options.ts'
import { withPlanOrApply } from './plan-options.ts'
import type { Perform } from '../wiring.ts'
import type { OffsetClampOptions } from './clamp-run.ts'

export function addOffsetClamp(noun: Command, perform: Perform): void {
  const command = noun
    .command('clamp')
    .summary('move committed offsets to where they belong on stopped mirrors')
    .description(
      'Compares what groups have committed on the stopped mirrors of a link with what is there: a commit past the end ' +
        'would skip records that are yet to come, one below the start would be reset by the client. On a link of ' +
        'MirrorMaker 2 groups are moved on to where they stood on the source as well, as far as that is known. Previews unless ' +
        '--plan or --apply is given. A group is moved as a whole or not at all; one that has members is refused.',
    )
    .option('--group <glob...>', 'only these groups (default: the groups of the link)', collected(groupGlob))
  withPlanOrApply(command).option('--confirm <link>', 'the link, typed again, instead of being asked for it')
  withExamples(withOutput(withTakeOver(withLink(command))), [
    'georep offset clamp --link east-west',
    'georep offset clamp --link east-west --apply --confirm east-west',
    'georep offset clamp --link east-west --plan clamp.json',
    "georep offset clamp --link east-west --group 'orders-*' -o json",
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(
      async () => (await import('./clamp-run.ts')).runOffsetClamp,
      self.optsWithGlobals<OffsetClampOptions>(),
    )
  })
}
