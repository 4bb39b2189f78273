import type { Command } from 'commander'
import { collected, count, positiveDurationMs, topicName } from '../args.ts'
import { withDryRun, withExamples, withLink, withOutput, withSwitches, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface MirrorFailoverOptions extends GlobalOptions {
  readonly which: { readonly kind: 'all' } | { readonly kind: 'topics'; readonly topics: readonly string[] }
  readonly link: string
  readonly confirm: string | undefined
  readonly dryRun: boolean
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
  withExamples(withOutput(withDryRun(withLink(command))), [
    'georep mirror failover orders --link east-west --dry-run',
    'georep mirror failover orders --link east-west --confirm orders',
    'georep mirror failover --link east-west --all --confirm east-west -o json',
  ]).action(async (topics: readonly string[], _flags: unknown, self: Command) => {
    const { all, ...flags } = self.optsWithGlobals<Flags>()
    if (all === topics.length > 0) {
      self.error(all ? "error: '--all' and topics exclude each other" : "error: missing topics, or '--all'")
    }
    const which = all ? { kind: 'all' as const } : { kind: 'topics' as const, topics: [...new Set(topics)] }
    await perform(async () => (await import('./failover-run.ts')).runMirrorFailover, { ...flags, which })
  })
}
