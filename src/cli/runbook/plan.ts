import type { Command } from 'commander'
import type { OutputFormat } from '../args.ts'
import { withExamples, withOutput } from '../options.ts'
import type { GlobalOptions, Perform } from '../wiring.ts'
import { withSet, type Setting } from './options.ts'

export interface RunbookPlanOptions extends GlobalOptions {
  readonly name: string
  readonly set: readonly Setting[] | undefined
  readonly output: OutputFormat
}

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
