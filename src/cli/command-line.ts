import type { GlobalOptions } from './wiring.ts'

/** The command to type next, reading the same georep.yaml as this one did. `words` are quoted where a shell needs it. */
export function commandLine({ config }: Pick<GlobalOptions, 'config'>, ...words: readonly string[]): string {
  const all = ['georep', ...(config === undefined ? [] : ['--config', config]), ...words]
  return all.map(quoted).join(' ')
}

/** A word as a shell takes it for that word alone: in quotes where it has more than plain characters. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
