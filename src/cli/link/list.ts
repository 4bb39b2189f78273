import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkListOptions } from './list-run.ts'

export function addLinkList(noun: Command, perform: Perform): void {
  const command = noun
    .command('list')
    .summary('list the links of all clusters')
    .description(
      'Asks every cluster of georep.yaml for the links it is the destination of. What could not be asked, or was ' +
        'refused, is said on stderr, and ends with exit code 4.',
    )
  withExamples(withOutput(command), ['georep link list', 'georep link list -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(async () => (await import('./list-run.ts')).runLinkList, self.optsWithGlobals<LinkListOptions>())
    },
  )
}
