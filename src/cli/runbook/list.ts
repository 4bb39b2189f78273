import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { RunbookListOptions } from './list-run.ts'

export function addRunbookList(noun: Command, perform: Perform): void {
  const command = noun
    .command('list')
    .summary('list the runbooks that ship with georep')
    .description('Lists the runbooks that ship with georep, by name. One of your own is named by its file.')
  withExamples(withOutput(command), ['georep runbook list', 'georep runbook list -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(
        async () => (await import('./list-run.ts')).runRunbookList,
        self.optsWithGlobals<RunbookListOptions>(),
      )
    },
  )
}
