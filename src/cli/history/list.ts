import type { Command } from 'commander'
import { withExamples, withHistoryDir, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { HistoryListOptions } from './list-run.ts'

export function addHistoryList(noun: Command, perform: Perform): void {
  const command = noun
    .command('list')
    .summary('list past runs, newest first')
    .description('Lists the runs on record. A file that cannot be read is listed as such.')
  withExamples(withOutput(withHistoryDir(command)), ['georep history list', 'georep history list -o json']).action(
    async (_flags: unknown, self: Command) => {
      await perform(
        async () => (await import('./list-run.ts')).runHistoryList,
        self.optsWithGlobals<HistoryListOptions>(),
      )
    },
  )
}
