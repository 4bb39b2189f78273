import type { Command } from 'commander'
import { withExamples, withOptionalLink, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { MirrorListOptions } from './list-run.ts'

export function addMirrorList(noun: Command, perform: Perform): void {
  const command = noun
    .command('list')
    .summary('list mirrors, their states and lags')
    .description(
      'Lists the mirrors of one link, or of all links. With the source dead the lag is a lower bound (>=), from what a ' +
        'runner last knew; SOURCE-SEEN says how old that is. A topic that we may not see, or that is not there, is named ' +
        'on stderr with what is missing, and ends with exit code 4.',
    )
  withExamples(withOutput(withOptionalLink(command)), [
    'georep mirror list',
    'georep mirror list --link east-west -o json',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./list-run.ts')).runMirrorList, self.optsWithGlobals<MirrorListOptions>())
  })
}
