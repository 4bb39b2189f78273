import type { Command } from 'commander'
import { collected, groupGlob, topicName } from '../args.ts'
import { withExamples, withRequired } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withPlan } from './plan-options.ts'
import { withCluster } from './cluster-option.ts'
import { resetPlace } from './reset-place.ts'
import type { Place } from '../../links/reset-places.ts'
import type { OffsetResetOptions } from './reset-run.ts'

export function addOffsetReset(noun: Command, perform: Perform): void {
  const command = withCluster(noun.command('reset'))
    .summary('set committed offsets of groups to a place')
    .description(
      'Moves groups without members to a place in the log: its start or its end, the first record of a time, an offset, or where another ' +
        'group stands. Of the topics that are named every partition, else those of which a group has committed something. Previews unless --plan or ' +
        '--apply is given. A group is moved as a whole; when one of them cannot be moved, none is.',
    )
  withRequired(command, '--group <glob...>', 'these groups, by name or pattern', collected(groupGlob))
  withRequired<Place>(
    command,
    '--to <place>',
    'earliest, latest, 2026-11-26T05:00:00Z, 12345, or group:<name>',
    resetPlace,
  )
  command.option(
    '--topic <topic...>',
    'all partitions of these topics, also where nothing was committed',
    collected(topicName),
  )
  withExamples(withPlan(command), [
    'georep offset reset --cluster west --group billing --to earliest --plan billing.json',
    'georep offset apply billing.json',
    '# Read again from five in the morning on, of one topic',
    "georep offset reset --cluster west --group 'orders-*' --topic orders --to 2026-11-26T05:00:00Z",
    '# Skip what is there: it has to be said',
    'georep offset reset --cluster west --group billing --to latest --allow-skip --apply --confirm west',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(
      async () => (await import('./reset-run.ts')).runOffsetReset,
      self.optsWithGlobals<OffsetResetOptions>(),
    )
  })
}
