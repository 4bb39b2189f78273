import type { Command } from 'commander'
import { withExamples, withOutput, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { RunbookShowOptions } from './show-run.ts'

export function addRunbookShow(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('show'), { '--source': 'print the file as it is' })
    .summary('show what a runbook is for, its variables and its steps')
    .description('Shows a runbook. Values for its variables are not needed, and no cluster is contacted.')
    .argument('<runbook>', 'a runbook that ships, or a file')
  withExamples(withOutput(command), [
    'georep runbook show planned-switchover',
    '# a copy to start from',
    'georep runbook show template --source > mine.yaml',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<RunbookShowOptions, 'name'>>(), name }
    await perform(async () => (await import('./show-run.ts')).runRunbookShow, options)
  })
}
