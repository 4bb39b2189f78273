import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { ClusterListOptions } from './list-run.ts'

export function addClusterList(noun: Command, perform: Perform): void {
  const command = noun
    .command('list')
    .summary('list the clusters, and which of them answer')
    .description(
      'Asks every cluster of georep.yaml at the same time. Why one does not answer is said on stderr, and ends with exit ' +
        'code 4.',
    )
  withExamples(withOutput(command), ['georep cluster list', 'georep cluster list -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(
        async () => (await import('./list-run.ts')).runClusterList,
        self.optsWithGlobals<ClusterListOptions>(),
      )
    },
  )
}
