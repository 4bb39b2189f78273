import { InvalidArgumentError, type Command } from 'commander'

/** What keeps producers off the source, as the command line says it. */
export type FenceOption =
  { readonly how: 'acl' } | { readonly how: 'hook'; readonly command: string } | { readonly how: 'none' }

const hookPrefix = 'hook:'
const kinds =
  'acl (DENY ACLs on the source topics), hook:<command> (a command of yours that stops the producers), or none (they are stopped, and you say so)'

export function fenceOption(text: string): FenceOption {
  if (text === 'acl' || text === 'none') return { how: text }
  const command = text.startsWith(hookPrefix) ? text.slice(hookPrefix.length).trim() : ''
  if (command === '') throw new InvalidArgumentError(`Expected one of: ${kinds}.`)
  return { how: 'hook', command }
}

/** `--fence`, which has no default: nobody is to find out afterwards what it was. The option's name in the action is `fence`. */
export function withFence(command: Command): Command {
  return command
    .option('--fence <how>', `what keeps producers off the source (required): ${kinds}`, fenceOption)
    .hook('preAction', (self) => {
      if (self.opts<{ fence?: FenceOption }>().fence === undefined) {
        self.error(`error: required option '--fence <how>' not specified: ${kinds}`)
      }
    })
}

/** The words of a command line that say the same; what the hook runs is not repeated, it may hold secrets. */
export function fenceWords({ how }: FenceOption): readonly string[] {
  return ['--fence', how === 'hook' ? `${hookPrefix}<command>` : how]
}
