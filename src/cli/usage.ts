import type { Command, CommanderError } from 'commander'
import { GeorepError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

/** For a word where one of the command's verbs should be. */
export function unknownCommand(command: Command, word: string): GeorepError {
  const near = nearest(
    word,
    command.commands.map((each) => each.name()),
  )
  const suggestion = near === undefined ? '' : ` (did you mean "${near}"?)`
  return new GeorepError('usage', 'GR-USAGE', `unknown command "${word}"${suggestion}`, {
    next: `${fullName(command)} --help`,
  })
}

/** Commander's complaint as one of ours: same words, with the thing in double quotes, and the help to look at. */
export function usageError(error: CommanderError, command: Command): GeorepError {
  const [first = '', ...hints] = error.message.replace(/^error: /, '').split('\n')
  const hint = hints.map((line) => /Did you mean (?:one of )?(.+)\?/.exec(line)?.[1]).find((text) => text !== undefined)
  const message = inDoubleQuotes(first).replace(/\.$/, '')
  const suggestion = hint === undefined ? '' : ` (did you mean ${hint.split(', ').map(inQuotes).join(' or ')}?)`
  return new GeorepError('usage', 'GR-USAGE', `${message}${suggestion}`, { next: `${fullName(command)} --help` })
}

function inQuotes(word: string): string {
  return `"${word}"`
}

function inDoubleQuotes(text: string): string {
  return text.replace(/'([^']*)'/g, '"$1"')
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`
}
