import type { Command } from 'commander'
import { collected, count, positiveDurationMs, topicName } from '../args.ts'
import {
  withDryRun,
  withExamples,
  withLink,
  withOutput,
  withSwitches,
  withTakeOver,
  type OutputFormat,
} from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'
import { whichOf, type Which } from './which.ts'

export interface MirrorFailoverOptions extends GlobalOptions {
  readonly which: Which
  readonly link: string
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly wait: boolean
  /** Milliseconds. */
  readonly timeout: number | undefined
  readonly forceWhileSourceUp: boolean
  readonly maxLossRecords: bigint | undefined
  readonly unfenced: boolean
  readonly output: OutputFormat
}

type Flags = Omit<MirrorFailoverOptions, 'which'> & { readonly all: boolean }

export function addMirrorFailover(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('failover'), {
    '--all': 'every mirror of the link',
    '--wait': 'wait without a limit, unless --timeout sets one',
    '--force-while-source-up': 'fail over although the source answers',
    '--unfenced': 'fail over although the destination does not permit that late runners are refused',
  })
    .summary('open mirrors for writes, with the source lost')
    .description(
      'Stops mirrors so that the brokers of the destination refuse every runner, and opens them for writes. Needs only ' +
        'the destination. What the source had and the mirrors have not is lost: it is printed before, as far as it is ' +
        'known, and the name has to be typed. Refuses while the source answers. What was begun and is not done when the ' +
        'time is up goes on when the same command is run again.',
    )
    .argument('[topic...]', 'topics to fail over; or --all', collected(topicName))
    .option('--confirm <name>', 'the topic (with several or --all, the link), instead of being asked for it')
    .option(
      '--timeout <duration>',
      'how long to wait for mirrors that are still stopping (default: 60s)',
      positiveDurationMs,
    )
    .option('--max-loss-records <n>', 'refuse when more records would be lost, or when it is not known how many', count)
  withExamples(withOutput(withTakeOver(withDryRun(withLink(command)))), [
    'georep mirror failover orders --link east-west --dry-run',
    'georep mirror failover orders --link east-west --confirm orders',
    'georep mirror failover --link east-west --all --confirm east-west -o json',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const { all, ...flags } = self.optsWithGlobals<Flags>()
    const which = whichOf(self, all, topics)
    await perform(async () => (await import('./failover-run.ts')).runMirrorFailover, { ...flags, which })
  })
}
