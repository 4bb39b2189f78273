import type { Command } from 'commander'
import { collected, count, positiveDurationMs, topicName } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { confirmOption, optionsWithWhich } from './which.ts'
import type { MirrorFailoverOptions } from './failover-options.ts'

export function addMirrorFailover(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('failover'), {
    '--all': 'every mirror of the link',
    '--wait': 'wait without a limit, unless --timeout sets one',
    '--force-while-source-up': 'fail over although the source answers',
    '--unfenced': 'fail over although late runners, or workers of Kafka Connect, cannot be refused',
  })
    .summary('open mirrors for writes, with the source lost')
    .description(
      'Stops mirrors so that the brokers of the destination refuse every runner, and opens them for writes. Needs only ' +
        'the destination. What the source had and the mirrors have not is lost: it is printed before, as far as it is ' +
        'known, and the name has to be typed; a dry run also tells bytes and age of it, and which groups would read again or ' +
        'skip. Refuses while the source answers. What was begun and is not done when the ' +
        'time is up goes on when the same command is run again. On a link of MirrorMaker 2 the connector is stopped by Kafka ' +
        'Connect, which has to answer, and goes on without these mirrors.',
    )
    .argument('[topic...]', 'topics to fail over; or --all', collected(topicName))
    .addOption(confirmOption())
    .option(
      '--timeout <duration>',
      'how long to wait for mirrors that are still stopping (default: 60s)',
      positiveDurationMs,
    )
    .option('--max-loss-records <n>', 'refuse when more records would be lost, or when it is not known how many', count)
  withExamples(withAct(withLink(command)), [
    'georep mirror failover orders --link east-west --dry-run',
    'georep mirror failover orders --link east-west --confirm orders',
    'georep mirror failover --link east-west --all --confirm east-west -o json',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const options = optionsWithWhich<MirrorFailoverOptions>(self, topics)
    await perform(async () => (await import('./failover-run.ts')).runMirrorFailover, options)
  })
}
