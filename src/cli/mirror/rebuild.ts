import { Option, type Command } from 'commander'
import { collected, salvagePlace, topicName } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { optionsWithWhich } from './which.ts'
import type { MirrorRebuildOptions } from './rebuild-run.ts'

export function addMirrorRebuild(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('rebuild'), { '--discard': 'let go of what the mirrors alone hold' })
    .summary('delete the topics of mirrors that FAILED, and make them anew')
    .description(
      'The way out of FAILED: something else wrote to the mirror topic, its source was made anew, or lost records before they were mirrored. Both logs are ' +
        'compared first. What the mirror alone holds is saved with --salvage: it is read again, and compared with a second look at the log; or it goes, with ' +
        '--discard. Then the mirror topic is deleted by its id, and made anew with its settings and replicas and the partitions of the source; it is ACTIVE, ' +
        'and its runner copies all that the source has. Until it has, the destination has less than the source.\n\n' +
        'Only a topic that georep has made is deleted, and none that a group is reading. What groups have committed on it goes with it; the runner copies ' +
        "that of the link's groups again. A mirror that is ACTIVE or PAUSED can be rebuilt, too. A rebuild that was interrupted is gone on with by the same " +
        'command.',
    )
    .argument('<topic...>', 'mirror topics', collected(topicName))
    .addOption(
      new Option(
        '--salvage <where>',
        'where what the mirrors alone hold is saved: a folder, or topic:<name> for a topic beside them, {topic} in its name for that of each; this or ' +
          '--discard is required where they hold any',
      )
        .argParser(salvagePlace)
        .conflicts('discard'),
    )
    .option('--confirm <name>', 'the topic (with several, the link), instead of being asked for it')
  withExamples(withAct(withLink(command)), [
    'georep mirror rebuild orders --link east-west --dry-run',
    'georep mirror rebuild orders --link east-west --salvage ./foreign --confirm orders',
    '# It is to be read by an application:',
    'georep mirror rebuild orders --link east-west --salvage topic:orders.foreign --confirm orders',
    '# What the mirror alone holds is of no use:',
    'georep mirror rebuild orders --link east-west --discard --confirm orders',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const options = optionsWithWhich<MirrorRebuildOptions>(self, topics)
    await perform(async () => (await import('./rebuild-run.ts')).runMirrorRebuild, options)
  })
} // prettier-ignore
