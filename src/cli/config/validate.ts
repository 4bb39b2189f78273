import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { ConfigValidateOptions } from './validate-run.ts'

export function addConfigValidate(noun: Command, perform: Perform): void {
  const command = noun
    .command('validate')
    .summary('check georep.yaml')
    .description(
      'Reads the file, and the properties files, certificates and keys that it names, reports every problem of the file with its line and column, and contacts no ' +
        'cluster. What a reference (${env:NAME}, ${file:PATH}) stands for is looked at when a cluster is contacted: georep cluster list.',
    )
  withExamples(withOutput(command), ['georep config validate', 'georep config validate --config ./georep.yaml']).action(
    async (_flags: unknown, self: Command) => {
      await perform(
        async () => (await import('./validate-run.ts')).runConfigValidate,
        self.optsWithGlobals<ConfigValidateOptions>(),
      )
    },
  )
}
