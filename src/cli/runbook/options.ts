import { InvalidArgumentError, type Command } from 'commander'
import { collected, type OutputFormat } from '../args.ts'
import { withDryRun, withHistoryDir, withOutput, withTakeOver } from '../options.ts'
import type { GlobalOptions } from '../wiring.ts'

/** What verbs take that carry steps out. */
export interface RunningOptions extends GlobalOptions {
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly historyDir: string | undefined
  readonly output: OutputFormat
}

/** One `--set`. */
export interface Setting {
  readonly name: string
  readonly value: string
}

/** `NAME=VALUE`; the value may be empty, and hold more of "=". */
export function setting(text: string): Setting {
  const match = /^([A-Za-z_][A-Za-z0-9_-]*)=([^]*)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('Expected NAME=VALUE, such as link=east-west.')
  const [, name = '', value = ''] = match
  return { name, value }
}

/** `--set`, for verbs that fill the variables of a runbook in. The option's name in the action is `set`. */
export function withSet(command: Command): Command {
  return command.option('--set <name=value>', 'value of a variable; may be repeated', collected(setting))
}

export function givenOf(set: readonly Setting[] | undefined): ReadonlyMap<string, string> {
  return new Map((set ?? []).map(({ name, value }) => [name, value]))
}

/** What every verb takes that carries steps out. */
export function withRun(command: Command): Command {
  return withOutput(
    withTakeOver(
      withDryRun(
        withHistoryDir(command.option('--confirm <link>', 'the link, typed again, instead of being asked for it')),
      ),
    ),
  )
}

/** `--redo` and `--skip`, for verbs that go on with a run. */
export function withDecisions(command: Command): Command {
  return command
    .option('--redo <step...>', 'do these steps again, of which nobody knows how they ended', collected(stepId))
    .option('--skip <step...>', 'leave these steps out: they are done, or not wanted', collected(stepId))
}

/** The id of a run. Ids are part of file names. */
export function runId(text: string): string {
  if (!/^[a-z0-9]{1,64}$/.test(text)) throw new InvalidArgumentError('Expected the id of a run.')
  return text
}

/** The id of a step. */
function stepId(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(text)) throw new InvalidArgumentError('Expected the id of a step.')
  return text
}
