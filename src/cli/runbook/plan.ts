import type { Command } from 'commander'
import { withExamples, withOutput } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { withSet } from './options.ts'
import type { RunbookPlanOptions } from './plan-run.ts'

export function addRunbookPlan(noun: Command, perform: Perform): void {
  const command = noun
    .command('plan')
    .summary('look at the clusters and show what each step would do')
    .description(
      'Looks at every step of a runbook as the clusters are now: true already, would be done, or blocked and why. Changes nothing. ' +
        'Exit 5 when a step is blocked, 4 when it could not be found out.',
    )
    .argument('<runbook>', 'a runbook that ships, or a file')
  withExamples(withOutput(withSet(command)), [
    'georep runbook plan planned-switchover --set link=east-west',
    'georep runbook plan ./mine.yaml --set link=east-west -o json',
  ]).action(async (name: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<RunbookPlanOptions, 'name'>>(), name }
    await perform(async () => (await import('./plan-run.ts')).runRunbookPlan, options)
  })
}
