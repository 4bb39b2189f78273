import { printable } from './printable.ts'
import type { GlobalOptions } from './wiring.ts'

/** The command to type next, reading the same georep.yaml as this one did. `words` are quoted where a shell needs it. */
export function commandLine({ config }: Pick<GlobalOptions, 'config'>, ...words: readonly string[]): string {
  const all = ['georep', ...(config === undefined ? [] : ['--config', config]), ...words]
  return all.map(quoted).join(' ')
}

/** A word as a shell takes it for that word alone: in quotes where it has more than plain characters. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return printable(word) === word ? `'${word.replaceAll("'", `'\\''`)}'` : escaped(word)
}

/** What a terminal is not shown, in the quotes that bash and zsh undo: byte by byte, since \u means something else by the locale. */
function escaped(word: string): string {
  const text = Array.from(word, (one) => {
    if (one === "'" || one === '\\') return `\\${one}`
    if (printable(one) === one) return one
    return Array.from(Buffer.from(one), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  })
  return `$'${text.join('')}'`
}
