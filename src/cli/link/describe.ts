import type { Command } from 'commander'
import { linkName } from '../args.ts'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkDescribeOptions } from './describe-run.ts'

export function addLinkDescribe(noun: Command, perform: Perform): void {
  const command = noun
    .command('describe')
    .summary('show one link, its runner and its mirrors')
    .description(
      'Shows a link as it is now. With the source dead, what a runner last knew of it, and how old that is. A topic that ' +
        'we may not see, or that is not there, is named on stderr with what is missing, and ends with exit code 4.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
  withExamples(withOutput(command), [
    'georep link describe east-west',
    'georep link describe east-west -o json',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkDescribeOptions, 'name'>>(), name }
    await perform(async () => (await import('./describe-run.ts')).runLinkDescribe, options)
  })
}
