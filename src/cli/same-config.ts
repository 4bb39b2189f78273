import type { GeorepError } from '../core/errors.ts'
import { commandLine } from './command-line.ts'
import { nouns } from './program.ts'
import type { GlobalOptions } from './wiring.ts'

/** The error, with the commands that it names as next ones reading the same georep.yaml as this one did: below the CLI nobody knows which that is. */
export function withSameConfig(error: GeorepError, options: Pick<GlobalOptions, 'config'>): GeorepError {
  const { next } = error
  if (options.config === undefined || next === undefined) return error
  const command = new RegExp(String.raw`\bgeorep (?=(?:${nouns.map(({ name }) => name).join('|')})\b)`, 'g')
  const told = next.replaceAll(command, () => `${commandLine(options)} `)
  return error.with({ next: told })
}
