import type { Command } from 'commander'
import { clusterName } from '../args.ts'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { ClusterDescribeOptions } from './describe-run.ts'

export function addClusterDescribe(noun: Command, perform: Perform): void {
  const command = noun
    .command('describe')
    .summary('show one cluster, and what each verb lacks there')
    .description(
      'Shows the brokers of a cluster, whether it has an authorizer, and the rights that it tells of: those on the cluster, on ' +
        'the state topic, and on the mirror topics of its links. Of groups and transactional ids a cluster tells nothing ' +
        'beforehand.',
    )
    .argument('<cluster>', 'as georep.yaml names it', clusterName)
  withExamples(withOutput(command), ['georep cluster describe west', 'georep cluster describe west -o json']).action(
    async (name: string, _flags: unknown, self: Command) => {
      await perform(async () => (await import('./describe-run.ts')).runClusterDescribe, {
        ...self.optsWithGlobals<ClusterDescribeOptions>(),
        name,
      })
    },
  )
}
