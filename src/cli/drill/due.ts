import { type Command, Option } from 'commander'
import { positiveDurationMs } from '../args.ts'
import { optionsOfVerb } from '../noun-with-verbs.ts'
import { withExamples, withHistoryDir, withOptionalLink, withOutput, withRequired } from '../options.ts'
import type { Perform } from '../wiring.ts'
import type { DrillDueOptions } from './due-run.ts'

const modes = ['practice', 'planned', 'forced', 'sandbox']

export function addDrillDue(noun: Command, perform: Perform): void {
  const command = withOptionalLink(noun.command('due'))
    .summary('tell whether a drill has to be passed again')
    .description(
      'Looks for the last drill that passed, and fails a job when it is too long ago. A drill in a sandbox exercises clusters that nobody uses, and ' +
        'counts only with --mode sandbox. Reads the run history alone.\n\n' +
        'Exit codes: 0 passed in time, 3 due, 4 the history cannot be read or is broken, so that it cannot be told.',
    )
  withRequired(command, '--every <duration>', 'how old the last pass may be, such as 90d', positiveDurationMs)
  command.addOption(new Option('--mode <mode>', 'only drills of this mode (default: all but sandbox)').choices(modes))
  withExamples(withOutput(withHistoryDir(command)), [
    'georep drill due --every 90d',
    '# the quarterly exercise of one link, for a nightly job',
    'georep drill due --every 92d --link east-west --mode forced -o json',
  ]).action(async (_flags: unknown, self: Command) => {
    await perform(async () => (await import('./due-run.ts')).runDrillDue, optionsOfVerb<DrillDueOptions>(self))
  })
}
