import type { Command } from 'commander'
import { withExamples, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { runId, withDecisions, withRun } from './options.ts'
import type { RunbookResumeOptions } from './resume-run.ts'

export function addRunbookResume(noun: Command, perform: Perform): void {
  const command = withSwitches(noun.command('resume'), { '--force-changed': 'go on with a runbook that was changed' })
    .summary('go on with a run that was cut short, or has stopped')
    .description(
      'Looks at the clusters again and goes on from what is so: what the journal says is believed only of what cannot be looked at. A command ' +
        'that was begun and may have ended is not run again unless --redo says so, nor left out unless --skip does.',
    )
    .argument('<run>', 'the id of the run, or enough of its beginning to be the only one', runId)
  withExamples(withRun(withDecisions(command)), [
    'georep runbook resume 3f9a07 --dry-run',
    'georep runbook resume 3f9a07',
    'georep runbook resume 3f9a07 --skip announce --confirm east-west',
  ]).action(async (id: string, _flags: unknown, self: Command) => {
    const options = { ...self.optsWithGlobals<Omit<RunbookResumeOptions, 'id'>>(), id }
    await perform(async () => (await import('./resume-run.ts')).runRunbookResume, options)
  })
}
