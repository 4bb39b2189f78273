import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSet } from './options.ts'
import type { RunbookValidateOptions } from './validate-run.ts'

export function addRunbookValidate(noun: Command, perform: Perform): void {
  const command = noun
    .command('validate')
    .summary('check a runbook')
    .description('Reports every problem with its line and column, exit 2, and contacts no cluster.')
    .argument('<runbook>', 'a runbook that ships, or a file')
  withExamples(withOutput(withSet(command)), [
    'georep runbook validate planned-switchover --set link=east-west',
    'georep runbook validate ./mine.yaml --set link=east-west',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<RunbookValidateOptions, 'name'>>(), name }
    await perform(async () => (await import('./validate-run.ts')).runRunbookValidate, options)
  })
}
