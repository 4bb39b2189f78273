import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSandboxName } from './options.ts'
import type { SandboxDownOptions } from './down-run.ts'

export function addSandboxDown(noun: Command, perform: Perform): void {
  const command = noun
    .command('down')
    .summary('end the clusters and remove their data')
    .description(
      'Ends the processes of a sandbox, and of no other, and removes its data. Without such a sandbox nothing is done.',
    )
  withExamples(withOutput(withSandboxName(command)), [
    'georep sandbox down',
    'georep sandbox down --name second',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(
      async () => (await import('./down-run.ts')).runSandboxDown,
      self.optsWithGlobals<SandboxDownOptions>(),
    )
  })
}
