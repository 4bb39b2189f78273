import { Option, type Command } from 'commander'
import { collected, linkName, salvagePlace, topicName } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { fenceOption } from './fence-option.ts'
import { confirmOption, optionsWithWhich } from './which.ts'
import type { MirrorRestoreOptions } from './restore-run.ts'

export function addMirrorRestore(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('restore'), { '--all': 'every mirror of the link that a failover has stopped' })
    .summary('make the old source of a failed over topic its mirror, saving first')
    .description(
      'After mirror failover, when the old source is back: it becomes the mirror of the topic that is written to now, on the link that goes the other ' +
        'way, which has to exist. Where both logs are the same up to where the mirror was stopped, and the old source ends there, nothing is replaced: that ' +
        'is what mirror reverse does. Where the old source has records that never arrived, its log cannot be cut, and it is replaced: producers are kept ' +
        'off it, its settings, ACLs and committed offsets are saved, and so is every record that never arrived; what was saved is read again and compared ' +
        'with a second look at the log; only then the topic is deleted, and made anew as the mirror, with identical offsets.\n\n' +
        'This is the only verb that deletes a topic that georep has not made. It is refused while a group reads the old source. A restore that was ' +
        'interrupted is gone on with by the same command; whatever is deleted was compared by the process that deletes it.',
    )
    .argument('[topic...]', 'stopped mirrors, by their names on the destination; or --all', collected(topicName))
    .option('--onto <link>', 'the link that goes the other way, where there are several', linkName)
    .option(
      '--salvage <where>',
      'where what never arrived is saved: a folder, or topic:<name> for a topic on the cluster that is written to, {topic} in its name for that of each; ' +
        'required where logs have parted',
      salvagePlace,
    )
    .option(
      '--fence <how>',
      'what keeps producers off an old source that is replaced, required there: acl, hook:<command>, or none (they are stopped, and you say so); it ' +
        'also frees what a command has fenced before',
      fenceOption,
    )
    .addOption(
      new Option('--history <how>', 'what a replaced topic has: all that the topic has that is written to, or what was written since the logs parted')
        .choices(['full', 'delta'])
        .default('full'),
    )
    .addOption(confirmOption())
  withExamples(withAct(withLink(command)), [
    'georep mirror restore orders --link east-west --dry-run',
    'georep mirror restore orders --link east-west --salvage ./never-arrived --fence acl --confirm orders',
    '# What never arrived is to be read by an application:',
    'georep mirror restore orders --link east-west --salvage topic:orders.salvaged --fence acl',
    '# A long history is not copied again:',
    'georep mirror restore orders --link east-west --salvage ./never-arrived --fence acl --history delta',
    '# Its producers are stopped already:',
    'georep mirror restore --link east-west --all --salvage ./never-arrived --fence none --confirm east-west',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const options = optionsWithWhich<MirrorRestoreOptions>(self, topics)
    await perform(async () => (await import('./restore-run.ts')).runMirrorRestore, options)
  })
} // prettier-ignore
