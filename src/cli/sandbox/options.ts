import { InvalidArgumentError, type Command } from 'commander'
import { isSandboxName } from '../../sandbox/name.ts'

/** `--name`, which every verb of a sandbox has. */
export function withSandboxName(command: Command): Command {
  return command.option('--name <sandbox>', 'which sandbox, when there are several', sandboxName, 'default')
}

function sandboxName(text: string): string {
  if (!isSandboxName(text)) {
    throw new InvalidArgumentError('Expected lower case letters, digits and "-", at most 40, starting with a letter or digit.') // prettier-ignore
  }
  return text
}
