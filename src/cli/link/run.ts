import { Option, type Command } from 'commander'
import { linkName, listenAddress, memoryBytes, positiveDurationMs } from '../args.ts'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkRunOptions } from './run-run.ts'

export function addLinkRun(noun: Command, perform: Perform): void {
  const command = noun
    .command('run')
    .summary('run a link in the foreground')
    .description(
      'Carries the mirrors of a link until SIGINT or SIGTERM, then finishes what it has fetched and exits 0. One process ' +
        'carries a link; more of them stand by, on other machines too, and one takes over within seconds. What it does is ' +
        'told on stderr, with times in UTC.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .addOption(
      new Option('--memory <size>', 'records held in memory, all mirrors together')
        .argParser(memoryBytes)
        .default(64_000_000, '64MB'),
    )
    .addOption(
      new Option('--groups-interval <duration>', 'how often group offsets are copied')
        .argParser(positiveDurationMs)
        .default(5_000, '5s'),
    )
    .addOption(
      new Option(
        '--metrics <address>',
        'serve /metrics (Prometheus) and /healthz there, without a password; :9464 is every address of this machine',
      ).argParser(listenAddress),
    )
    .addOption(
      new Option('--log-format <format>', 'lines for people, or one JSON object a line').choices(['text', 'json']).default('text'),
    ) // prettier-ignore
  withExamples(command, [
    'georep link run east-west',
    '# as a service: metrics for this machine alone, logs for a collector',
    'georep link run east-west --metrics 127.0.0.1:9464 --log-format json',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkRunOptions, 'name'>>(), name }
    await perform(async () => (await import('./run-run.ts')).runLinkRun, options)
  })
}
