import { Option, type Command } from 'commander'
import { collected, positiveDurationMs, topicName } from '../args.ts'
import { withAct, withExamples, withLink, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withFence } from './fence-option.ts'
import { confirmOption, optionsWithWhich } from './which.ts'
import type { MirrorPromoteOptions } from './promote-run.ts'

export function addMirrorPromote(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('promote'), { '--all': 'every mirror of the link' })
    .summary('switch over as planned: drain mirrors, then open them for writes')
    .description(
      'Keeps producers off the source topics, waits until the mirrors hold all that the source has, copies settings and ' +
        'group offsets a last time, stops the mirrors so that the brokers of the destination refuse every runner, and ' +
        'reads both ends again: only then it says that nothing was lost. Needs both clusters and a runner that lives, or Kafka Connect. Until ' +
        'the mirrors are stopped everything is taken back when the time is up, or on Ctrl-C. The source stays fenced ' +
        'afterwards; mirror unfence frees it.\n\n' +
        'A hook is run by "sh -c" with the environment of georep and GEOREP_LINK, GEOREP_TOPICS (one a line) and ' +
        'GEOREP_ACTION, which is fence or unfence. It must be safe to run twice; what it prints is shown; it fails when ' +
        'it exits with another code than 0, or takes longer than a minute.',
    )
    .argument('[topic...]', 'topics to promote; or --all', collected(topicName))
    .addOption(confirmOption())
    .addOption(
      new Option('--timeout <duration>', 'how long the mirrors may take to drain')
        .argParser(positiveDurationMs)
        .default(300_000, '5m'),
    )
  withExamples(withAct(withFence(withLink(command))), [
    'georep mirror promote orders --link east-west --fence acl --dry-run',
    'georep mirror promote orders --link east-west --fence acl --confirm orders',
    "georep mirror promote --link east-west --all --fence 'hook:./stop-producers.sh' --timeout 15m",
    '# The producers are stopped already:',
    'georep mirror promote orders --link east-west --fence none',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const options = optionsWithWhich<MirrorPromoteOptions>(self, topics)
    await perform(async () => (await import('./promote-run.ts')).runMirrorPromote, options)
  })
}
