import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSandboxName } from './options.ts'
import type { SandboxStatusOptions } from './status-run.ts'

export function addSandboxStatus(noun: Command, perform: Perform): void {
  const command = noun
    .command('status')
    .summary('show what runs of the two clusters')
    .description('Shows each cluster of a sandbox: up, down, or paused (SIGSTOP), by its processes.')
  withExamples(withOutput(withSandboxName(command)), ['georep sandbox status', 'georep sandbox status -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(
        async () => (await import('./status-run.ts')).runSandboxStatus,
        self.optsWithGlobals<SandboxStatusOptions>(),
      )
    },
  )
}
