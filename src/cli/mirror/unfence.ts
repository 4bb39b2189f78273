import type { Command } from 'commander'
import { collected, topicName } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { fenceOption, type FenceOption } from './fence-option.ts'
import { confirmOption, optionsWithWhich } from './which.ts'
import type { MirrorUnfenceOptions } from './unfence-run.ts'

export function addMirrorUnfence(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('unfence'), { '--all': 'every source topic that georep has fenced' })
    .summary('let a source take writes again that mirror promote has fenced')
    .description(
      'Takes back what mirror promote has done to source topics, and nothing else: ACLs that were there before stay. A ' +
        'promote that was killed before it stopped the mirrors is given up by it; the mirrors are ACTIVE again.',
    )
    .argument('[topic...]', 'topics of the source; or --all', collected(topicName))
    .option(
      '--fence <how>',
      'for topics that a command has fenced: hook:<command> to free them, or none when that is done',
      fenceOption,
    )
    .addOption(confirmOption())
  withExamples(withAct(withLink(command)), [
    'georep mirror unfence orders --link east-west --dry-run',
    'georep mirror unfence --link east-west --all --confirm east-west',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    if (self.opts<{ fence?: FenceOption }>().fence?.how === 'acl') {
      self.error("error: option '--fence' is hook:<command> or none here: ACLs are known")
    }
    const options = optionsWithWhich<MirrorUnfenceOptions>(self, topics)
    await perform(async () => (await import('./unfence-run.ts')).runMirrorUnfence, options)
  })
}
