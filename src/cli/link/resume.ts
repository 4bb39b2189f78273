import type { Command } from 'commander'
import { linkName } from '../args.ts'
import { withAct, withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkResumeOptions } from './resume-run.ts'

export function addLinkResume(noun: Command, perform: Perform): void {
  const command = noun
    .command('resume')
    .summary('go on where a pause stopped')
    .description("Has the link's runner go on where it stopped. Mirrors that were paused by themselves stay so.")
    .argument('<link>', '<source>-<destination>', linkName)
  withExamples(withAct(command), ['georep link resume east-west', 'georep link resume east-west --dry-run']).action(
    async (name: string, _flags: unknown, self: Command) => {
      const options = { ...self.optsWithGlobals<Omit<LinkResumeOptions, 'name'>>(), name }
      await perform(async () => (await import('./resume-run.ts')).runLinkResume, options)
    },
  )
}
