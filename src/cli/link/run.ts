import { Option, type Command } from 'commander'
import { linkName, memoryBytes, positiveDurationMs } from '../args.ts'
import { withExamples } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface LinkRunOptions extends GlobalOptions {
  readonly name: string
  /** Bytes of records that were fetched and are not appended yet. */
  readonly memory: number
  /** Milliseconds. */
  readonly groupsInterval: number
}

export function addLinkRun(noun: Command, perform: Perform): void {
  const command = noun
    .command('run')
    .summary('run a link in the foreground')
    .description(
      'Carries the mirrors of a link until SIGINT or SIGTERM, then finishes what it has fetched and exits 0. One runner ' +
        'a link; what it does is told on stderr, with times in UTC.',
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
  withExamples(command, ['georep link run east-west', 'georep link run east-west --memory 256MB']).action(
    async (name: string, _flags: unknown, self: Command) => {
      const options = { ...self.optsWithGlobals<Omit<LinkRunOptions, 'name'>>(), name }
      await perform(async () => (await import('./run-run.ts')).runLinkRun, options)
    },
  )
}
