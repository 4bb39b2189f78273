import type { Command } from 'commander'
import type { OutputFormat } from '../args.ts'
import { withExamples, withOutput } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'

export interface ConfigShowOptions extends GlobalOptions {
  readonly output: OutputFormat
}

export function addConfigShow(noun: Command, perform: Perform): void {
  const command = noun
    .command('show')
    .summary('print what is in force, and where it comes from')
    .description('Prints the values in force, defaults included. Secrets are never printed, only where they come from.')
  withExamples(withOutput(command), ['georep config show', 'georep config show -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(
        async () => (await import('./show-run.ts')).runConfigShow,
        self.optsWithGlobals<ConfigShowOptions>(),
      )
    },
  )
}
