import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { ConfigShowOptions } from './show-run.ts'

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
