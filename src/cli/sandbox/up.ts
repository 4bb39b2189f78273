import type { Command } from 'commander'
import { withExamples, withOutput, type OutputFormat } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'
import { withSandboxName } from './options.ts'

export interface SandboxUpOptions extends GlobalOptions {
  readonly name: string
  readonly output: OutputFormat
}

export function addSandboxUp(noun: Command, perform: Perform): void {
  const command = noun
    .command('up')
    .summary('start the two clusters, or what is down of them')
    .description(
      'Starts two Kafka clusters on free ports of 127.0.0.1, and writes a georep.yaml that names them beside the record of ' +
        'the sandbox; nothing is written into the working directory. They run until "georep sandbox down". Of a ' +
        'sandbox that is there already, clusters that are down are started again on their data.',
    )
  withExamples(withOutput(withSandboxName(command)), [
    'georep sandbox up',
    'georep sandbox up --name second -o json',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./up-run.ts')).runSandboxUp, self.optsWithGlobals<SandboxUpOptions>())
  })
}
