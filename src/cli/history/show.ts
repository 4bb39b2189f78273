import type { Command } from 'commander'
import { withExamples, withHistoryDir, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { HistoryShowOptions } from './show-run.ts'

export function addHistoryShow(noun: Command, perform: Perform): void {
  const command = noun
    .command('show')
    .summary('show one past run')
    .description('Prints the record of one run; with -o json, all of it.')
    .argument('<id>', 'the id of the run, or enough of its beginning to be the only one')
  withExamples(withOutput(withHistoryDir(command)), [
    'georep history show 3f9a',
    'georep history show 3f9a -o json',
  ]).action(async (id: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<HistoryShowOptions, 'id'>>(), id }
    await perform(async () => (await import('./show-run.ts')).runHistoryShow, options)
  })
}
