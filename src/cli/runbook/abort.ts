import type { Command } from 'commander'
import { withExamples } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { runId, withDecisions, withRun } from './options.ts'
import type { RunbookAbortOptions } from './abort-run.ts'

export function addRunbookAbort(noun: Command, perform: Perform): void {
  const command = noun
    .command('abort')
    .summary('give a run up: carry its rollback out')
    .description(
      'Carries out the steps under rollback of a run that was cut short or has stopped. What cannot be taken back any more it says, with the ' +
        'command that goes on from there. A command that was begun and may have ended is not run again unless --redo says so, nor left out unless ' +
        '--skip does.',
    )
    .argument('<run>', 'the id of the run, or enough of its beginning to be the only one', runId)
  withExamples(withRun(withDecisions(command)), [
    'georep runbook abort 3f9a07 --dry-run',
    'georep runbook abort 3f9a07 --confirm east-west',
    'georep runbook abort 3f9a07 --skip announce-back --confirm east-west',
  ]).action(async (id: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<RunbookAbortOptions, 'id'>>(), id }
    await perform(async () => (await import('./abort-run.ts')).runRunbookAbort, options)
  })
}
