import type { Command } from 'commander'
import { collected, topicOrPattern } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { MirrorDeleteOptions } from './delete-run.ts'

export function addMirrorDelete(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('delete'), {
    '--with-topic': 'delete the mirror topics too, where georep made them and the source has all they hold',
  })
    .summary('take mirrors, or a pattern, off a link')
    .description(
      'Takes mirrors off the link, once its runner has let go of them. Their topics stay, as ordinary topics, and are no ' +
        'way to open them for writes: that is what failover does. A pattern that would mirror the topic again leaves it ' +
        'out from then on. A word with * or ? is a pattern of the link: it is taken off, and its mirrors stay. The name ' +
        'has to be typed. What makes a mirror anew that is FAILED is mirror rebuild.',
    )
    .argument('<topic...>', 'mirror topics, or a pattern of the link', collected(topicOrPattern))
    .option('--confirm <name>', 'the topic or pattern (with several, the link), instead of being asked for it')
  withExamples(withAct(withLink(command)), [
    'georep mirror delete orders --link east-west --confirm orders',
    'georep mirror delete orders --link east-west --with-topic --dry-run',
    "georep mirror delete 'orders-*' --link east-west --confirm 'orders-*'",
  ]).action(async (words: readonly string[], _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<MirrorDeleteOptions, 'words'>>(), words: [...new Set(words)] }
    await perform(async () => (await import('./delete-run.ts')).runMirrorDelete, options)
  })
}
