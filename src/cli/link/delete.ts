import type { Command } from 'commander'
import { linkName } from '../args.ts'
import { withAct, withExamples, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkDeleteOptions } from './delete-run.ts'

export function addLinkDelete(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('delete'), {
    '--with-mirrors': 'also when it has mirrors that are not stopped: they are taken off with it',
  })
    .summary('delete a link')
    .description(
      'Deletes what the topic "__georep" of the destination says about a link and its mirrors. All topics and committed ' +
        'offsets stay as they are. Refused while its runner lives, and while it has mirrors that are not STOPPED, unless ' +
        '--with-mirrors is given. The name has to be typed.',
    )
    .argument('<link>', '<source>-<destination>', linkName)
    .option('--confirm <link>', 'the link, instead of being asked for it')
  withExamples(withAct(command), [
    'georep link delete east-west --dry-run',
    'georep link delete east-west --confirm east-west',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<LinkDeleteOptions, 'name'>>(), name }
    await perform(async () => (await import('./delete-run.ts')).runLinkDelete, options)
  })
}
