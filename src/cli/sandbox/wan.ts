import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSandboxName } from './options.ts'
import type { SandboxWanOptions } from './wan-run.ts'

/** What the process runs that stands for the WAN. Not in the help: nobody has to type it. */
export function addSandboxWan(noun: Command, perform: Perform): void {
  const command = noun
    .command('wan', { hidden: true })
    .summary('be the WAN of a sandbox')
    .description(
      'Carries what goes between the regions of a sandbox, until it is ended. "georep sandbox up" starts it.',
    )
  withExamples(withSandboxName(command), ['georep sandbox wan --name default']).action(
    async (_flags: unknown, self: Command) => {
      await perform(async () => (await import('./wan-run.ts')).runSandboxWan, self.optsWithGlobals<SandboxWanOptions>())
    },
  )
}
