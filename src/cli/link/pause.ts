import type { Command } from 'commander'
import { linkName } from '../args.ts'
import { withAct, withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { LinkPauseOptions } from './pause-run.ts'

export function addLinkPause(noun: Command, perform: Perform): void {
  const command = noun
    .command('pause')
    .summary('stop moving records and group offsets')
    .description(
      "Has the link's runner stop: it appends nothing more and copies no group offsets, and goes on with its heartbeat. Returns when it says that nothing is under way, or when no runner lives.",
    )
    .argument('<link>', '<source>-<destination>', linkName)
  withExamples(withAct(command), ['georep link pause east-west', 'georep link pause east-west --dry-run']).action(
    async (name: string, _flags: unknown, self: Command) => {
      const options = { ...self.optsWithGlobals<Omit<LinkPauseOptions, 'name'>>(), name }
      await perform(async () => (await import('./pause-run.ts')).runLinkPause, options)
    },
  )
}
