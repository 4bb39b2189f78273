import { Option, type Command } from 'commander'
import { linkName, outputFormat } from './args.ts'

/** `-o, --output`, for verbs that print data. The option's name in the action is `output`. */
export function withOutput(command: Command): Command {
  return command.option('-o, --output <format>', 'print as table, json, yaml or tsv', outputFormat, 'table')
}

/** An option that has to be given. Not `requiredOption`: that is checked before a misspelt option is seen, and hides the slip. */
export function withRequired<T>(
  command: Command,
  flags: `--${string} <${string}>`,
  description: string,
  parse: (text: string, before: T) => T,
): Command {
  const option = new Option(flags, `${description} (required)`).argParser(parse)
  return command.addOption(option).hook('preAction', (self) => {
    if (self.getOptionValue(option.attributeName()) === undefined) self.error(`error: required option '${flags}' not specified`) // prettier-ignore
  })
}

/** `--link`, for verbs that act on what a link carries. */
export function withLink(command: Command): Command {
  return withRequired(command, '--link <link>', 'the link, <source>-<destination>', linkName)
}

/** `--link`, for verbs that show every link unless one is named. */
export function withOptionalLink(command: Command): Command {
  return command.option('--link <link>', 'only this link, <source>-<destination>', linkName)
}

/** `--dry-run`, for verbs that act. */
export function withDryRun(command: Command): Command {
  return withSwitches(command, { '--dry-run': 'print what would be done, and stop' })
}

/** `--take-over`, for verbs that act on a link. The option's name in the action is `takeOver`; actor.ts carries it on. */
export function withTakeOver(command: Command): Command {
  return withSwitches(command, { '--take-over': 'take the link from whoever acts on it; the brokers then refuse them' })
}

/** What every verb that acts on a link takes: `--dry-run`, `--take-over` and `--output`. */
export function withAct(command: Command): Command {
  return withOutput(withTakeOver(withDryRun(command)))
}

/** Options without a value, with what they do: true when given, else false, which the help need not say. */
export function withSwitches(command: Command, switches: Readonly<Record<`--${string}`, string>>): Command {
  for (const [flag, description] of Object.entries(switches)) {
    const option = new Option(flag, description)
    command.addOption(option).setOptionValueWithSource(option.attributeName(), false, 'default')
  }
  return command
}

/** `--history-dir`, for verbs that read or write run records. The option's name in the action is `historyDir`. */
export function withHistoryDir(command: Command): Command {
  return command.option(
    '--history-dir <folder>',
    'where run records are kept (also: GEOREP_HISTORY; else the XDG state folder)',
  )
}

/** The `Examples:` section of the help. A line that starts with `#` explains the one below it. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => (example.startsWith('#') ? `  ${example}` : `  $ ${example}`))
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
