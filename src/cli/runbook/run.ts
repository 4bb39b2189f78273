import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withRun, withSet } from './options.ts'
import type { RunbookRunOptions } from './run-run.ts'

export function addRunbookRun(noun: Command, perform: Perform): void {
  const command = noun
    .command('run')
    .summary('carry a runbook out')
    .description(
      'Shows the plan, has the link typed, and carries the steps out one by one, holding the lock of the link throughout. What it is about to ' +
        'do and what came of it is in a journal on disk before it goes on, so that `runbook resume` can carry on after a crash.',
    )
    .argument('<runbook>', 'a runbook that ships, or a file')
  withExamples(withRun(withSet(command)), [
    'georep runbook run planned-switchover --set link=east-west',
    'georep runbook run ./mine.yaml --set link=east-west --confirm east-west -o json',
    'georep runbook run forced-failover --set link=east-west --dry-run',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<RunbookRunOptions, 'name'>>(), name }
    await perform(async () => (await import('./run-run.ts')).runRunbookRun, options)
  })
}
