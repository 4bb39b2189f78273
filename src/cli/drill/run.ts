import type { Command } from 'commander'
import { faults } from '../../core/drill-faults.ts'
import { linkName } from '../args.ts'
import { optionsOfVerb, typedOptions } from '../noun-with-verbs.ts'
import { withDryRun, withExamples, withSwitches } from '../options.ts'
import { withSet } from '../runbook/options.ts'
import type { Perform } from '../wiring.ts'
import { type DrillOptions, exitCodesText, withDrillOptions } from './options.ts'
import { execOption, linkScenarios } from './scenarios.ts'

export function addDrillRun(noun: Command, perform: Perform): void {
  const list = Object.entries({ ...linkScenarios, ...faults }).map(([name, what]) => `  ${name}: ${what}`)
  const command = withSwitches(withSet(withDryRun(withDrillOptions(noun.command('run')))), {
    '--all': 'with forced: every mirror of the link fails over, and stays so',
  })
    .option('--undo <exec:command>', 'with forced: the command that brings the source back', execOption)
    .option('--confirm <name>', 'with forced: the link, instead of being asked for it', linkName)
    .summary('run one exercise by its name, or by a runbook')
    .description(
      'Runs an exercise with a canary and a consumer group at work, and measures how long it takes (RTO) and what is lost (RPO).\n\n' +
        'By a runbook with a section "drill": its steps are what is done about the loss, with journal, lock and rollback as "runbook run" ' +
        'does them. Found as there, by the name of one that ships (practice, region-loss) or by its file. What a flag says wins over the file.\n\n' +
        `Built in, on a link of georep.yaml or on two clusters of its own:\n${list.join('\n')}\n\n` +
        'Without a name it is practice, or with --sandbox region-kill. A command of --fault or --undo is run by "sh -c" with ' +
        'the environment of georep and GEOREP_LINK; it fails when it exits with another code than 0, or takes longer than a ' +
        'minute. --undo is run however the drill ends, unless it is killed.\n\n' +
        exitCodesText,
    )
    .argument('[exercise]', 'one that is built in, a runbook that ships, or a file')
  withExamples(command, [
    'georep drill run practice --link east-west',
    'georep drill run region-loss --sandbox',
    'georep drill run ./mine.yaml --set link=east-west --dry-run',
    'georep drill run region-freeze',
    'georep drill run planned --link east-west',
    "georep drill run forced --link east-west --fault 'exec:./cut.sh' --undo 'exec:./heal.sh' --dry-run",
    "georep drill run forced --link east-west --fault 'exec:./cut.sh' --undo 'exec:./heal.sh' --confirm east-west",
  ]).action(async (scenario: string | undefined, _flags: unknown, self: Command) => {
    await perform(async () => (await import('./drill-run.ts')).runDrill, {
      ...optionsOfVerb<DrillOptions>(self),
      scenario,
      typed: typedOptions(self),
    })
  })
}
