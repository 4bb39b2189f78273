import type { Command } from 'commander'
import { collected, linkName, topicName } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { fenceOption, type FenceOption } from './fence-option.ts'
import { confirmOption, optionsWithWhich } from './which.ts'
import type { MirrorReverseOptions } from './reverse-run.ts'

export function addMirrorReverse(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('reverse'), { '--all': 'every mirror of the link that a promote has stopped' })
    .summary('make the old source of a promoted topic its mirror, from the same offset')
    .description(
      'After mirror promote, when clients write to the destination: the old source topic becomes the mirror of the promoted topic on the link that ' +
        'goes the other way, which has to exist. Both logs are the same up to where the mirror was stopped, and records go on from there: none is ' +
        'copied twice, and none moves. Group offsets go back as that link copies them. It is refused unless both topics are those that were promoted, ' +
        'the old source ends where its mirror was stopped, and the last records before that are equal on both clusters.\n\n' +
        'What mirror promote has fenced the old source by would keep the runner out, and is taken back. From then on nothing but their ACLs keeps producers ' +
        'off the old source: a record of theirs there stops the mirror as FAILED. Promoting the mirror makes the way forth again, and reversing that the way ' +
        'back, as often as wanted.',
    )
    .argument('[topic...]', 'promoted topics, by their names on the destination; or --all', collected(topicName))
    .option('--onto <link>', 'the link that goes the other way, where there are several', linkName)
    .option(
      '--fence <how>',
      'for topics that a command has fenced: hook:<command> to free them, or none when the runner may write there',
      fenceOption,
    )
    .addOption(confirmOption())
  withExamples(withAct(withLink(command)), [
    'georep mirror reverse orders --link east-west --dry-run',
    'georep mirror reverse orders --link east-west --confirm orders',
    'georep mirror reverse --link east-west --all --confirm east-west',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    if (self.opts<{ fence?: FenceOption }>().fence?.how === 'acl') {
      self.error("error: option '--fence' is hook:<command> or none here: ACLs are known")
    }
    const options = optionsWithWhich<MirrorReverseOptions>(self, topics)
    await perform(async () => (await import('./reverse-run.ts')).runMirrorReverse, options)
  })
} // prettier-ignore
