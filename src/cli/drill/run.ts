import type { Command } from 'commander'
import { linkName } from '../args.ts'
import { optionsOfVerb } from '../noun-with-verbs.ts'
import { withDryRun, withExamples, withSwitches } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { type DrillOptions, exitCodesText, withDrillOptions } from './options.ts'
import { execOption, faults, linkScenarios, scenarioName } from './scenarios.ts'

export function addDrillRun(noun: Command, perform: Perform): void {
  const list = Object.entries({ ...linkScenarios, ...faults }).map(([name, what]) => `  ${name}: ${what}`)
  const command = withSwitches(withDryRun(withDrillOptions(noun.command('run'))), {
    '--all': 'with forced: every mirror of the link fails over, and stays so',
  })
    .option('--undo <exec:command>', 'with forced: the command that brings the source back', execOption)
    .option('--confirm <name>', 'with forced: the link, instead of being asked for it', linkName)
    .summary('run one exercise by its name')
    .description(
      'Runs an exercise with a canary and a consumer group at work, and measures how long it takes (RTO) and what is lost (RPO).\n\n' +
        `On a link of georep.yaml, or on two clusters of its own:\n${list.join('\n')}\n\n` +
        'Without a name it is practice, or with --sandbox region-kill. A command of --fault or --undo is run by "sh -c" with ' +
        'the environment of georep and GEOREP_LINK; it fails when it exits with another code than 0, or takes longer than a ' +
        'minute. --undo is run however the drill ends.\n\n' +
        exitCodesText,
    )
    .argument('[scenario]', 'which exercise', scenarioName)
  withExamples(command, [
    'georep drill run region-freeze',
    'georep drill run planned --link east-west',
    "georep drill run forced --link east-west --fault 'exec:./cut.sh' --undo 'exec:./heal.sh' --dry-run",
    "georep drill run forced --link east-west --fault 'exec:./cut.sh' --undo 'exec:./heal.sh' --confirm east-west",
  ]).action(async (scenario: string | undefined, _flags: unknown, self: Command) => {
    await perform(async () => (await import('./drill-run.ts')).runDrill, {
      ...optionsOfVerb<DrillOptions>(self),
      scenario,
    })
  })
}
